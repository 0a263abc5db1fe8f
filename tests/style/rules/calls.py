"""What code may not call: the clock, dice, print, patches, sleep."""

import ast
import re
from collections.abc import Iterator

from style.source import Found, Rule, Source, in_src, in_tests

CLOCK = re.compile(
    r"datetime\.datetime\.(now|utcnow|today)|datetime\.date\.today"
    r"|time\.(time|time_ns|monotonic|monotonic_ns|perf_counter|perf_counter_ns|localtime|gmtime)"
)
DICE = re.compile(r"random\..+|secrets\..+|os\.(urandom|getrandom)|uuid\.uuid\d|ssl\.RAND_bytes")
SECRETS = re.compile(r"secrets\..+")
PATCHES = re.compile(r"unittest\.mock(\..+)?|mock(\..+)?")
SLEEPS = re.compile(r"time\.sleep|asyncio\.sleep")

MAKES_SECRETS = frozenset({"identity", "playback", "main"})
"""Contexts that hand out tokens, grants and passwords; they use `secrets`, in their services."""

ROLLS_DICE = frozenset({("kit", "ids.py"), ("kit", "db.py")})
"""Ids, and the pause between rivals."""


def reads_the_clock(source: Source) -> Iterator[Found]:
    if source.parts == ("kit", "clock.py"):
        return
    for line, name in source.uses(CLOCK):
        yield line, f"{name}: take `now`, or a Clock; only kit.clock reads the time"
    for node in source.nodes:
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "time"
            and not node.args
            and isinstance(node.func.value, ast.Name | ast.Call)
            and "loop" in ast.unparse(node.func.value)
        ):
            yield node.lineno, "loop.time(): measure with kit.clock.stopwatch_s"


def rolls_dice(source: Source) -> Iterator[Found]:
    if source.parts in ROLLS_DICE or source.parts[0] == "sandbox":  # the world outside is left to chance
        return
    makes_secrets = source.parts[0] in MAKES_SECRETS and "domain" not in source.parts[1:2]
    for line, name in source.uses(DICE):
        if not (makes_secrets and SECRETS.fullmatch(name)):
            yield line, f"{name}: chance comes from kit.ids, or from `secrets` where a context makes tokens"


def prints(source: Source) -> Iterator[Found]:
    for node in source.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"print", "pprint"}:
            yield node.lineno, "print: write a log line, or use the console of the CLI"


def patches(source: Source) -> Iterator[Found]:
    for line, name in source.uses(PATCHES):
        yield line, f"{name}: pass a complete stand-in through the constructor"
    for node in source.nodes:
        if isinstance(node, ast.arg) and node.arg in {"monkeypatch", "mocker"}:
            yield node.lineno, f"{node.arg}: pass a complete stand-in through the constructor"


def sleeps(source: Source) -> Iterator[Found]:
    for node in source.nodes:
        if isinstance(node, ast.Call) and (name := source.named(node.func)) and SLEEPS.fullmatch(name):
            pause = ast.unparse(node.args[0]) if node.args else ""
            if name == "time.sleep" or pause != "0":
                yield node.lineno, f"{name}: wait for the thing itself, or move the clock"


def gives_up(source: Source) -> Iterator[Found]:
    for node in source.nodes:
        if isinstance(node, ast.Name) and node.id == "NotImplementedError":
            yield node.lineno, "NotImplementedError: finish it, or leave it out"


RULES = (
    Rule(name="clock", covers=in_src, find=reads_the_clock),
    Rule(name="chance", covers=in_src, find=rolls_dice),
    Rule(name="print", covers=in_src, find=prints),
    Rule(name="patches", covers=in_tests, find=patches),
    Rule(name="sleep", covers=in_tests, find=sleeps),
    Rule(name="unfinished", covers=in_src, find=gives_up),
)
