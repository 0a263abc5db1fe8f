"""Walks the site as a search engine would: every address that pages name, read once, with what is wrong about it."""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx2
from starlette.types import ASGIApp

PAGES_MAX = 2_000
DATA = frozenset({"application/ld+json"})
"""Kinds of ``<script>`` that hold data: no browser runs them (HTML, 4.12.1)."""

LEADING = {
    "a": ("href",),
    "audio": ("src",),
    "button": ("formaction",),
    "form": ("action",),
    "iframe": ("src",),
    "img": ("src",),
    "input": ("src", "formaction"),
    "link": ("href",),
    "script": ("src",),
    "source": ("src",),
    "track": ("src",),
    "use": ("href",),
    "video": ("src", "poster"),
}
"""Attributes that lead somewhere. Those that no list may hide (``srcset``, ``ping``) are forbidden below."""

HTMX = ("hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete")
FORBIDDEN = re.compile(r"on[a-z]+|style|srcset|ping|hx-on.*|hx-vals|hx-vars|data-hx-on.*|srcdoc|background")
"""Attributes that run or style something in place, or load what the crawl would not see."""

BACK = "next"
"""The parameter that names the page to come back to."""

PLACED = frozenset({"canonical", "alternate"})
"""Kinds of ``<link>`` that name a page by its whole address."""


@dataclass(slots=True, kw_only=True)
class Seen:
    """What stands on a page. ``links`` and ``files`` lead inside; ``forms`` are sent by POST."""

    links: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    scripts: set[str] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One address and what it answered."""

    path: str
    status: int
    headers: httpx2.Headers
    body: bytes
    seen: Seen | None

    @property
    def is_page(self) -> bool:
        return self.headers.get("content-type", "").startswith("text/html")


@dataclass(slots=True, kw_only=True)
class Crawl:
    """One walk by somebody who has these ``cookies``, at ``origin`` (``https://cinema.test``).

    ``home`` is the origin by which the site names itself in addresses for others.
    """

    app: ASGIApp
    origin: str
    home: str
    cookies: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Answered] = field(default_factory=dict)
    named_by: dict[str, str] = field(default_factory=dict)
    """Each address with the page that named it first."""

    async def walk(self, *starts: str) -> "Crawl":
        """Reads ``starts`` and all that can be reached from there."""
        waiting, known = deque(starts), set()
        while waiting:
            path = waiting.popleft()
            if _alike(path) in known:
                continue
            known.add(_alike(path))
            assert len(self.answers) < PAGES_MAX, "the site has no end"
            answered = self.answers[path] = await self.get(path)
            for found in sorted(self._beyond(answered)):
                self.named_by.setdefault(found, path)
                waiting.append(found)
        return self

    async def get(self, path: str) -> Answered:
        return await self._ask("GET", path, {"Sec-Fetch-Site": "same-origin"})

    async def post_from_elsewhere(self, path: str) -> Answered:
        """Sends an empty form as a page of another site would."""
        kind = "application/x-www-form-urlencoded"
        return await self._ask("POST", path, {"Sec-Fetch-Site": "cross-site", "Content-Type": kind})

    def pages(self) -> Iterator[Answered]:
        return (one for one in self.answers.values() if one.is_page)

    def forms(self) -> set[str]:
        """Where forms of all pages are sent."""
        return {form for page in self.pages() if page.seen for form in page.seen.forms}

    def _beyond(self, answered: Answered) -> Iterable[str]:
        if 300 <= answered.status < 400:
            return [self._inside(urljoin(answered.path, answered.headers["location"])) or answered.path]
        return answered.seen.links | answered.seen.files if answered.seen else ()

    async def _ask(self, method: str, path: str, headers: dict[str, str]) -> Answered:
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        transport = httpx2.ASGITransport(app=self.app)
        async with httpx2.AsyncClient(transport=transport, base_url=self.origin) as client:
            answer = await client.request(method, path, headers=headers)
        seen = None
        if answer.headers.get("content-type", "").startswith("text/html"):
            reader = _Reader(path=path, inside=self._inside)
            reader.feed(answer.text)
            seen = reader.seen
        return Answered(path=path, status=answer.status_code, headers=answer.headers, body=answer.content, seen=seen)

    def _inside(self, address: str) -> str | None:
        """The path and query of an address of this site; None for one of another."""
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            if f"{parts.scheme}://{parts.netloc}" not in {self.home, self.origin}:
                return None
        elif not address.startswith("/"):
            return None
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


class _Reader(HTMLParser):
    """Reads one page."""

    def __init__(self, *, path: str, inside: Callable[[str], str | None]) -> None:
        super().__init__()
        self.seen = Seen()
        self._path = path
        self._inside = inside
        self._text_of = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        its = {name: value or "" for name, value in attrs}
        self._text_of = tag if tag == "script" and "src" not in its and its.get("type") not in DATA else ""
        wrong = [f"<{tag} {name}>" for name in its if FORBIDDEN.fullmatch(name)]
        if tag == "style":
            wrong.append("<style>")
        if tag == "meta" and its.get("http-equiv"):
            wrong.append(f"<meta http-equiv={its['http-equiv']}>")
        self.seen.wrong += wrong
        for name in LEADING.get(tag, ()):
            if name in its:
                self._take(tag, its, its[name])
        for name in HTMX:
            if name in its:
                self._lead(its[name], self.seen.links if name == "hx-get" else self.seen.forms)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._text_of = ""

    def handle_endtag(self, _tag: str) -> None:
        self._text_of = ""

    def handle_data(self, data: str) -> None:
        if self._text_of and data.strip():
            self.seen.wrong.append(f"<script> with text: {data.strip()[:40]}")

    def _take(self, tag: str, its: dict[str, str], address: str) -> None:
        if tag == "a" and address.startswith(("mailto:", "#")):
            return
        if tag == "link" and its.get("rel") in PLACED:
            self._lead(address, self.seen.links)
        elif tag in {"form", "button", "input"}:
            is_sent = its.get("method", "get" if tag == "form" else "post").lower() == "post"
            self._lead(urljoin(self._path, address), self.seen.forms if is_sent else self.seen.links)
        elif tag == "a":
            self._lead(urljoin(self._path, address), self.seen.links)
        else:
            self._lead(address, self.seen.files, is_ours=True)
            if tag == "script":
                self.seen.scripts.add(address)

    def _lead(self, address: str, where: set[str], *, is_ours: bool = False) -> None:
        """``is_ours``: a file that the browser loads by itself has to be named without a host."""
        path = self._inside(address)
        if path is None or (is_ours and not address.startswith("/")):
            self.seen.wrong.append(f"leads outside: {address}")
        else:
            where.add(path)


def _alike(path: str) -> str:
    """The address without the page that it leads back to: each page has one of its own, and all are alike."""
    parts = urlsplit(path)
    return f"{parts.path}?{urlencode([pair for pair in parse_qsl(parts.query) if pair[0] != BACK])}"


def cookies_of(answered: Answered) -> list[tuple[str, dict[str, str]]]:
    """The cookies that an answer sets: each with its attributes."""
    return [
        (name, {key: str(value) for key, value in one.items() if value})
        for line in answered.headers.get_list("set-cookie")
        for name, one in SimpleCookie(line).items()
    ]
