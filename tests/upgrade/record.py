"""Records the database that the test of the upgrade starts from; `data/README.md` says how it is run."""

import argparse
import asyncio
import itertools
import json
import os
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg

HERE = Path(__file__).parent
DATA = HERE / "data"
RELEASE = "0011"
"""The newest migration of the release that is recorded."""


def main() -> None:
    """Lets viewers live in the checkout's release and writes down what its database holds then."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path, help="folder with the release before, as git has it")
    checkout = parser.parse_args().checkout.resolve()
    sys.path[0:1] = [str(checkout / "src"), str(checkout / "tests"), str(HERE.parent)]
    drawn = itertools.count(1)
    vars(os)["urandom"] = lambda size: next(drawn).to_bytes(size)  # ids are numbered, not drawn
    with TemporaryDirectory() as folder:
        import_module("cinema.kit.log").configure_logs(level="critical", json_lines=True, is_final=False)
        embedded = import_module("cinema.main.embedded").embedded_blocking
        with embedded(folder=Path(folder) / "postgres", volatile=True) as server:
            asyncio.run(create(server.dsn("postgres")))
            asyncio.run(record(server.dsn("cinema"), scripts=checkout / "src" / "cinema" / "migrations"))


async def create(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE DATABASE cinema")
    await connection.close()


async def record(dsn: str, *, scripts: Path) -> None:
    """Writes the files of `DATA`."""
    kit = import_module("cinema.kit.migrate")
    db = import_module("cinema.kit.db")
    house_of = import_module("scenarios.house")
    lives = import_module("upgrade.lives")
    await kit.migrate(dsn, scripts)
    pools = db.Pools(dsn)
    await pools.open()
    database = db.Database(pools, owner="record")
    assert await kit.revision(database) == RELEASE, "this is another release"
    clock = import_module("cinema.kit.clock").ManualClock(lives.BEGIN)
    provider = import_module("cinema.payments.providers.fake").FakeProvider(clock=clock)
    mailer = import_module("cinema.notifications.mailers").MemoryMailer()
    house = await house_of.House(db=database, clock=clock, provider=provider, mailer=mailer).open()
    await lives.Lives(house).live()
    assert await house.violations() == []
    await pools.close()
    await write(dsn, memory(provider, at=clock.now().isoformat()))


async def write(dsn: str, provider: str) -> None:
    dump = import_module("upgrade.dump")
    connection = await asyncpg.connect(dsn)
    texts = {f"{schema}.sql": await dump.dumped(connection, schema) for schema in dump.SCHEMAS}
    await connection.close()
    texts["provider.json"] = provider
    for name, text in texts.items():
        (DATA / name).write_text(dump.shortened(text), encoding="utf-8")
    (DATA / "ids.txt").write_text(dump.numbers(texts.values()), encoding="utf-8")


def memory(provider: Any, *, at: str) -> str:
    """What the provider remembers: payments and refunds as its own notifications show them, keys, refused cards.

    The bodies under the keys are those of `payments.attempts`.
    """

    def shown(event: str, ids: Iterable[str]) -> list[str]:
        return [compact(json.loads(provider.notification(event, one))["object"]) for one in ids]

    def compact(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    inner = vars(provider)
    keys = [compact({"key": key, "at": at.isoformat(), "id": id_}) for key, (at, _, id_) in inner["_keys"].items()]
    declines = {token: method.decline for token, method in inner["_methods"].items() if method.decline}
    parts = {
        "payments": shown("payment.recorded", provider.payments),
        "refunds": shown("refund.recorded", provider.refunds),
        "keys": keys,
    }
    rest = {"recorded_at": at, "declines": declines}
    lists = ['"{}": [\n{}\n]'.format(name, ",\n".join(lines)) for name, lines in parts.items()]
    return "{\n" + ",\n".join([*lists, *(f'"{name}": {compact(value)}' for name, value in rest.items())]) + "\n}\n"


if __name__ == "__main__":
    main()
