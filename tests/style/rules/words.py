"""Words that may not stand in files: providers' names, open ends, switched-off checks, addresses of a workplace."""

import re
from collections.abc import Iterator

from style.source import Found, Rule, Source, in_python

PROVIDERS = re.compile(r"(?i:yoo[-_ ]?kassa|yoo[-_ ]?money)|\bStripe|[\"'.]stripe\b|\bstripe_")
"""A stripe may also be a line on a poster."""

OPEN_ENDS = re.compile(r"\b(TODO|FIXME|HACK)\b|#\s*XXX\b")
"""Three X also are a currency code."""
IGNORED_TYPE = re.compile(r"#\s*type:\s*ignore(?!\[[a-z, -]+\]\s*#\s*\S)")
BARE_NOQA = re.compile(r"#\s*(ruff:\s*)?noqa\s*(?!:\s*[A-Z]+\d+)", re.IGNORECASE)
OWN_FOLDERS = re.compile(r"(?<![\w.*:-])(/(home|root|Users|work|workspace)/\w|[A-Z]:\\Users)")
REGISTRIES = re.compile(
    r"pypi[.]org|python-?hosted[.]org|npmjs[.](org|com)|registry[.]yarnpkg|artifactory"
    r"|--(extra-)?index-url|--find-links|(PIP|UV)_(EXTRA_)?INDEX"
)
PROVIDER_PLACES = (
    "src/cinema/payments/providers/",
    "src/cinema/contracts/methods.py",  # a wallet of that name is a method like any other, whoever takes payments
    "src/cinema/payments/settings.py",  # which of them takes payments where nobody says
    "src/cinema/sandbox/yookassa/",  # the outside world: it is what it stands in for
    "src/cinema/main/sandbox_settings.py",  # the settings by which the adapter talks to that stand-in
    "src/cinema/main/stand_ins.py",  # starts it
)
"""Where providers may be named; elsewhere `payments.providers.registry` is walked."""


def outside_the_adapters(source: Source) -> bool:
    return source.path.startswith("src/cinema/") and not source.path.startswith(PROVIDER_PLACES)


def provider_names(source: Source) -> Iterator[Found]:
    for number, found in _found(PROVIDERS, source):
        yield number, f"{found}: providers are named in payments/providers only; walk their registry"


def open_ends(source: Source) -> Iterator[Found]:
    for number, found in _found(OPEN_ENDS, source):
        yield number, f"{found}: finish it, or write an issue"


def ignored_types(source: Source) -> Iterator[Found]:
    for number, comment in source.comments:
        if IGNORED_TYPE.search(comment):
            yield number, "a type: ignore has a code and a reason: # type: ignore[code] # because …"


def bare_noqas(source: Source) -> Iterator[Found]:
    for number, comment in source.comments:
        if BARE_NOQA.search(comment):
            yield number, "a noqa names its rule: # noqa: CODE - because …"


def addresses(source: Source) -> Iterator[Found]:
    for number, found in _found(OWN_FOLDERS, source):
        yield number, f"{found}…: a path of one machine helps nobody else"
    for number, found in _found(REGISTRIES, source):
        yield number, f"{found}: where packages come from is the machine's business"


def _found(pattern: re.Pattern[str], source: Source) -> Iterator[Found]:
    for match in pattern.finditer(source.text):
        yield source.text.count("\n", 0, match.start()) + 1, match[0]


def is_elsewhere(source: Source) -> bool:
    """Not in this folder, which has to name what it forbids."""
    return not source.path.startswith("tests/style/")


RULES = (
    Rule(name="providers", covers=outside_the_adapters, find=provider_names),
    Rule(name="open-ends", covers=is_elsewhere, find=open_ends),
    Rule(name="ignored-types", covers=in_python, find=ignored_types),
    Rule(name="bare-noqa", covers=in_python, find=bare_noqas),
    Rule(name="addresses", covers=is_elsewhere, find=addresses),
)
