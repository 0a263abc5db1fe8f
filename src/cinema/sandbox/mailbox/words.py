"""The page's words in its two languages, chosen by the browser's Accept-Language (RFC 9110, 12.5.4)."""

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": {
            "mailbox": "Mailbox",
            "about": "Every mail that the cinema sends lands here and goes no further.",
            "mails": "Mails",
            "to": "To",
            "from": "From",
            "subject": "Subject",
            "received": "Received",
            "no_subject": "(no subject)",
            "find": "Show",
            "filter": "Recipient's address",
            "all": "All mails",
            "empty": "No mails yet. Send one to",
            "empty_filtered": "No mails to this address.",
            "delete_all": "Delete all",
            "older": "Older mails",
            "newest": "Newest mails",
            "back": "To the list",
            "text": "Text",
            "html": "As it looks",
            "headers": "Headers",
            "source": "Raw source",
            "attachments": "Attachments",
            "copies": "Message-ID received",
            "times": "times",
            "no_content": "This mail has no text.",
            "bytes": "bytes",
            "refresh": "Refresh",
            "missing": "There is no such page here.",
        },
        "ru": {
            "mailbox": "Почтовый ящик",
            "about": "Все письма кинотеатра приходят сюда и дальше не идут.",
            "mails": "Писем",
            "to": "Кому",
            "from": "От кого",
            "subject": "Тема",
            "received": "Получено",
            "no_subject": "(без темы)",
            "find": "Показать",
            "filter": "Адрес получателя",
            "all": "Все письма",
            "empty": "Писем пока нет. Отправьте первое на",
            "empty_filtered": "На этот адрес писем нет.",
            "delete_all": "Удалить все",
            "older": "Более ранние",
            "newest": "Самые новые",
            "back": "К списку",
            "text": "Текст",
            "html": "Как выглядит",
            "headers": "Заголовки",
            "source": "Исходный текст",
            "attachments": "Вложения",
            "copies": "Message-ID получен раз:",
            "times": "",
            "no_content": "В этом письме нет текста.",
            "bytes": "байт",
            "refresh": "Обновить",
            "missing": "Такой страницы здесь нет.",
        },
    }
)


def language(accepted: str) -> str:
    """``ru`` or ``en``, whichever an Accept-Language header likes better; English when it names neither."""
    likings = dict.fromkeys(WORDS, 0.0)
    for choice in accepted.split(","):
        tag, _, weight = choice.partition(";")
        name = tag.strip().lower().partition("-")[0]
        if name in likings:
            likings[name] = max(likings[name], liking(weight))
    return max(likings, key=likings.__getitem__)


def liking(weight: str) -> float:
    """The number in ``q=0.8``; 1 when there is none, 0 when it cannot be read."""
    name, _, value = weight.strip().partition("=")
    if not name:
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0
