"""The service that the demo plays on: a process of its own, on ports and in a folder of its own."""

import os
import subprocess
import sys
from pathlib import Path

import httpx2

from cinema.kit.clock import stopwatch_s
from cinema.main.demo.steps import PATIENCE_S, Unexpected, until
from cinema.main.ports import free_port

READY_WITHIN_S = 90.0
COMMAND_WITHIN_S = 60.0
STOP_WITHIN_S = 20.0


class Service:
    """``cinema up`` with the settings of nobody, and commands beside it."""

    def __init__(self, folder: Path) -> None:
        ports = [str(free_port()) for _ in range(3)]
        self._environment = clean_environment() | {
            "CINEMA_PORT": ports[0],
            "CINEMA_SANDBOX_PORT": ports[1],
            "CINEMA_SANDBOX_SMTP_PORT": ports[2],
            "CINEMA_DATA_FOLDER": str(folder),
            "CINEMA_LOG_LEVEL": "info",
            "CINEMA_LOG_FORMAT": "json",
        }
        self.url = f"http://127.0.0.1:{ports[0]}"
        self.mailbox_url = f"http://127.0.0.1:{ports[1]}/mail"
        self.folder = folder
        self.log = folder / "demo.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Starts, and returns after how many seconds it was ready; `Unexpected` if it never is."""
        with self.log.open("wb") as log:
            self._process = process = subprocess.Popen(
                [sys.executable, "-m", "cinema.main", "up"], env=self._environment, stdout=log, stderr=log
            )
        started_s = stopwatch_s()
        with httpx2.Client(base_url=self.url, timeout=PATIENCE_S, trust_env=False) as probe:

            def is_ready() -> bool:
                if process.poll() is not None:
                    raise Unexpected(f"the service should run; it ended: {self._last_words()}")
                try:
                    return probe.get("/health/ready").is_success
                except httpx2.TransportError:
                    return False

            until(is_ready, bool, wish="the service is ready", patience_s=READY_WITHIN_S)
        return stopwatch_s() - started_s

    def command(self, *words: str) -> str:
        """What a command of ours prints; `Unexpected` if it fails."""
        done = subprocess.run(  # noqa: S603 - our own commands
            [sys.executable, "-m", "cinema.main", *words],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_WITHIN_S,
            check=False,
        )
        if done.returncode:
            raise Unexpected(f"`cinema {' '.join(words)}` should succeed: {(done.stdout + done.stderr)[-500:]}")
        return done.stdout

    def stop(self) -> None:
        """Ends it as an operator would; kills what does not listen."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _last_words(self) -> str:
        return " | ".join(self.log.read_text(errors="replace").splitlines()[-5:])


def clean_environment() -> dict[str, str]:
    """Our environment without settings: the demo is the same for everybody."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CINEMA_")}
