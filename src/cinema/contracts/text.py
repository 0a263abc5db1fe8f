"""Text that exists in both languages of the product."""

from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """The languages that pages and mails are written in."""

    RU = "ru"
    EN = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text in Russian and in English."""

    ru: str
    en: str

    def in_(self, language: Language) -> str:
        return self.ru if language is Language.RU else self.en
