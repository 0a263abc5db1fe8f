"""Keys that sort titles and names as a reader expects, in plain code-point order.

The database may come without ICU, and the order of code points is not the order of
the alphabet: it puts ``ё`` after ``я``, ``É`` after ``Z`` and 10 before 2. So each text
is stored with a key whose code points are in order; the alphabets themselves are.
"""

import re
import unicodedata

from cinema.contracts.text import Language

KEY_LENGTH_MAX = 75
"""Characters of a key: four bytes for each fit a cursor. Texts that agree so far are told apart by their ids."""

ARTICLES = frozenset({"a", "an", "the"})
SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "мл", "ст", "младший", "старший"})
WHOLE_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
NUMBER_WIDTH = 6


def title_key(title: str, *, language: Language) -> str:
    """Where a title stands: "The 39 Steps" at ``000039 steps``, «Ёлки» at ``елки``."""
    words = _words(title)
    if language is Language.EN and len(words) > 1 and words[0] in ARTICLES:
        words = words[1:]
    return " ".join(words)[:KEY_LENGTH_MAX]


def name_key(name: str) -> str:
    """Where a person stands, by the last name: "Douglas Fairbanks Sr." at ``fairbanks douglas sr``."""
    words = _words(name)
    suffix = words[-1:] if len(words) > 1 and words[-1] in SUFFIXES else []
    rest = words[: len(words) - len(suffix)]
    return " ".join([*rest[-1:], *rest[:-1], *suffix])[:KEY_LENGTH_MAX]


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFC", text).casefold().translate(WHOLE_LETTERS)
    plain = "".join(_letter(one) for one in folded)
    plain = re.sub(r"['`\u2019]", "", plain)
    plain = re.sub(r"(?<=\d)[\s.,](?=\d{3}(?!\d))", "", plain)
    words = re.findall(r"[^\W_]+", plain)
    return [word.zfill(NUMBER_WIDTH) if word.isdecimal() else word for word in words] or [plain.strip()]


def _letter(letter: str) -> str:
    """The letter without its accents; ``й`` is a letter of its own, ``ё`` is not."""
    if letter == "й":
        return letter
    return "".join(one for one in unicodedata.normalize("NFD", letter) if not unicodedata.combining(one))
