"""P15: memory of one idle `cinema up`, against FastAPI imported and serving nothing.

Resident memory once it has stopped changing. Ours is one process with everything in it:
web, worker, catalogue, and the stand-ins for provider and mailbox. PostgreSQL's own
memory is named beside it.
"""

import asyncio
from pathlib import Path

from cinema.main.ports import free_port
from harness import Broken, Options, Run, Target, compare, run, say
from machine import HAS_PROC, family, memory_bytes
from stage import Process, environment, fresh_place, postmaster, start, start_program, until_ready
from wire import HOST, Line, request

BENCH = Path(__file__).parent
MB = 1_000_000
SETTLED = 0.005
"""Memory has settled when it changes by no more than this share in `STILL` samples."""

STILL, SAMPLE_S, SAMPLES_MAX = 4, 1.0, 20


class Idle:
    """An installation on data that exist, and the peer."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._variables = environment(place, port=free_port()) | {
            "CINEMA_SANDBOX_PORT": str(free_port()),
            "CINEMA_SANDBOX_SMTP_PORT": str(free_port()),
        }

    async def ours(self) -> Run:
        port = int(self._variables["CINEMA_PORT"])
        process = start(self._variables, self._place, "up")
        try:
            await until_ready(port, [process])
            measured = await settled(process)
            beside = sum(memory_bytes(pid)["pss"] for pid in family([postmaster(self._place)]))
            return memory_run(measured, f"PostgreSQL beside it {beside / MB:.0f} MB")
        finally:
            process.stop()

    async def peer(self) -> Run:
        port = free_port()
        process = start_program(environment(self._place), self._place, str(BENCH / "empty.py"), str(port))
        try:
            await until_listening(port)
            return memory_run(await settled(process))
        finally:
            process.stop()


async def bench(options: Options) -> str:
    if not HAS_PROC:
        raise Broken("memory is read from /proc, which this system does not have")
    async with fresh_place("p15") as place:
        idle = Idle(place)
        say(f"first start: {await idle.ours()}")
        return await compare(
            target=Target(name="P15", sign="<=", value=2.5), ours=idle.ours, peer=idle.peer, pairs=options.pairs
        )


async def settled(process: Process) -> dict[str, int]:
    """The memory of a process that has stopped growing."""
    seen: list[dict[str, int]] = []
    for _ in range(SAMPLES_MAX):
        await asyncio.sleep(SAMPLE_S)
        seen.append(memory_bytes(process.pid))
        last = [one["rss"] for one in seen[-STILL:]]
        if len(last) == STILL and max(last) - min(last) <= SETTLED * max(last):
            break
    return seen[-1]


async def until_listening(port: int) -> None:
    """Returns when the peer answers."""
    for _ in range(600):
        try:
            await Line(port).ask(request("GET", "/"))
        except OSError:
            await asyncio.sleep(0.05)
        else:
            return
    raise Broken(f"nobody answers at {HOST}:{port}")


def memory_run(measured: dict[str, int], remark: str = "") -> Run:
    own = f"PSS {measured['pss'] / MB:.0f} MB, private {measured['private'] / MB:.0f} MB"
    return Run(value=measured["rss"] / MB, unit="MB", remark=f"{own}, {remark}" if remark else own)


if __name__ == "__main__":
    run(bench)
