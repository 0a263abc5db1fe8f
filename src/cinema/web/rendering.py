"""Pages from templates: everything that is shown is escaped, and every value that is missing is a bug."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from cinema.contracts.text import Language
from cinema.kit.texts import Value
from cinema.web.assets import Assets
from cinema.web.cookies import Theme
from cinema.web.visit import Visit

HERE = Path(__file__).parent

POLICY = {
    "default-src": "'none'",
    "base-uri": "'none'",
    "connect-src": "'self'",
    "font-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "img-src": "'self' data:",
    "manifest-src": "'self'",
    "media-src": "'self' blob:",
    "script-src": "'self'",
    "style-src": "'self'",
    "worker-src": "'self'",
}
"""What a page may load (CSP level 3): its own files, nothing inline, nothing of others."""

HEADERS = {
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
}


class Renderer:
    """Writes pages. ``facts`` are the same on every page: what the cinema is called, where help is."""

    def __init__(self, *, assets: Assets, facts: Mapping[str, Any]) -> None:
        folders = [FileSystemLoader(HERE / name) for name in ("components", "site/pages")]
        self._environment = Environment(
            loader=ChoiceLoader(folders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals = {
            "asset": assets.address,
            "icon_sheet": assets.address("vendor/icons.svg"),
            "languages": tuple(Language),
            "themes": tuple(Theme),
            **facts,
        }

    def page(
        self,
        visit: Visit,
        template: str,
        /,
        *,
        status: int = 200,
        policy: Mapping[str, str] | None = None,
        **values: object,
    ) -> HTMLResponse:
        """A page, or the part of it (``template#block``) that htmx asked for. ``policy`` widens what it may load."""
        name, _, block = template.partition("#")
        found = self._environment.get_template(name)
        given = self._given(visit, values)
        text = "".join(found.blocks[block](found.new_context(given))) if block else found.render(given)
        return HTMLResponse(text, status_code=status, headers=_headers(visit, policy or {}))

    def piece(self, visit: Visit, template: str, /, **values: object) -> Markup:
        """A part of pages that is the same for everybody who reads the visit's language, so that it may be kept.

        Its template is given nothing of who visits, nor a clock: one that asks for them fails.
        """
        text = self._environment.get_template(template).render({**_of_language(visit), **values})
        return Markup(text)  # noqa: S704 - a template has escaped what is in it

    def _given(self, visit: Visit, values: Mapping[str, object]) -> dict[str, Any]:
        return {
            **_of_language(visit),
            "visit": visit,
            "viewer": visit.viewer,
            "moment": visit.wording.moment,
            "day": visit.day,
            "date": visit.wording.date,
            "clock": visit.wording.time,
            **values,
        }


def _of_language(visit: Visit) -> dict[str, Any]:
    """What the language of a visit alone decides."""
    words = visit.words

    def rich(key: str, /, **inserted: Value) -> Markup:
        """A text with markup in its values; all else is escaped."""
        marks = {name: f"\ue000{name}\ue001" for name in inserted}
        text = str(escape(words(key, **marks)))
        for name, mark in marks.items():
            text = text.replace(mark, str(escape(inserted[name])))
        return Markup(text)  # noqa: S704 - its parts are escaped one by one

    return {
        "t": words,
        "rich": rich,
        "path": visit.path,
        "text": visit.text,
        "money": visit.wording.money,
        "number": visit.wording.number,
    }


def _headers(visit: Visit, policy: Mapping[str, str]) -> dict[str, str]:
    allowed = {**POLICY, **policy}
    return {
        **HEADERS,
        "Content-Security-Policy": "; ".join(f"{what} {where}" for what, where in allowed.items()),
        "Content-Language": visit.language.value,
        "Vary": "Cookie, HX-Request",
    }
