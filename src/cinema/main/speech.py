"""The sentences of problems, from the catalogues, in the language that a caller wants."""

import warnings
from functools import lru_cache

from cinema.contracts.language import HOME_ZONES, preferred
from cinema.contracts.text import Language
from cinema.kit.errors import Trouble
from cinema.kit.mistakes import Mistake
from cinema.kit.sentences import said
from cinema.kit.texts import TextMissing, Texts, Words
from cinema.kit.wording import Wording

HEADERS_KEPT = 256
"""How many headers are remembered with what they want; browsers send few different ones."""

HEADER_MAX = 500
"""How much of a header is looked at."""


class Sentences:
    """Those of one language."""

    def __init__(self, language: Language, words: Words) -> None:
        self.language = language.value
        self._words = words
        self._wording = Wording(language=language.value, time_zone=HOME_ZONES[language])

    def trouble(self, trouble: Trouble) -> str:
        """What went wrong; in the words of the code where it is none of the published ones, or lacks a fact."""
        try:
            return said(trouble, words=self._words, wording=self._wording) or trouble.detail
        except TextMissing as missing:
            warnings.warn(f"{trouble.code} cannot be said: {missing}", stacklevel=2)
            return trouble.detail

    def mistake(self, mistake: Mistake) -> str:
        """What is wrong with a part of the input."""
        return self._words(f"mistake-{mistake.code}", **mistake.values)


class Spoken:
    """All languages; each is read when the first sentence of it is said."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._spoken: dict[Language, Sentences] = {}

    def wanted(self, accept_language: str | None) -> Sentences:
        """The best for an Accept-Language header; English for who sends none or takes any, as programs do."""
        language = _wanted(accept_language[:HEADER_MAX]) if accept_language else Language.EN
        spoken = self._spoken.get(language)
        if spoken is None:
            spoken = self._spoken[language] = Sentences(language, self._texts.of(language.value))
        return spoken


@lru_cache(HEADERS_KEPT)
def _wanted(accept_language: str) -> Language:
    return preferred(accept_language, default=Language.EN)
