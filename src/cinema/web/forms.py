"""Forms: what was typed, and what is wrong with it beside its field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.requests import Request

from cinema.kit.errors import BadRequest
from cinema.kit.http import UNSTORABLE

FIELDS_MAX = 50
KIND = "application/x-www-form-urlencoded"


class FormUnreadable(BadRequest):
    """This form cannot be read; load the page again."""

    code = "form-unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """``values`` as typed (the first of each name), and for each field that is wrong a sentence in ``errors``.

    ``problem`` is what is wrong with the whole. Both are in the page's language.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def line(self, name: str) -> str:
        """A value without blanks around it."""
        return self[name].strip()

    def has(self, name: str) -> bool:
        """Whether a box is ticked, or a button was pressed."""
        return name in self.values

    @property
    def is_wrong(self) -> bool:
        return bool(self.errors) or self.problem is not None


async def read_form(request: Request) -> Form:
    """What was sent. Raises `FormUnreadable` for another kind of body, too many fields, or what is no text."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != KIND:
        raise FormUnreadable
    try:
        pairs = parse_qsl(
            (await request.body()).decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict"
        )
    except ValueError as error:
        raise FormUnreadable from error
    values: dict[str, str] = {}
    for name, value in pairs:
        if UNSTORABLE.search(value):
            raise FormUnreadable
        values.setdefault(name, value.replace("\r\n", "\n"))
    return Form(values=values)
