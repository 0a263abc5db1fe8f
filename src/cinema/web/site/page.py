"""A page: its address, whom it is for, and the function that answers."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import RedirectResponse, Response

from cinema.kit.errors import Trouble
from cinema.kit.ids import uuid7
from cinema.kit.intent import Intent
from cinema.kit.sentences import said
from cinema.web.forms import Form
from cinema.web.memory import Memory
from cinema.web.rendering import Renderer
from cinema.web.services import About, Services
from cinema.web.visit import Visit

INTENT = "intent"
"""The hidden field that names what a form means to do: sent twice, it is done once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What every page has at hand."""

    services: Services
    about: About
    renderer: Renderer
    memory: Memory

    def page(self, visit: Visit, template: str, /, **values: Any) -> Response:
        """See `Renderer.page`; ``intent`` is new for each form that is shown."""
        return self.renderer.page(visit, template, **{"form": Form(), INTENT: uuid7(visit.now).hex, **values})


Answer = Callable[[Site, Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page at ``path`` below the language. ``is_personal``: only for who is signed in."""

    path: str
    show: Answer | None = None
    act: Answer | None = None
    is_personal: bool = False


def see(path: str) -> Response:
    """Leads to another page after an act (RFC 9110, 15.4.4), so that going back or loading again repeats nothing."""
    return RedirectResponse(path, status_code=303)


def intent(visit: Visit, form: Form, act: str) -> Intent:
    """What a signed-in viewer means to do by a form: ``act`` says what, its hidden field names this one time."""
    key = form[INTENT]
    typed = "\x00".join(f"{name}\x01{value}" for name, value in sorted(form.values.items()) if name != INTENT)
    return Intent(
        scope=f"{visit.who.user_id} page {act}",
        key=key if key.isalnum() and len(key) <= 64 else None,  # noqa: PLR2004 - what `Site.page` makes has 32
        input_hash=hashlib.sha256(typed.encode()).digest(),
    )


def refused(visit: Visit, form: Form, trouble: Trouble, *, fields: Mapping[str, str]) -> Form:
    """``form`` with what is wrong beside the field that it is about; ``fields`` are by the code of the trouble."""
    sentence = told(visit, trouble)
    name = fields.get(trouble.code)
    if name is None:
        return Form(values=form.values, problem=sentence)
    return Form(values=form.values, errors={**form.errors, name: sentence})


def told(visit: Visit, trouble: Trouble) -> str:
    """What is wrong, in the page's language."""
    return said(trouble, words=visit.words, wording=visit.wording) or visit.words("problem-unknown")
