"""P14: cold start of `cinema up` to the first 200 of /health/ready, against the least that it has to do.

The peer is a sum: a fresh Python that imports the same third-party modules, and the start
of the same PostgreSQL on the same data by the same supervisor. What is above it is ours:
our own modules, building the application, connecting, looking whether all is prepared.
Before the last line: the very first start on an empty folder, and a start after `kill -9`
of everything at once.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from cinema.kit.clock import stopwatch_s
from cinema.main.embedded import embedded
from cinema.main.ports import free_port
from harness import Broken, Options, Run, Target, compare, expect, run, say
from machine import cpu_s, family, parent
from stage import Process, environment, fresh_place, postmaster, start, until_ready
from wire import Line, request

IMPORTS_WITHIN_S = 60.0
FILMS_PATH = "/v1/films?limit=1"
OK = 200

IMPORTER = """
import importlib, json, os, sys
for name in json.load(open(sys.argv[1])):
    importlib.import_module(name)
os._exit(0)
"""


class Cold:
    """One installation that is started again and again."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._modules = place / "modules.json"
        self._variables = environment(place, port=free_port()) | {
            "CINEMA_SANDBOX_PORT": str(free_port()),
            "CINEMA_SANDBOX_SMTP_PORT": str(free_port()),
        }

    @property
    def port(self) -> int:
        return int(self._variables["CINEMA_PORT"])

    async def up(self, **more: str) -> tuple[Process, float]:
        """Starts; returns the process and the seconds until it was ready."""
        since_s = stopwatch_s()
        process = start(self._variables | more, self._place, "up")
        try:
            await until_ready(self.port, [process], pause_s=0.005)
        except Broken:
            process.stop()
            raise
        return process, stopwatch_s() - since_s

    async def note_imports(self) -> int:
        """Notes which modules that are not ours a start imports until it is ready; returns how many."""
        log = self._place / "up.log"
        log.unlink()
        process, _ = await self.up(PYTHONPROFILEIMPORTTIME="1")
        said = log.read_text(errors="replace")
        process.stop()
        names = imported(said)
        self._modules.write_text(json.dumps(names))
        return len(names)

    async def ours(self) -> Run:
        """A start on data that exist."""
        process, lasted_s = await self.up()
        spent_s = cpu_s([process.pid])
        films = await Line(self.port).ask(request("GET", FILMS_PATH))
        process.stop()
        expect(films.status == OK and len(films.json()["items"]) == 1, "the catalogue is there")
        return Run(value=lasted_s, unit="s", cpu_s=spent_s)

    async def peer(self) -> Run:
        """The imports and the database's start, one after the other."""
        before_s = children_cpu_s()
        since_s = stopwatch_s()
        done = subprocess.run(  # noqa: S603, ASYNC221 - nothing else runs meanwhile
            [sys.executable, "-c", IMPORTER, str(self._modules)], timeout=IMPORTS_WITHIN_S, check=False
        )
        imports_s = stopwatch_s() - since_s
        spent_s = children_cpu_s() - before_s
        expect(done.returncode == 0, "every module can be imported")
        since_s = stopwatch_s()
        async with embedded(folder=self._place / "postgres"):
            database_s = stopwatch_s() - since_s
        return Run(
            value=imports_s + database_s,
            unit="s",
            cpu_s=spent_s,
            remark=f"imports {imports_s:.2f} s, PostgreSQL {database_s:.2f} s",
        )

    async def after_kill(self) -> float:
        """Seconds of a start after every process was killed at once."""
        process, _ = await self.up()
        server = postmaster(self._place)
        keeper = parent(server)
        for pid in (process.pid, keeper, *family([server])):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.popen.wait()
        again, lasted_s = await self.up()
        again.stop()
        return lasted_s


def children_cpu_s() -> float:
    """CPU time of all processes that we have waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def imported(log: str) -> list[str]:
    """The modules of third parties in a log of ``-X importtime``, in the order in which they were ready."""
    names = [line.rpartition("|")[2].strip() for line in log.splitlines() if line.startswith("import time:")]
    passed = sys.stdlib_module_names | {"cinema", "imported package"}
    chosen = [name for name in names if name.partition(".")[0] not in passed]
    done = subprocess.run(  # noqa: S603 - some names exist only while their package is being imported
        [sys.executable, "-c", FINDER], input=json.dumps(chosen), capture_output=True, text=True, check=True
    )
    found: list[str] = json.loads(done.stdout)
    return found


FINDER = """
import importlib, json, sys
found = []
for name in json.load(sys.stdin):
    try:
        importlib.import_module(name)
    except ImportError:
        continue
    found.append(name)
json.dump(found, sys.stdout)
"""


async def bench(options: Options) -> str:
    async with fresh_place("p14") as place:
        cold = Cold(place)
        process, first_s = await cold.up()
        process.stop()
        say(f"first start, with an empty folder: {first_s:.2f} s")
        count = await cold.note_imports()
        say(f"a start imports {count} modules of third parties")
        last = await compare(
            target=Target(name="P14", sign="<=", value=1.5), ours=cold.ours, peer=cold.peer, pairs=options.pairs
        )
        if sys.platform == "linux":
            say(f"after kill -9 of everything: {await cold.after_kill():.2f} s")
    return last


if __name__ == "__main__":
    run(bench)
