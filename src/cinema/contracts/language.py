"""Which of the product's languages a browser wants."""

from cinema.contracts.text import Language

DEFAULT = Language.RU
"""For who says nothing."""

FOREIGN = Language.EN
"""For who asks only for languages that we do not speak."""

HOME_ZONES = {Language.RU: "Europe/Moscow", Language.EN: "UTC"}
"""By whose clock one writes in a language for somebody whose own is not known."""


def preferred(accept_language: str | None, *, default: Language = DEFAULT) -> Language:
    """The best language for an Accept-Language header (RFC 9110, 12.5.4); what cannot be read is passed over.

    ``default`` is for who takes any language or says nothing.
    """
    if not accept_language or not accept_language.strip():
        return default
    wanted = sorted((_read(part) for part in accept_language[:500].split(",")), key=lambda one: -one[1])
    for tag, quality in wanted:
        if quality <= 0:
            continue
        if tag == "*":
            return default
        for language in Language:
            if tag.partition("-")[0] == language.value:
                return language
    return FOREIGN


def _read(part: str) -> tuple[str, int]:
    """A tag and its quality in thousandths; a quality that cannot be read counts as none."""
    tag, _, parameter = part.partition(";")
    name, _, value = parameter.strip().partition("=")
    if not parameter.strip():
        return tag.strip().lower(), 1000
    whole, _, fraction = value.strip().partition(".")
    digits = (whole or "0") + fraction[:3].ljust(3, "0")
    if name.strip().lower() != "q" or not digits.isdecimal() or not digits.isascii():
        return tag.strip().lower(), 0
    return tag.strip().lower(), int(digits)
