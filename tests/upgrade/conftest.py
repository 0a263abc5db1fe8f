import asyncio
import re
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database, Pools
from cinema.kit.migrate import migrate
from cinema.main.schema import SCRIPTS
from cinema.notifications.mailers import MemoryMailer
from scenarios.house import House
from upgrade.recording import RELEASE, Before, ProviderBefore, recording


@pytest.fixture(scope="module")
def before(server_url: str, database_url: str) -> Iterator[Before]:
    name = database_url.rpartition("/")[2].partition("?")[0] + "_before"
    url = re.sub(r"/[^/?]+(?=$|\?)", f"/{name}", server_url)
    asyncio.run(execute(server_url, f'CREATE DATABASE "{name}"'))
    asyncio.run(migrate(url, SCRIPTS, to=RELEASE))
    asyncio.run(execute(url, recording().rows))
    found = asyncio.run(look(url))
    asyncio.run(migrate(url, SCRIPTS))
    yield found
    asyncio.run(execute(server_url, f'DROP DATABASE "{name}" WITH (FORCE)'))


# Billing does not listen to saved methods any more: their owners choose.
UNHEARD = """
SELECT group_name, event_id, attempts FROM (
  SELECT i.group_name, i.event_id, i.attempts, o.name FROM kit.inbox AS i JOIN kit.outbox AS o USING (event_id)
  WHERE i.status = 'waiting'
  UNION ALL
  SELECT s.group_name, o.event_id, 0, o.name FROM kit.outbox AS o JOIN kit.subscriptions AS s ON s.event_name = o.name
  WHERE o.relayed_at IS NULL
) AS every WHERE (group_name, name) <> ('billing', 'payments.MethodSaved')
"""


@pytest.fixture
async def upgraded(server_url: str, before: Before, clock: ManualClock) -> AsyncIterator[Database]:
    """A copy of that database, connected."""
    original = before.url.rpartition("/")[2].partition("?")[0]
    name = f"{original}_copy"
    await execute(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{original}"')
    pools = Pools(re.sub(r"/[^/?]+(?=$|\?)", f"/{name}", server_url))
    await pools.open()
    yield Database(pools, owner="test", clock=clock)
    await pools.close()
    await execute(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(recording().ended_at)


@pytest.fixture
async def house(upgraded: Database, clock: ManualClock) -> House:
    """This release, started on what the one before has left, a moment after that was killed."""
    async with upgraded.read() as tx:
        bodies = {row["key"]: row["body"] for row in await tx.all("SELECT key, body FROM payments.attempts")}
    provider = ProviderBefore(clock=clock, memory=recording().memory, bodies=bodies)
    return await House(db=upgraded, clock=clock, provider=provider, mailer=MemoryMailer()).open()


async def execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(sql)
    await connection.close()


async def look(url: str) -> Before:
    connection = await asyncpg.connect(url)
    unheard = await connection.fetch(UNHEARD)
    done = await connection.fetchval("SELECT count(*) FROM kit.inbox WHERE status = 'done'")
    moves = await connection.fetch("SELECT entity, from_state, to_state, event FROM kit.moves")
    subscriptions = await connection.fetch("SELECT group_name, event_name FROM kit.subscriptions")
    await connection.close()
    return Before(
        url=url,
        unheard={(row["group_name"], row["event_id"]): row["attempts"] for row in unheard},
        done=done,
        moves={(row["entity"], row["from_state"], row["to_state"], row["event"]) for row in moves},
        subscriptions={(row["group_name"], row["event_name"]) for row in subscriptions},
    )
