"""Templates: one file for each kind and language gives subject, text and HTML in the same words.

They run in a sandbox and are given plain text and numbers only, so that a template
that somebody edits can say things, not do them.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from jinja2 import BaseLoader, FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from cinema.contracts.enums import MessageKind
from cinema.contracts.text import Language
from cinema.notifications.domain.mail import one_line
from cinema.notifications.domain.wording import Values

TEMPLATES = Path(__file__).parents[1] / "templates"
SUBJECT_MAX = 200
PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
LINE_BREAK = re.compile(r"[ \t]*\n[ \t]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What a mail says."""

    subject: str
    text: str
    html: str


class Renderer:
    """Writes mails from templates: from those that ship with us, or from ``loader``."""

    def __init__(self, *, loader: BaseLoader | None = None) -> None:
        source = loader or FileSystemLoader(TEMPLATES)
        self._text = _environment(source, is_html=False)
        self._html = _environment(source, is_html=True)

    def render(self, *, kind: MessageKind, language: Language, values: Values) -> Rendered:
        """The mail of ``kind`` in ``language``.

        Raises jinja2's TemplateError: a file is missing, names an unknown value, or
        reaches for what the sandbox forbids.
        """
        name = f"{kind.value}.{language.value}.jinja"
        return Rendered(
            subject=one_line(self._text.get_template(name).render(values, layout="subject.jinja"))[:SUBJECT_MAX],
            text=self._text.get_template(name).render(values, layout=f"text.{language.value}.jinja"),
            html=self._html.get_template(name).render(values, layout=f"html.{language.value}.jinja"),
        )


def _environment(loader: BaseLoader, *, is_html: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=loader,
        undefined=StrictUndefined,
        autoescape=is_html,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.clear()
    environment.filters["paragraphs"] = html_paragraphs if is_html else text_paragraphs
    return environment


def paragraphs(text: str) -> list[str]:
    """The paragraphs of ``text``, which empty lines part, each on one line."""
    return [LINE_BREAK.sub(" ", part.strip(" \t\n")) for part in PARAGRAPHS.split(text) if part.strip(" \t\n")]


def text_paragraphs(text: str) -> str:
    return "\n\n".join(paragraphs(text))


def html_paragraphs(text: Markup) -> Markup:
    """Takes only what is escaped already."""
    if not isinstance(text, Markup):
        raise TypeError("a paragraph of HTML is escaped before it is laid out")
    return Markup("\n").join(Markup("<p>") + Markup(part) + Markup("</p>") for part in paragraphs(text))  # noqa: S704 - see above
