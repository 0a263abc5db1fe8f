"""Commands of ours in processes of their own, as an operator runs them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cinema.main.ports import free_port

END_WITHIN_S = 600
STOP_WITHIN_S = 60
"""Limits that only a hang meets, on however slow a machine."""


def environment(**settings: object) -> dict[str, str]:
    """Our environment with no settings but these: ``port`` is ``CINEMA_PORT``."""
    rest = {name: value for name, value in os.environ.items() if not name.startswith("CINEMA_")}
    return rest | {f"CINEMA_{name.upper()}": str(value) for name, value in settings.items()}


def ports() -> dict[str, int]:
    """Settings with ports that are free now."""
    return {"port": free_port(), "sandbox_port": free_port(), "sandbox_smtp_port": free_port()}


def command(place: Path, *words: str, **settings: object) -> "subprocess.CompletedProcess[str]":
    """What a command did that ran in ``place``, where its data folder ``var`` is."""
    return subprocess.run(
        [sys.executable, "-m", "cinema.main", *words],
        cwd=place,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=END_WITHIN_S,
        check=False,
    )


def told(place: Path, *words: str, **settings: object) -> str:
    """What a command said that succeeded without a word of warning."""
    done = command(place, *words, **settings)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def refused(place: Path, *words: str, **settings: object) -> tuple[int, list[str]]:
    """The exit status and the sentences of a command that did not do what was asked."""
    done = command(place, *words, **settings)
    return done.returncode, done.stderr.splitlines()


@dataclass(slots=True, kw_only=True)
class Service:
    """A command that runs until it is told to stop."""

    popen: "subprocess.Popen[str]"
    log: Path

    def lines_until(self, beginning: str) -> list[str]:
        """What it says up to the line that begins so."""
        assert self.popen.stdout
        lines = []
        for line in self.popen.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith(beginning):
                return lines
        raise AssertionError(f"it ended before it said {beginning!r}: {lines} {self.log.read_text()[-2000:]}")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Its exit status after the signal."""
        self.popen.send_signal(number)
        self.popen.communicate(timeout=STOP_WITHIN_S)
        return self.popen.returncode

    def warnings(self) -> list[str]:
        """Everything in its log that is not information."""
        return [line for line in self.log.read_text().splitlines() if '"level":"info"' not in line]


@contextmanager
def service(place: Path, *words: str, **settings: object) -> Iterator[Service]:
    """A service that is gone after the block, whatever happens in it."""
    log = place / f"{words[0]}.log"
    with (
        log.open("w") as file,
        subprocess.Popen(
            [sys.executable, "-m", "cinema.main", *words],
            cwd=place,
            env=environment(**settings),
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
        ) as popen,
    ):
        try:
            yield Service(popen=popen, log=log)
        finally:
            popen.kill()
