"""The tree is tidy, and every rule sees what it forbids and lets pass what it allows."""

from textwrap import dedent

import pytest

from cinema.payments.providers.registry import PROVIDERS
from style.rules import calls, money, purity, size, sql, words
from style.source import Rule, Source, repository

RULES: dict[str, Rule] = {
    rule.name: rule for module in (size, calls, money, sql, words, purity) for rule in module.RULES
}

# Samples, never run: each shows that a rule sees what it forbids, and so has to hold the forbidden word itself.
FORBIDDEN = [
    ("function-length", "src/cinema/kit/a.py", "def f():\n" + "    x = 1\n" * 70),
    ("function-length", "tests/kit/test_a.py", "async def f():\n" + "    x = 1\n" * 70),
    ("file-length", "bench/p1.py", "x = 1\n" * 501),
    ("module-names", "src/cinema/kit/utils.py", "x = 1"),
    ("module-names", "tests/helpers/test_a.py", "x = 1"),
    ("docstrings", "src/cinema/billing/a.py", "x = 1"),
    ("docstrings", "src/cinema/kit/a.py", '"""Doc."""\nclass Shown: ...'),
    ("docstrings", "src/cinema/contracts/a.py", '"""Doc."""\nclass _Hidden: ...'),
    ("clock", "src/cinema/billing/a.py", "from datetime import datetime\nx = datetime.now(UTC)"),
    ("clock", "src/cinema/billing/a.py", "from datetime import datetime\nf(datetime.utcnow)"),
    ("clock", "src/cinema/kit/a.py", "import datetime as dt\nx = dt.date.today()"),
    ("clock", "src/cinema/sandbox/a.py", "import time\nx = time.time()"),
    ("clock", "src/cinema/sandbox/a.py", "from time import monotonic as tick\nx = tick()"),
    ("clock", "src/cinema/main/a.py", "import asyncio\nx = asyncio.get_running_loop().time()"),
    ("chance", "src/cinema/billing/a.py", "import random\nx = random.random()"),
    ("chance", "src/cinema/billing/a.py", "from secrets import token_urlsafe\nx = token_urlsafe()"),
    ("chance", "src/cinema/billing/a.py", "from uuid import uuid4\nx = uuid4()"),
    ("chance", "src/cinema/identity/domain/a.py", "import secrets\nx = secrets.token_bytes(8)"),
    ("chance", "src/cinema/payments/providers/a.py", "from uuid import uuid4\nx = uuid4()"),
    ("chance", "src/cinema/identity/service/a.py", "import random\nx = random.choice([1])"),
    ("print", "src/cinema/main/cli/a.py", "print('hello')"),
    ("patches", "tests/kit/test_a.py", "from unittest.mock import patch\nwith patch('a'): ..."),
    ("patches", "tests/kit/test_a.py", "from unittest import mock\nwith mock.patch('a'): ..."),
    ("patches", "tests/kit/test_a.py", "def test_a(monkeypatch): ..."),
    ("sleep", "tests/kit/test_a.py", "import time\ntime.sleep(1)"),
    ("sleep", "tests/kit/test_a.py", "import asyncio\nawait asyncio.sleep(0.1)"),
    ("unfinished", "src/cinema/kit/a.py", "def f():\n    raise NotImplementedError"),
    ("floats", "src/cinema/billing/a.py", "x = 0.5"),
    ("floats", "src/cinema/kit/money.py", "x = float('1')"),
    ("floats", "src/cinema/payments/a.py", "def f(*, amount: float) -> None: ..."),
    ("floats", "src/cinema/contracts/billing.py", "class A:\n    price: float"),
    ("floats", "src/cinema/billing/a.py", "x = total / parts"),
    ("floats", "src/cinema/billing/a.py", "x = total / 2"),
    ("sql-place", "src/cinema/billing/service/a.py", 'await tx.one("SELECT 1")'),
    ("sql-place", "src/cinema/billing/service/a.py", 'x = """\n  UPDATE billing.orders SET status = 1"""'),
    ("sql-place", "src/cinema/billing/http.py", 'x = f"DELETE FROM {table}"'),
    ("sql-place", "src/cinema/main/a.py", 'x = "LOCK TABLE kit.moves"'),
    ("sql-schema", "src/cinema/billing/store.py", 'x = "SELECT * FROM payments.payments"'),
    ("sql-schema", "src/cinema/billing/store/a.py", 'x = "SELECT 1 FROM billing.orders AS o JOIN identity.users AS u"'),
    ("sql-schema", "src/cinema/kit/outbox.py", 'x = "SELECT * FROM billing.orders"'),
    ("sql-schema", "src/cinema/migrations/versions/0005_billing.py", 'x = "id uuid REFERENCES payments.payments"'),
    ("sql-input", "src/cinema/billing/store.py", 'x = "UPDATE billing.orders SET paid_at = now()"'),
    ("sql-input", "src/cinema/billing/store.py", 'x = "SELECT Current_Timestamp"'),
    ("sql-input", "src/cinema/migrations/versions/0005_billing.py", 'x = "id uuid DEFAULT gen_random_uuid()"'),
    ("sql-optional", "src/cinema/billing/store/a.py", 'x = "SELECT 1 WHERE ($1::uuid IS NULL OR user_id = $1)"'),
    ("sql-optional", "src/cinema/kit/a.py", 'x = "SELECT 1 WHERE ($2 IS  NULL or a = $2)"'),
    ("sql-optional", "src/cinema/payments/store/a.py", 'x = "SELECT 1 WHERE (NOT $2 OR outcome IS NULL)"'),
    ("sql-floats", "src/cinema/migrations/versions/0005_billing.py", 'x = "amount double  precision NOT NULL"'),
    ("sql-floats", "src/cinema/migrations/versions/0005_billing.py", 'x = "amount REAL"'),
    ("providers", "src/cinema/billing/a.py", '"""Charges through YooKassa."""'),
    ("providers", "src/cinema/contracts/payments.py", 'x = "stripe"'),
    ("providers", "src/cinema/payments/service/a.py", "from cinema.payments.providers import yookassa"),
    ("providers", "src/cinema/notifications/templates/a.html", "Paid through YooMoney"),
    ("providers", "src/cinema/main/wiring.py", "build_providers(settings.yookassa)"),
    ("providers", "src/cinema/main/settings.py", 'x = "stripe"'),
    ("providers", "src/cinema/sandbox/mailbox/a.py", '"""Beside YooKassa."""'),
    ("open-ends", "docs/start.md", "TODO: say more"),
    ("open-ends", "src/cinema/kit/a.py", "x = 1  # XXX"),
    ("open-ends", "src/cinema/kit/a.py", "x = 1  # FIXME"),
    ("ignored-types", "src/cinema/kit/a.py", "x = f()  # type: ignore"),
    ("ignored-types", "tests/kit/test_a.py", "x = f()  # type: ignore[attr-defined]"),
    ("bare-noqa", "src/cinema/kit/a.py", "x = f()  # noqa"),
    ("bare-noqa", "src/cinema/kit/a.py", "# ruff: noqa\nx = 1"),
    ("addresses", "docs/start.md", "Look into /home/someone/cinema."),
    ("addresses", ".ci/run", "cd /root/cinema"),
    ("addresses", "Makefile", "pip install --index-url somewhere"),
    ("addresses", "requirements.lock", "a==1 @ https://files.pythonhosted.org/a.whl"),
    ("addresses", "deploy/Dockerfile", "RUN curl https://files.pythonhosted.org/a.whl"),
    ("purity", "src/cinema/contracts/a.py", "import asyncio"),
    ("purity", "src/cinema/contracts/a.py", "from cinema.kit.db import Tx"),
    ("purity", "src/cinema/billing/domain/a.py", "from cinema.kit import clock"),
    ("purity", "src/cinema/billing/domain/a.py", "from cinema.billing.settings import BillingSettings"),
    ("purity", "src/cinema/billing/domain.py", "def f():\n    import structlog"),
    ("purity", "src/cinema/billing/domain/a.py", "from . import plan"),
]

ALLOWED = [
    ("function-length", "src/cinema/kit/a.py", "def f():\n" + "    x = 1\n" * 69),
    ("function-length", "src/cinema/migrations/versions/0001_kit.py", "def f():\n" + "    x = 1\n" * 99),
    ("file-length", "bench/p1.py", "x = 1\n" * 500),
    ("module-names", "src/cinema/kit/wake.py", "x = 1"),
    ("docstrings", "src/cinema/kit/a.py", '"""Doc."""\nclass _Hidden: ...'),
    ("docstrings", "src/cinema/billing/a.py", '"""Doc."""\nclass Shown: ...'),
    ("docstrings", "src/cinema/billing/__init__.py", ""),
    ("clock", "src/cinema/kit/clock.py", "import time\nx = time.time()"),
    ("clock", "src/cinema/kit/a.py", "from datetime import datetime\nx = datetime.fromisoformat('2026-01-01')"),
    ("clock", "src/cinema/kit/a.py", "x = self._clock.now()"),
    ("chance", "src/cinema/kit/ids.py", "import os\nx = os.urandom(10)"),
    ("chance", "src/cinema/identity/service/a.py", "import secrets\nx = secrets.token_bytes(8)"),
    ("chance", "src/cinema/sandbox/a.py", "from uuid import uuid4\nx = uuid4()"),
    ("chance", "src/cinema/billing/a.py", "from uuid import UUID\nx = UUID(int=1)"),
    ("print", "src/cinema/main/cli/a.py", "console.print('hello')"),
    ("patches", "tests/kit/test_a.py", "def test_a(clock): ..."),
    ("sleep", "tests/kit/test_a.py", "import asyncio\nawait asyncio.sleep(0)"),
    ("unfinished", "src/cinema/kit/a.py", "def f():\n    raise ValueError"),
    ("floats", "src/cinema/billing/a.py", "EVERY_S = 2.5\nx = Job(every_s=5.0)"),
    ("floats", "src/cinema/payments/a.py", "def f(*, timeout_s: float = 5.0) -> None:\n    self._timeout_s = 0.5"),
    ("floats", "src/cinema/payments/a.py", "def left_s(a: int) -> float: ..."),
    ("floats", "src/cinema/payments/a.py", "x = 7 // 2\ny = HERE / 'tables'"),
    ("floats", "src/cinema/catalog/a.py", "x = 0.5"),
    ("sql-place", "src/cinema/billing/store/a.py", 'x = "SELECT 1"'),
    ("sql-place", "src/cinema/billing/invariants.py", 'x = "SELECT 1"'),
    ("sql-place", "src/cinema/kit/outbox.py", 'x = "SELECT 1"'),
    ("sql-place", "src/cinema/billing/service/a.py", '"""SELECT is prose here."""\nx = "Select a plan"'),
    ("sql-schema", "src/cinema/billing/store.py", 'x = "SELECT * FROM billing.orders JOIN kit.outbox"'),
    ("sql-schema", "src/cinema/billing/store.py", "x = \"SELECT 1 WHERE name = 'payments.succeeded'\""),
    ("sql-schema", "src/cinema/billing/consumers.py", 'from cinema.payments import a\nx = "payments.a"'),
    ("sql-schema", "src/cinema/main/invariants.py", 'x = "SELECT * FROM billing.orders JOIN payments.payments"'),
    ("sql-input", "src/cinema/billing/store.py", 'x = "UPDATE billing.orders SET paid_at = $1, known = 1"'),
    ("sql-schema", "src/cinema/migrations/versions/0021_main.py", 'x = "UPDATE billing.x SET a = 1 FROM payments.y"'),
    ("sql-input", "src/cinema/migrations/versions/0005_billing.py", 'x = "a uuid -- not now()"'),
    ("sql-optional", "src/cinema/billing/store/a.py", 'x = "SELECT 1 WHERE (film_id IS NULL OR film_id = $1)"'),
    ("sql-optional", "src/cinema/sandbox/a.py", 'x = "SELECT 1 WHERE (:id IS NULL OR id = :id)"'),
    (
        "sql-floats",
        "src/cinema/migrations/versions/0005_billing.py",
        'x = "amount bigint, realm text, money_kind text"',
    ),
    ("providers", "src/cinema/payments/providers/yookassa/a.py", '"""YooKassa."""'),
    ("providers", "src/cinema/sandbox/yookassa/a.py", '"""YooKassa."""'),
    ("providers", "src/cinema/main/stand_ins.py", "from cinema.sandbox.yookassa import build_yookassa"),
    ("providers", "src/cinema/catalog/posters/a.py", "for stripe in range(3): ..."),
    ("providers", "tests/providers/test_a.py", '"""YooKassa."""'),
    ("open-ends", "docs/start.md", "All is done."),
    ("open-ends", "tests/kit/test_a.py", "x = parse('XXX')"),
    ("ignored-types", "src/cinema/kit/a.py", "x = f()  # type: ignore[attr-defined] # the stubs lag behind"),
    ("bare-noqa", "src/cinema/kit/a.py", "x = f()  # noqa: S311 - spreads rivals"),
    ("addresses", "docs/start.md", "GET /v1/home/1 and https://example.com/home/a"),
    ("purity", "src/cinema/contracts/a.py", "from datetime import datetime\nfrom cinema.kit.events import Event"),
    ("purity", "src/cinema/billing/domain/a.py", "from cinema.billing.domain.plan import Plan"),
    ("purity", "src/cinema/billing/service/a.py", "import asyncio"),
]


def test_the_tree_is_tidy() -> None:
    violations = [
        sentence for source in repository() for rule in RULES.values() for sentence in rule.violations(source)
    ]

    assert violations == []


@pytest.mark.parametrize(("name", "path", "text"), FORBIDDEN)
def test_a_rule_sees_what_it_forbids(name: str, path: str, text: str) -> None:
    assert len(RULES[name].violations(Source(path=path, text=dedent(text)))) == 1


@pytest.mark.parametrize(("name", "path", "text"), ALLOWED)
def test_a_rule_lets_pass_what_it_allows(name: str, path: str, text: str) -> None:
    assert RULES[name].violations(Source(path=path, text=dedent(text))) == []


def test_every_rule_has_been_seen_failing_and_passing() -> None:
    assert {name for name, _, _ in FORBIDDEN} == set(RULES)
    assert {name for name, _, _ in ALLOWED} == set(RULES)


def test_the_rule_on_providers_knows_all_of_them() -> None:
    assert [one.name for one in PROVIDERS if not words.PROVIDERS.fullmatch(one.name)] == []


def test_the_repository_is_looked_at_whole() -> None:
    paths = {source.path for source in repository()}

    assert {"Makefile", "README.md", "src/cinema/kit/db.py", "tests/style/test_tidy.py"} <= paths
