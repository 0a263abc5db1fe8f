"""Where SQL stands and what it may say."""

import re
from collections.abc import Iterator

from style.source import CONTEXTS, Found, Rule, Source, in_src

STATEMENT = re.compile(
    r"\s*(SELECT|INSERT\s+INTO|UPDATE|DELETE\s+FROM|WITH|CREATE|ALTER|DROP|LOCK|TRUNCATE|COPY|NOTIFY|LISTEN|GRANT|REVOKE|SET|DO)\s"
)
SCHEMA = re.compile(rf"(?<![\w.'])({'|'.join(CONTEXTS)})\.[a-z_]+")
CHANCE = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|random|gen_random_uuid|uuidv7|uuidv4)\s*\("
    r"|\b(current_timestamp|current_date|current_time|localtimestamp|localtime)\b",
    re.IGNORECASE,
)
OPTIONAL = re.compile(r"[$:]\w+(::\w+)?\s+IS\s+NULL\s+OR\b|\bNOT\s+[$:]\w+\s+OR\b", re.IGNORECASE)
FLOATS = re.compile(r"\b(real|double\s+precision|float[48]?|money)\b", re.IGNORECASE)
STORES = frozenset({"store", "store.py", "invariants", "invariants.py"})


def may_hold_sql(source: Source) -> bool:
    return source.parts[0] in {"kit", "migrations"} or not STORES.isdisjoint(source.parts[1:])


def misplaced(source: Source) -> Iterator[Found]:
    if may_hold_sql(source):
        return
    for line, text in source.texts:
        if STATEMENT.match(text):
            yield line, f"SQL belongs into the store: {' '.join(text.split())[:40]}"


def foreign_schemas(source: Source) -> Iterator[Found]:
    own = _own_schema(source)
    if own is None:
        return
    for line, text in source.texts:
        for found in SCHEMA.finditer(text) if may_hold_sql(source) else ():
            if found[1] != own:
                yield line, f"{found[0]} belongs to another context: ask it, or hear its events"


def _own_schema(source: Source) -> str | None:
    """The one context whose tables this file may name; '' for none, None where no rule applies.

    The invariants of the whole compare what two contexts say, and that is all they do; a
    migration of the whole carries over what one context has to know of another from now on.
    """
    if source.parts == ("main", "invariants.py") or is_migration_of_the_whole(source):
        return None
    if source.parts[0] in CONTEXTS:
        return source.parts[0]
    if source.parts[0] == "migrations":
        return source.parts[-1].removesuffix(".py").partition("_")[2]
    return ""


def is_migration_of_the_whole(source: Source) -> bool:
    return source.parts[0] == "migrations" and source.parts[-1].endswith("_main.py")


def hidden_input(source: Source) -> Iterator[Found]:
    """The database's own clock and dice: they would make virtual time and replays impossible."""
    if source.parts == ("kit", "server.py"):  # compares that clock with ours
        return
    for line, text in source.texts:
        if STATEMENT.match(text) or source.parts[0] == "migrations":
            for found in CHANCE.finditer(_without_comments(text)):
                yield line, f"{found[0]}: pass it as a value"


def float_columns(source: Source) -> Iterator[Found]:
    for line, text in source.texts:
        for found in FLOATS.finditer(_without_comments(text)):
            yield line, f"{found[0]}: amounts are BIGINT, shares are NUMERIC"


def optional_filters(source: Source) -> Iterator[Found]:
    """One statement for all combinations of filters is planned for none of them, and slow for the others."""
    for line, text in source.texts:
        for found in OPTIONAL.finditer(_without_comments(text)):
            yield line, f"{' '.join(found[0].split())}: write a statement for each combination (`kit.listing`)"


def _without_comments(sql: str) -> str:
    return re.sub(r"--.*", "", sql)


def in_product(source: Source) -> bool:
    """All of it but the stand-ins, whose lists are short."""
    return in_src(source) and source.parts[0] != "sandbox"


def in_migrations(source: Source) -> bool:
    return in_src(source) and source.parts[0] == "migrations"


RULES = (
    Rule(name="sql-place", covers=in_src, find=misplaced),
    Rule(name="sql-schema", covers=in_src, find=foreign_schemas),
    Rule(name="sql-input", covers=in_src, find=hidden_input),
    Rule(name="sql-optional", covers=in_product, find=optional_filters),
    Rule(name="sql-floats", covers=in_migrations, find=float_columns),
)
