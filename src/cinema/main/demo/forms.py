"""Forms as they stand on a page of HTML."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from cinema.main.demo.steps import Unexpected

UNSENT = frozenset({"submit", "checkbox", "radio"})
"""Kinds of inputs that a browser sends only when they are pressed or ticked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Where a form is sent, the fields that it is sent with as it stands, and the names of all that it asks for."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        its = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(action=its.get("action", "")))
        elif tag in {"input", "select"} and self.forms and its.get("name"):
            self._take(self.forms[-1], tag, its)
        elif tag == "option" and self._select and ("selected" in its or self._select not in self.forms[-1].fields):
            self.forms[-1].fields[self._select] = its.get("value", "")

    def _take(self, form: Form, tag: str, its: dict[str, str]) -> None:
        form.names.add(its["name"])
        if tag == "select":
            self._select = its["name"]
        elif its.get("type") not in UNSENT or "checked" in its:
            form.fields[its["name"]] = its.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""


def find_form(page: str, field: str) -> Form:
    """The first form of a page that asks for ``field``."""
    parser = _Forms()
    parser.feed(page)
    for form in parser.forms:
        if field in form.names:
            return form
    raise Unexpected(f"expected: a form that asks for {field}; the page was {page[:200]}")
