"""Repeats recorded writes with pgbench: the peer that does the database's work and nothing else."""

import asyncio
import os
import re
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from cinema.kit.clock import SystemClock
from cinema.main.embedded import Server
from harness import Broken, Run, expect
from machine import cpu_s
from viewers import PASSWORD_HASH
from writes import id_of

EACH = 100
"""Operations of each client in one run."""


@dataclass(slots=True, kw_only=True)
class PgBench:
    """pgbench on a database that is equal to ours in all but its rows."""

    server: Server
    database: str
    script: Path
    clients: int
    done: int = 0

    async def run(self) -> Run:
        """One run; checked to have left what as many checkouts leave."""
        count = self.clients * EACH
        await self._prepare(count)
        pid = self.server.pid
        assert pid is not None
        before_s = cpu_s([pid])
        said = await self._pgbench()
        after_s = cpu_s([pid])
        self.done += count
        await self._check()
        return Run(
            value=float(_found(r"tps = ([0-9.]+)", said)),
            unit="checkouts/s",
            operations=count,
            cpu_s=None if before_s is None or after_s is None else after_s - before_s,
            remark="PostgreSQL only",
        )

    async def _prepare(self, count: int) -> None:
        """The users who will have bought, and a fresh checkpoint, as before every run of ours."""
        connection = await asyncpg.connect(self.server.superuser_dsn(self.database))
        await connection.execute(
            f"""INSERT INTO identity.users (id, login, login_key, email, email_key, password_hash, language, time_zone,
                                            created_at, updated_at)
                SELECT {id_of("n", 0)}, login, login, email, email, $1, 'en', 'Europe/Moscow', $2, $2
                FROM (SELECT n, 'v' || n + 1000000 AS login, n + 1000000 || '@example.org' AS email
                      FROM generate_series({self.done + 1}, {self.done + count}) AS n) AS users""",  # noqa: S608 - numbers of our own
            PASSWORD_HASH,
            SystemClock().now(),
        )
        await connection.execute("CHECKPOINT")
        await connection.close()

    async def _pgbench(self) -> str:
        variables = {"base": self.done, "each": EACH, "i": 0}
        process = await asyncio.create_subprocess_exec(
            self.server.programs.path("pgbench"),
            *("--no-vacuum", "--protocol=prepared", f"--client={self.clients}", "--jobs=2", f"--transactions={EACH}"),
            *(f"--define={name}={value}" for name, value in variables.items()),
            *("--host=127.0.0.1", f"--port={self.server.port}", "--username=cinema", f"--file={self.script}"),
            self.database,
            env=os.environ | {"PGPASSWORD": self.server.layout.password.read_text().strip()},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        said = output.decode(errors="replace")
        if process.returncode:
            raise Broken(f"pgbench: {said[-1000:]}")
        expect(_found(r"failed transactions: ([0-9]+)", said) == "0", f"pgbench fails at nothing; it was {said[-500:]}")
        return said

    async def _check(self) -> None:
        connection = await asyncpg.connect(self.server.superuser_dsn(self.database))
        found = await connection.fetchrow(LEFT)
        await connection.close()
        assert found is not None
        for name, count in found.items():
            expect(count == (0 if name == "balance" else self.done), f"the peer has {self.done} {name}; it has {count}")


LEFT = """
SELECT (SELECT count(*) FROM billing.orders WHERE status = 'paid') AS paid,
       (SELECT count(*) FROM billing.subscriptions WHERE status = 'active') AS active,
       (SELECT count(DISTINCT user_id) FROM billing.entitlements) AS rights,
       (SELECT count(*) FROM payments.payments WHERE status = 'succeeded') AS succeeded,
       (SELECT coalesce(sum(minor), 0) FROM billing.ledger_postings) AS balance
"""


def _found(pattern: str, said: str) -> str:
    found = re.search(pattern, said)
    if found is None:
        raise Broken(f"pgbench said: {said[-500:]}")
    return found[1]
