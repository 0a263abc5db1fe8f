"""What is said of trouble to people: by its code, with its facts as they are written in a language."""

from datetime import datetime

from cinema.kit.errors import Trouble
from cinema.kit.money import Money
from cinema.kit.texts import Value, Words
from cinema.kit.wording import Wording

MINOR = "_minor"
RETRY = "retry_after_s"


def key(code: str, says: str = "") -> str:
    """The key of a problem's sentence."""
    return f"problem-{code}-{says}" if says else f"problem-{code}"


def said(trouble: Trouble, *, words: Words, wording: Wording) -> str | None:
    """The sentence for ``trouble``; None where the catalogue has none."""
    name = key(trouble.code, trouble.says)
    plain = words.plain(name)
    if plain is not None or name not in words:
        return plain
    return words(name, **_values(trouble, wording))


def _values(trouble: Trouble, wording: Wording) -> dict[str, Value]:
    """The facts by their names: ``amount_minor`` as ``amount``, ``retry_after_s`` as ``wait``, moments as read."""
    currency = trouble.facts.get("currency")
    values: dict[str, Value] = {}
    for name, fact in trouble.facts.items():
        if name == RETRY and isinstance(fact, int):
            values["wait"] = wording.wait(fact)
        elif name.endswith(MINOR) and isinstance(fact, int) and isinstance(currency, str):
            values[name.removesuffix(MINOR)] = wording.money(Money(minor=fact, currency=currency))
        elif name.endswith("_at") and isinstance(fact, str | datetime):
            values[name] = wording.moment(datetime.fromisoformat(fact) if isinstance(fact, str) else fact)
        elif isinstance(fact, str | int):
            values[name] = fact
    return values
