"""A browser without a screen over the whole product in process: it keeps cookies, and sends what browsers send."""

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from http.cookies import SimpleCookie

import httpx2

from scenarios.house import PASSWORD, URL, House, Viewer

FORM = "application/x-www-form-urlencoded"
SILENT = frozenset({"script", "style", "title"})


@dataclass(slots=True, kw_only=True)
class FormSeen:
    """A form as it stands on a page: where it leads, its fields as they are, its boxes, and its buttons' words."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    boxes: dict[str, bool] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An answer as a person sees it. ``text`` has single spaces, no-break ones too."""

    status: int
    headers: httpx2.Headers
    html: str
    h1: str
    text: str
    forms: tuple[FormSeen, ...]
    links: dict[str, str]

    @property
    def leads_to(self) -> str | None:
        """Where the browser is sent."""
        return self.headers.get("location")

    def form(self, action: str) -> FormSeen:
        """The one form that leads to a path beginning with ``action``."""
        (found,) = [one for one in self.forms if one.action.startswith(action)]
        return found

    def error(self, name: str) -> str | None:
        """What is said beside a field."""
        found = re.search(rf'<p class="error" id="{name}-error">(.*?)</p>', self.html, re.DOTALL)
        return plain(unescape(re.sub(r"<[^>]+>", " ", found[1]))) if found else None


@dataclass(slots=True, kw_only=True)
class Browser:
    """One person's browser. ``cookies`` are what it has kept."""

    house: House
    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **headers: str) -> Shown:
        return await self._ask("GET", path, headers={"Sec-Fetch-Site": "same-origin", **headers})

    async def post(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> Shown:
        content = str(httpx2.QueryParams(fields or {})).encode()
        sent = {"Sec-Fetch-Site": "same-origin", "Origin": URL, "Content-Type": FORM, **headers}
        return await self._ask("POST", path, headers=sent, content=content)

    async def submit(self, form: FormSeen, **typed: str) -> Shown:
        """Sends a form as it stands, with what was ``typed``; a box is ticked by giving its name a value."""
        ticked = {name: "on" for name, is_ticked in form.boxes.items() if is_ticked}
        return await self.post(form.action, form.fields | ticked | typed)

    async def follow(self, shown: Shown) -> Shown:
        """Goes where an answer leads, if that is on the site."""
        assert shown.status == 303
        assert shown.leads_to is not None
        return await self.get(shown.leads_to)

    async def sign_up(self, login: str) -> Viewer:
        """Somebody new, signed in here."""
        viewer = await self.house.sign_up(login)
        await self.sign_in(login)
        return viewer

    async def sign_in(self, login: str, *, back: str = "/en/") -> Shown:
        return await self.post(f"/en/sign-in?next={back}", {"name": login, "password": PASSWORD})

    async def _ask(self, method: str, path: str, *, headers: dict[str, str], content: bytes | None = None) -> Shown:
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        transport = httpx2.ASGITransport(app=self.house.cinema.app)
        async with httpx2.AsyncClient(transport=transport, base_url=URL) as client:
            answer = await client.request(method, path, headers=headers, content=content)
        for line in answer.headers.get_list("set-cookie"):
            for name, one in SimpleCookie(line).items():
                self.cookies.pop(name, None) if one["max-age"] == "0" else self.cookies.update({name: one.value})
        return _seen(answer)


def plain(text: str) -> str:
    """As a reader sees it: spaces are spaces, and lines do not matter."""
    return " ".join(text.split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.h1: list[str] = []
        self.forms: list[FormSeen] = []
        self.links: dict[str, str] = {}
        self._open: list[str] = []
        self._form: FormSeen | None = None
        self._select = ""
        self._link = ""
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        its = {name: value or "" for name, value in attrs}
        self._open += [tag] if tag in {*SILENT, "h1", "button", "a"} else []
        self._words = [] if tag in {"button", "a"} else self._words
        self._link = its.get("href", "") if tag == "a" else self._link
        if tag == "form":
            self._form = FormSeen(action=its["action"])
            self.forms.append(self._form)
        elif tag == "select":
            self._select = its["name"]
        elif self._form is not None:
            self._take(self._form, tag, its)

    def _take(self, form: FormSeen, tag: str, its: dict[str, str]) -> None:
        if tag == "option" and "selected" in its:
            form.fields[self._select] = its["value"]
        elif tag == "input" and its.get("type") == "checkbox":
            form.boxes[its["name"]] = "checked" in its
        elif tag == "input" and (its.get("type") != "radio" or "checked" in its):
            form.fields[its["name"]] = its.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            self._open.remove(tag)
        if tag == "form":
            self._form = None
        elif tag == "button" and self._form is not None:
            self._form.buttons.append(plain(" ".join(self._words)))
        elif tag == "a":
            self.links[plain(" ".join(self._words))] = self._link

    def handle_data(self, data: str) -> None:
        if SILENT.isdisjoint(self._open):
            self.text.append(data)
            self._words.append(data)
            self.h1 += [data] if "h1" in self._open else []


def _seen(answer: httpx2.Response) -> Shown:
    reader = _Reader()
    reader.feed(answer.text)
    return Shown(
        status=answer.status_code,
        headers=answer.headers,
        html=answer.text,
        h1=plain(" ".join(reader.h1)),
        text=plain(" ".join(reader.text)),
        forms=tuple(reader.forms),
        links=reader.links,
    )
