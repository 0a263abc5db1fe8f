"""One visit of a page: who looks at it, in which language, by which clock."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from starlette.requests import Request

from cinema.contracts.identity import Caller, caller
from cinema.contracts.ids import SessionId, UserId
from cinema.contracts.text import Language, Text
from cinema.contracts.views.identity import Profile
from cinema.kit.auth import Actor
from cinema.kit.texts import Words
from cinema.kit.wording import Wording
from cinema.web.cookies import Theme


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who is signed in."""

    actor: Actor
    profile: Profile

    @staticmethod
    def id_of(actor: Actor) -> UserId:
        return UserId(actor.user_id)

    @property
    def user_id(self) -> UserId:
        return self.id_of(self.actor)

    @property
    def session_id(self) -> SessionId:
        return SessionId(self.actor.session_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """All that a page needs to know of who asks for it. ``is_ended``: the browser's session is over."""

    request: Request
    language: Language
    theme: Theme
    viewer: Viewer | None
    is_ended: bool
    words: Words
    wording: Wording
    now: datetime
    request_id: str

    @property
    def who(self) -> Viewer:
        """Who is signed in, on a page for those only."""
        assert self.viewer is not None, "this page is for who is signed in"
        return self.viewer

    @property
    def caller(self) -> Caller:
        """Where the visit comes from, as it can be stored."""
        client = self.request.client
        return caller(address=client.host if client else None, user_agent=self.request.headers.get("user-agent"))

    @property
    def is_htmx(self) -> bool:
        """Whether htmx asks, for a part of a page."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def here(self) -> str:
        """The address of this page, with its query, below this host."""
        query = self.request.url.query
        return self.request.url.path + (f"?{query}" if query else "")

    def path(self, place: str = "") -> str:
        """A page of the site in the visit's language: ``path("/plans")`` is ``/ru/plans``."""
        return f"/{self.language.value}{place or '/'}"

    def path_in(self, language: Language) -> str:
        """This page in another language; of a list its beginning, since each language has an order of its own."""
        path = f"/{language.value}" + self.request.url.path[len(self.language.value) + 1 :]
        query = urlencode([(name, one) for name, one in self.request.query_params.multi_items() if name != "cursor"])
        return path + (f"?{query}" if query else "")

    def sign_in_path(self, back: str | None = None) -> str:
        """Where to sign in, to come back to ``back`` or here; from a door, to where that leads."""
        path = self.request.url.path
        is_door = path.endswith(("/sign-in", "/sign-up"))
        here = self.request.query_params.get("next", self.path()) if is_door else self.here
        return self.path("/sign-in") + "?next=" + quote(back or here, safe="")

    def day(self, at: datetime) -> str:
        """A day in a sentence, with its year where that is not this one."""
        local = self.wording.local
        return self.wording.day(at) if local(at).year == local(self.now).year else self.wording.day_of_year(at)

    def text(self, text: Text) -> str:
        return text.in_(self.language)


def leads_inside(path: str) -> bool:
    """Whether ``path`` is a page of the site, written so that no browser reads another host in it."""
    languages = tuple(f"/{language.value}/" for language in Language)
    return path.startswith(languages) and path.isprintable() and "\\" not in path and len(path) <= 2_000  # noqa: PLR2004 - as long as an address may be
