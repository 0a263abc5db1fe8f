"""Random lives: whatever viewers, banks, staff and time do, nobody is charged or refunded but by what was agreed."""

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any, TypeAlias

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from billing.lives.acts import Act, NobodyWorks
from billing.lives.chapters import LIVES, NAMES, POLICIES, subscribes
from billing.lives.truths import look, look_at_the_end
from billing.lives.world import World, begin
from cinema.billing.settings import BillingSettings
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database, Pools
from cinema.kit.settings import load
from lifetimes import begin_anew
from make import count

FIRST = st.tuples(*(subscribes(who) for who in range(len(NAMES))))

Policy: TypeAlias = dict[str, Any]


@given(first=FIRST, lives=LIVES, policy=POLICIES)
@settings(
    max_examples=count(reduced=20, full=2_000),
    phases=(Phase.generate,),  # what fails is shortened below, act by act
    suppress_health_check=list(HealthCheck),
)
async def test_whatever_happens_nobody_is_wronged(
    pools: Pools, first: tuple[tuple[Act, ...], ...], lives: list[tuple[Act, ...]], policy: Policy
) -> None:
    acts = [*chain(*first, *lives)]

    found = await fault(pools, acts, policy)

    if found is not None:
        raise AssertionError((await shortest(pools, acts, policy, found)).story)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What was not true, and how it came to that."""

    what: str
    story: str


async def fault(pools: Pools, acts: Sequence[Act], policy: Policy) -> Fault | None:
    """Lives through the acts; returns the first thing that is not as it should be."""
    await begin_anew(pools)
    clock = ManualClock(datetime(2026, 1, 15, 9, 0, tzinfo=UTC))
    chosen = load(BillingSettings, env_file=None, values={"renewal_spread_minutes": 0} | policy)
    world = await begin(Database(pools, owner="test", clock=clock), clock, chosen, names=NAMES)
    try:
        for act in acts:
            await live(world, act)
        await look_at_the_end(world)
    except Exception as error:  # noqa: BLE001 - of the product or of a check: it is told with its story
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} in {last.name}, line {last.lineno}"
        story = "\n".join([f"{where}: {error}", f"with {policy}", *world.story])
        return Fault(what=where, story=story)
    return None


async def shortest(pools: Pools, acts: Sequence[Act], policy: Policy, found: Fault) -> Fault:
    """The same fault without the acts that it does not need."""
    kept, size = list(acts), len(acts) // 2
    while size:
        for start in range(len(kept) - size, -1, -size):
            fewer = kept[:start] + kept[start + size :]
            other = await fault(pools, fewer, policy)
            if other is not None and other.what == found.what:
                kept, found = fewer, other
        size //= 2
    return found


async def live(world: World, act: Act) -> None:
    """One more thing happens, and all is still as it should be."""
    world.note(str(act))
    world.note(f"  → {await act.happen(world)}")
    if not isinstance(act, NobodyWorks):
        await world.settle()
        await world.look_around()
        await look(world)
