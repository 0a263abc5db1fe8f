"""The doors: signing up, in and out, and how pages look."""

from collections.abc import Mapping

from starlette.responses import Response

from cinema.contracts.language import HOME_ZONES
from cinema.kit.auth import give_cookie, take_cookie
from cinema.kit.errors import Invalid, Refusal, TooMany
from cinema.web.cookies import Kept, Theme, keep
from cinema.web.forms import Form, read_form
from cinema.web.site.page import Page, Site, refused, see
from cinema.web.visit import Visit, leads_inside
from cinema.web.zones import places

SIGN_IN_FIELDS = {"name": "sign-in-name", "password": "sign-in-password"}
SIGN_UP_FIELDS = {
    "email": "sign-up-email",
    "login": "sign-up-login",
    "password": "sign-up-password",
    "time_zone": "sign-up-zone",
}
"""The fields of a form, and the key of what each is called."""

REFUSED_AT = {
    "email-invalid": "email",
    "login-invalid": "login",
    "login-taken": "login",
    "password-common": "password",
    "password-length": "password",
    "password-personal": "password",
    "password-unreadable": "password",
    "time-zone-unknown": "time_zone",
}
"""Beside which field each refusal is shown."""

FROM_SIGN_UP = "sign-up"
"""What sign-in is told when an account was asked for, and whoever asked is not signed in by that."""


async def show_sign_in(site: Site, visit: Visit) -> Response:
    """The form; who is signed in goes on at once."""
    return see(_next(visit)) if visit.viewer else _sign_in_page(site, visit, Form())


async def sign_in(site: Site, visit: Visit) -> Response:
    """Signs in and goes on to where the visitor wanted to."""
    form = _without_blanks(visit, await read_form(visit.request), SIGN_IN_FIELDS)
    if form.is_wrong:
        return _sign_in_page(site, visit, form, status=Invalid.status)
    try:
        return await _signed_in(site, visit, name=form.line("name"), password=form["password"])
    except Refusal as refusal:
        wrong = refused(visit, form, refusal, fields={})
        return _told_when(refusal, _sign_in_page(site, visit, wrong, status=_status(refusal)))


async def show_sign_up(site: Site, visit: Visit) -> Response:
    """The form; who is signed in goes on at once."""
    return see(_next(visit)) if visit.viewer else _sign_up_page(site, visit, Form())


async def sign_up(site: Site, visit: Visit) -> Response:
    """Makes an account and signs in with it.

    Where the address has an account already, nobody learns that here: the way on is the same
    as for whoever could not be signed in for another reason, and a mail tells the owner.
    """
    form = _without_blanks(visit, await read_form(visit.request), SIGN_UP_FIELDS)
    if form.is_wrong:
        return _sign_up_page(site, visit, form, status=Invalid.status)
    try:
        await site.services.doors.register(
            login=form.line("login"),
            email=form.line("email"),
            password=form["password"],
            language=visit.language,
            time_zone=form["time_zone"],
            caller=visit.caller,
        )
    except Refusal as refusal:
        wrong = refused(visit, form, refusal, fields=REFUSED_AT)
        return _told_when(refusal, _sign_up_page(site, visit, wrong, status=_status(refusal)))
    try:
        return await _signed_in(site, visit, name=form.line("login"), password=form["password"])
    except Refusal:
        return see(visit.sign_in_path(_next(visit)) + f"&from={FROM_SIGN_UP}")


async def sign_out(site: Site, visit: Visit) -> Response:
    """Ends the session, and takes its cookie back even if it was over."""
    if visit.viewer is not None:
        await site.services.doors.sign_out(session_id=visit.viewer.session_id)
    response = see(visit.path())
    take_cookie(visit.request, response)
    return response


async def choose_theme(_: Site, visit: Visit) -> Response:
    """Keeps how pages are to look, and goes back to the page where that was chosen."""
    form = await read_form(visit.request)
    response = see(_inside(visit, form["next"]))
    if form["theme"] in tuple(Theme):
        keep(visit.request, response, Kept.THEME, form["theme"])
    return response


async def _signed_in(site: Site, visit: Visit, *, name: str, password: str) -> Response:
    """Raises as `cinema.contracts.identity.Doors.sign_in`."""
    cookie = await site.services.doors.sign_in(name=name, password=password, caller=visit.caller)
    response = see(_next(visit))
    give_cookie(response, cookie, now=visit.now)
    return response


def _sign_in_page(site: Site, visit: Visit, form: Form, *, status: int = 200) -> Response:
    return site.page(
        visit,
        "sign_in.html",
        status=status,
        form=form,
        labels=_labels(visit, SIGN_IN_FIELDS),
        next=_next(visit),
        is_new=visit.request.query_params.get("from") == FROM_SIGN_UP,
    )


def _sign_up_page(site: Site, visit: Visit, form: Form, *, status: int = 200) -> Response:
    chosen = form["time_zone"] or HOME_ZONES[visit.language]
    return site.page(
        visit,
        "sign_up.html",
        status=status,
        form=form,
        labels=_labels(visit, SIGN_UP_FIELDS),
        next=_next(visit),
        places=places(language=visit.language, now=visit.now, chosen=chosen),
        chosen=chosen,
    )


def _labels(visit: Visit, fields: Mapping[str, str]) -> dict[str, str]:
    return {name: visit.words(key) for name, key in fields.items()}


def _without_blanks(visit: Visit, form: Form, fields: Mapping[str, str]) -> Form:
    """The form, with a sentence beside each of the fields that was left empty."""
    sentence = visit.words("form-blank")
    return Form(values=form.values, errors={name: sentence for name in fields if not form[name].strip()})


def _status(refusal: Refusal) -> int:
    return refusal.status if isinstance(refusal, TooMany) else Invalid.status


def _told_when(refusal: Refusal, response: Response) -> Response:
    if isinstance(refusal, TooMany):
        response.headers["Retry-After"] = str(refusal.retry_after_s)
    return response


def _next(visit: Visit) -> str:
    return _inside(visit, visit.request.query_params.get("next", ""))


def _inside(visit: Visit, path: str) -> str:
    return path if leads_inside(path) else visit.path()


PAGES = (
    Page(path="/sign-in", show=show_sign_in, act=sign_in),
    Page(path="/sign-up", show=show_sign_up, act=sign_up),
    Page(path="/sign-out", act=sign_out),
    Page(path="/theme", act=choose_theme),
)
