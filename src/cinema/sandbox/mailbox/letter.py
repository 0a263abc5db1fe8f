"""Reads a mail as it came: decoded headers, text, HTML and attachments (RFC 5322, 2045 to 2047, 2231).

Nothing here refuses a mail: what cannot be decoded is shown with replacement
characters, because a mailbox for trying out has to show faulty mails too.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import compat32
from typing import TypeAlias

Part: TypeAlias = "Message[str, str]"

FOLD = re.compile(r"\r?\n(?=[ \t])")
OPENING = re.compile(r"\A\s*(?:<!doctype[^>]*>)?\s*(?:<html[^>]*>)?\s*(?:<head[^>]*>)?", re.IGNORECASE)
CONTENT_ID = re.compile(r"cid:([^\"'\s)>]+)", re.IGNORECASE)
EMBEDDED_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A part that is neither the text nor the HTML of a letter."""

    name: str
    kind: str
    content_id: str | None
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail, decoded for display."""

    subject: str
    message_id: str
    headers: tuple[tuple[str, str], ...]
    text: str | None
    html: str | None
    attachments: tuple[Attachment, ...]

    def header(self, name: str) -> str:
        """The first header of that name, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name), "")


def read(raw: bytes) -> Letter:
    """Decodes ``raw``, the bytes that followed the DATA command."""
    message: Part = message_from_bytes(raw, policy=compat32)
    text: str | None = None
    html: str | None = None
    attachments: list[Attachment] = []
    for part in leaves(message):
        kind = part.get_content_type()
        is_attached = part.get_content_disposition() == "attachment" or part.get_filename() is not None
        if kind == "text/plain" and text is None and not is_attached:
            text = characters(part)
        elif kind == "text/html" and html is None and not is_attached:
            html = characters(part)
        else:
            attachments.append(attachment(part, number=len(attachments) + 1))
    headers = tuple((name, decoded(value)) for name, value in message.raw_items())
    return Letter(
        subject=next((value for name, value in headers if name.lower() == "subject"), ""),
        message_id=next((value for name, value in headers if name.lower() == "message-id"), ""),
        headers=headers,
        text=text,
        html=html,
        attachments=tuple(attachments),
    )


def framed(letter: Letter) -> str:
    """The letter's HTML as its own document: links open in a new tab, embedded images come along.

    Scripts and outside images are stopped by the policy that the document is served with.
    """
    images = {
        part.content_id: f"data:{part.kind};base64,{base64.b64encode(part.content).decode()}"
        for part in letter.attachments
        if part.content_id and part.kind in EMBEDDED_TYPES
    }
    html = CONTENT_ID.sub(lambda match: images.get(match[1], match[0]), letter.html or "")
    opening = OPENING.match(html)
    at = opening.end() if opening else 0
    return f'{html[:at]}<base target="_blank">{html[at:]}'


def leaves(message: Part) -> Iterator[Part]:
    """The parts that hold content; a forwarded mail counts as one of them."""
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from leaves(part)
    else:
        yield message


def attachment(part: Part, *, number: int) -> Attachment:
    name = part.get_filename()
    content_id = part.get("Content-ID")
    return Attachment(
        name=decoded(name) if name else f"part-{number}",
        kind=part.get_content_type(),
        content_id=content_id.strip().strip("<>") if content_id else None,
        content=content(part),
    )


def content(part: Part) -> bytes:
    if part.is_multipart():
        return b"\r\n".join(inner.as_bytes() for inner in part.get_payload() if isinstance(inner, Message))
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def characters(part: Part) -> str:
    return with_charset(content(part), part.get_content_charset())


def decoded(value: str) -> str:
    """A header's value with its encoded words (RFC 2047) turned into characters."""
    unfolded = FOLD.sub("", value).encode("utf-8", "surrogateescape").decode("utf-8", "replace").strip()
    try:
        pieces = decode_header(unfolded)
    except HeaderParseError:
        return unfolded
    return "".join(
        piece if isinstance(piece, str) else with_charset(piece, charset or "raw-unicode-escape")
        for piece, charset in pieces
    )


def with_charset(value: bytes, charset: str | None) -> str:
    try:
        return value.decode(charset or "utf-8", "replace")
    except LookupError:
        return value.decode("utf-8", "replace")
