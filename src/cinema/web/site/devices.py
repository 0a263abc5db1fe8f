"""Devices that are signed in, and attempts to sign in."""

from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from cinema.contracts.ids import SessionId
from cinema.contracts.views.identity import SessionView, SignInView
from cinema.kit.errors import Refusal
from cinema.web.forms import Form, read_form
from cinema.web.site.page import Page, Site, refused, see
from cinema.web.visit import Visit

HERE = "/account/devices"
LIMIT = 20
NAME_MAX = 60

BROWSERS = (
    ("YaBrowser/", "Yandex Browser"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
"""By what a browser is known, the more special ones first: most call themselves Chrome and Safari too."""

SYSTEMS = (
    ("SMART-TV", "TV"),
    ("SmartTV", "TV"),
    ("Web0S", "TV"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)

ICONS = {"TV": "tv", "iPhone": "smartphone", "Android": "smartphone"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What a device calls itself, in short; ``name`` is empty where it says nothing."""

    name: str
    icon: str


def device(user_agent: str) -> Device:
    """``Firefox, Linux`` of what a browser sends; another program is called as it calls itself."""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    name = ", ".join(one for one in (browser, system) if one)
    if not name and len(user_agent) > NAME_MAX:
        name = user_agent[:NAME_MAX] + "…"
    return Device(name=name or user_agent, icon=ICONS.get(system, "monitor"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A device that is signed in."""

    session: SessionView
    device: Device


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt to sign in."""

    sign_in: SignInView
    device: Device


async def devices(site: Site, visit: Visit) -> Response:
    """What is signed in."""
    return await _devices(site, visit, form=Form())


async def end(site: Site, visit: Visit) -> Response:
    """Signs one device out, or all others."""
    form = await read_form(visit.request)
    doors, who = site.services.doors, visit.who
    if form.has("others"):
        ended = await doors.end_other_sessions(user_id=who.user_id, kept=who.session_id)
        return see(visit.path(f"{HERE}?ended={ended}"))
    try:
        await doors.end_session(user_id=who.user_id, session_id=SessionId(_id(form["session"])))
    except Refusal as trouble:
        return await _devices(site, visit, form=refused(visit, form, trouble, fields={}), status=trouble.status)
    return see(visit.path(f"{HERE}?ended=1"))


async def sign_ins(site: Site, visit: Visit) -> Response:
    """Who came in, and who tried."""
    cursor = visit.request.query_params.get("cursor")
    found = await site.services.identity.sign_ins(user_id=visit.who.user_id, cursor=cursor, limit=LIMIT)
    shown = found.map(lambda one: Attempt(sign_in=one, device=device(one.user_agent)))
    return site.page(visit, "account/sign_ins.html", attempts=shown)


async def _devices(site: Site, visit: Visit, *, form: Form, status: int = 200) -> Response:
    cursor = visit.request.query_params.get("cursor")
    found = await site.services.identity.sessions(
        user_id=visit.who.user_id, current=visit.who.session_id, cursor=cursor, limit=LIMIT
    )
    ended = visit.request.query_params.get("ended", "")
    return site.page(
        visit,
        "account/devices.html",
        status=status,
        form=form,
        devices=found.map(lambda one: SignedIn(session=one, device=device(one.user_agent))),
        ended=int(ended) if ended.isascii() and ended.isdigit() and len(ended) < 4 else None,  # noqa: PLR2004 - nobody has a thousand
    )


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


PAGES = (
    Page(path=HERE, show=devices, act=end, is_personal=True),
    Page(path="/account/sign-ins", show=sign_ins, is_personal=True),
)
