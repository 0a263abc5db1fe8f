"""Exit statuses: each that is documented, by what gives it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cinema.main.operations import verdict
from cinema.main.statuses import STATUSES
from main.commands import STOP_WITHIN_S, command, environment

PROGRAM = """
import asyncio
from cinema.main.cli.running import {runner}
import typer

async def work():
    print("here", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        print("ending", flush=True)
        while {lingers}:
            await asyncio.Event().wait()

app = typer.Typer()

@app.command()
def main():
    {runner}(work())

app()
"""


def signalled(number: signal.Signals, *, runner: str, times: int) -> tuple[int, str]:
    """Exit status, as a shell tells it, and errors of a command that is sent ``number`` so many times."""
    program = PROGRAM.format(runner=runner, lingers=times > 1)
    with subprocess.Popen(
        [sys.executable, "-c", program],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as popen:
        assert popen.stdout
        for word in ("here", "ending")[:times]:
            while popen.stdout.readline().strip() != word:
                assert popen.poll() is None
            popen.send_signal(number)
        said = popen.communicate(timeout=STOP_WITHIN_S)[1]
    code = popen.returncode
    return (code if code >= 0 else 128 - code), said


def test_every_documented_status_is_what_its_sentence_says(tmp_path: Path) -> None:
    server = "postgresql://cinema@127.0.0.1:1/cinema"

    seen = {
        "0": command(tmp_path, "--version").returncode,
        "1": command(tmp_path, "dump", "copy", database_url=server).returncode,
        "2": command(tmp_path, "nonsense").returncode,
        "3": verdict(0, ["I1 a check"]),
        "130": signalled(signal.SIGINT, runner="run", times=1)[0],
        "143": signalled(signal.SIGTERM, runner="run", times=1)[0],
    }

    assert {status: str(code) for status, code in seen.items()} == {status: status for status in STATUSES}
    assert command(tmp_path, "up", port="nothing").returncode == 2
    assert [verdict(0, []), verdict(2, []), verdict(2, ["I1 a check"])] == [0, 1, 1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_service_that_is_told_to_stop_has_done_its_work(number: signal.Signals) -> None:
    assert signalled(number, runner="serve", times=1) == (0, "")


@pytest.mark.parametrize("runner", ["run", "serve"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_second_signal_ends_at_once_without_a_traceback(number: signal.Signals, runner: str) -> None:
    assert signalled(number, runner=runner, times=2) == (128 + number, "")
