"""The commands. Heavy imports wait until a command needs them, so that help is quick."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from cinema.main.cli.duration import duration
from cinema.main.cli.running import fail, out, program, run, say, serve, settings, told_plainly, voice
from cinema.main.collector import uncollected
from cinema.main.statuses import USAGE

app = typer.Typer(
    name="cinema",
    help="A self-hosted paid online cinema.",
    epilog="Exit status: 0 done, 1 something is wrong, 2 the call or a setting is wrong, 3 a check was cut off, "
    "130 stopped by Ctrl-C, 143 by SIGTERM.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
clock_app = typer.Typer(help="Virtual time, in development.", no_args_is_help=True)
admin_app = typer.Typer(help="Administrators.", no_args_is_help=True)
catalog_app = typer.Typer(help="The catalogue.", no_args_is_help=True)
events_app = typer.Typer(help="Events that could not be handled.", no_args_is_help=True)
app.add_typer(clock_app, name="clock")
app.add_typer(admin_app, name="admin")
app.add_typer(catalog_app, name="catalog")
app.add_typer(events_app, name="events")


def _tell_version(value: bool) -> None:  # noqa: FBT001 - typer calls it so
    if value:
        from importlib.metadata import version  # noqa: PLC0415

        say(f"cinema {version('cinema')}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[  # noqa: FBT002 - an option, done by its callback
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """A self-hosted paid online cinema."""


@app.command()
def up() -> None:
    """Run everything in one process: database, web, worker and, in development, the stand-ins."""
    with uncollected():
        from cinema.main import processes  # noqa: PLC0415

        chosen = settings(is_service=True)
        work = processes.up(chosen, progress=voice(chosen).say, program=program())
    serve(work, voice=voice(chosen))


@app.command()
def web() -> None:
    """Answer requests; run as many as you like."""
    with uncollected():
        from cinema.main import processes  # noqa: PLC0415

        chosen = settings(is_service=True)
        work = processes.web_only(chosen, progress=voice(chosen).say)
    serve(work, voice=voice(chosen))


@app.command()
def worker(
    only: Annotated[str, typer.Option(help="Contexts to work for, separated by commas; all if absent.")] = "",
) -> None:
    """Do due work; run as many as you like."""
    with uncollected():
        from cinema.main import processes  # noqa: PLC0415

        try:
            contexts = processes.contexts(only)
        except processes.ContextUnknown as unknown:
            fail(unknown.detail, status=USAGE)
        chosen = settings(is_service=True)
        work = processes.worker_only(chosen, only=contexts, progress=voice(chosen).say)
    serve(work, voice=voice(chosen))


@app.command()
def migrate() -> None:
    """Bring the database up to date; safe to start many times at once."""
    from cinema.main import operations  # noqa: PLC0415

    run(operations.migrate_now(settings(), progress=say))


@app.command()
def sandbox() -> None:
    """Run the stand-ins alone and print their addresses as NAME=value lines."""
    from cinema.main import processes  # noqa: PLC0415

    serve(processes.sandbox_only(settings(is_service=True), progress=say))


@app.command()
def demo(
    keep: Annotated[Path | None, typer.Option(help="Empty folder to keep the demo's data in.")] = None,
) -> None:
    """Play the main job: sign up, pay, watch, renew, cancel, take back."""
    from cinema.main.demo import play  # noqa: PLC0415

    with told_plainly():
        raise typer.Exit(play(out, folder=keep))


@app.command()
def invariants(
    *,
    is_whole: Annotated[
        bool, typer.Option("--all", help="Look at everything again, also at what was proved before.")
    ] = False,
    seconds: Annotated[float, typer.Option(min=0.1, help="Time for each check; one that needs more is cut off.")] = 30,
) -> None:
    """Check everything that must always hold; exit status 1 when something does not, 3 when a check was cut off."""
    from cinema.main import operations  # noqa: PLC0415

    run(operations.check_invariants(settings(), is_whole=is_whole, seconds=seconds, progress=say))


@app.command()
def doctor() -> None:
    """Look at settings, database, payments and mail, and say what is wrong."""
    from cinema.main.doctor import examine  # noqa: PLC0415

    run(examine(settings(), progress=say))


@app.command()
def docs(
    folder: Annotated[Path, typer.Argument(help="Folder of the documents.")] = Path("docs"),
) -> None:
    """Write the reference documents from the code."""
    from cinema.main.reference import write_reference  # noqa: PLC0415

    try:
        written = write_reference(folder, app)
    except OSError as error:
        fail(f"{folder} cannot be written to: {error.strerror}.")
    for path in written:
        say(str(path))


@clock_app.command("advance", context_settings={"ignore_unknown_options": True})  # -1d is a wrong length
def clock_advance(by: Annotated[str, typer.Argument(help="How far, such as 31d, 12h or 1d12h.")]) -> None:
    """Move virtual time on for every process of this data folder."""
    from cinema.main.clocks import virtual_clock  # noqa: PLC0415

    process = settings().process
    if process.is_production:
        fail("Time cannot be moved in production.")
    try:
        distance = duration(by)
    except ValueError as error:
        fail(str(error), status=USAGE)
    say(virtual_clock(process).advance(distance).isoformat(timespec="seconds"))


@clock_app.command("show")
def clock_show() -> None:
    """Print the time that the product lives in."""
    from cinema.main.clocks import build_clock  # noqa: PLC0415

    say(build_clock(settings().process).now().isoformat(timespec="seconds"))


@admin_app.command("create")
def admin_create(
    login: Annotated[str, typer.Option(help="Login name.")] = "admin",
    email: Annotated[str, typer.Option(help="E-mail address.")] = "",
    password_file: Annotated[
        Path | None, typer.Option(help="File with the password; else one is made.", exists=True, dir_okay=False)
    ] = None,
) -> None:
    """Make an administrator, or make a user one; may be repeated."""
    from cinema.main import operations  # noqa: PLC0415

    run(operations.create_admin(settings(), login=login, email=email, password_file=password_file, progress=say))


@catalog_app.command("import")
def catalog_import(
    folder: Annotated[
        Path | None,
        typer.Argument(help="Folder with genres*.json, persons*.json and films*.json.", exists=True, file_okay=False),
    ] = None,
) -> None:
    """Import films; the demo catalogue without a folder. May be repeated."""
    from cinema.main import operations  # noqa: PLC0415

    run(operations.import_catalog(settings(), folder=folder, progress=say))


@events_app.command("parked")
def events_parked() -> None:
    """List the events that were given up on."""
    from cinema.main import operations  # noqa: PLC0415

    run(operations.list_parked(settings(), progress=say))


@events_app.command("replay")
def events_replay(
    group: Annotated[str | None, typer.Option(help="Only of this group.")] = None,
    event: Annotated[UUID | None, typer.Option(help="Only this event's id.")] = None,
) -> None:
    """Handle parked events again."""
    from cinema.main import operations  # noqa: PLC0415

    run(operations.replay_parked(settings(), group=group, event_id=event, progress=say))


@app.command()
def dump(path: Annotated[Path, typer.Argument(help="File to write.")]) -> None:
    """Write the database that comes with us to a file."""
    from cinema.main import operations  # noqa: PLC0415

    run(operations.dump_database(settings(), path, progress=say))


@app.command()
def restore(path: Annotated[Path, typer.Argument(help="File to read.", exists=True, dir_okay=False)]) -> None:
    """Fill the database that comes with us from a file."""
    from cinema.main import operations  # noqa: PLC0415

    run(operations.restore_database(settings(), path, progress=say))
