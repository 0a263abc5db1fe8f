"""Settings: how the viewer is called, their language and clock, how pages look, and the password."""

from collections.abc import Mapping

from starlette.responses import Response

from cinema.contracts.text import Language
from cinema.kit.errors import Refusal, Unavailable
from cinema.web.forms import Form, read_form
from cinema.web.site.page import Page, Site, refused, see
from cinema.web.visit import Visit
from cinema.web.zones import places

HERE = "/account/settings"

FIELDS: Mapping[str, str] = {"login-taken": "login", "login-invalid": "login", "time-zone-unknown": "time_zone"}
PASSWORD_FIELDS: Mapping[str, str] = {
    "password-wrong": "old",
    "password-length": "new",
    "password-unreadable": "new",
    "password-common": "new",
    "password-personal": "new",
}
"""Beside which field a refusal stands."""


async def settings(site: Site, visit: Visit) -> Response:
    """What can be set."""
    return _settings(site, visit, form=Form())


async def change(site: Site, visit: Visit) -> Response:
    """Changes the account; the next page is in its language."""
    form = await read_form(visit.request)
    wanted = form["language"]
    language = Language(wanted) if wanted in tuple(Language) else visit.language
    login, before = form.line("login"), visit.who.profile.login
    try:
        await site.services.doors.change(
            user_id=visit.who.user_id,
            login=login if login != before else None,
            language=language,
            time_zone=form["time_zone"],
        )
    except Refusal as trouble:
        return _settings(site, visit, form=refused(visit, form, trouble, fields=FIELDS), status=trouble.status)
    return see(f"/{language.value}{HERE}?done=saved")


async def password_page(site: Site, visit: Visit) -> Response:
    """To set a new password."""
    return _password(site, visit, form=Form())


async def change_password(site: Site, visit: Visit) -> Response:
    """Sets a new password; all other devices are signed out."""
    form = await read_form(visit.request)
    who = visit.who
    if form["new"] != form["again"]:
        wrong = Form(values={}, errors={"again": visit.words("password-again-wrong")})
        return _password(site, visit, form=wrong, status=422)
    try:
        await site.services.doors.change_password(
            user_id=who.user_id, session_id=who.session_id, old=form["old"], new=form["new"], caller=visit.caller
        )
    except (Refusal, Unavailable) as trouble:
        wrong = refused(visit, Form(), trouble, fields=PASSWORD_FIELDS)
        return _password(site, visit, form=wrong, status=trouble.status)
    return see(visit.path(f"{HERE}?done=password"))


def _settings(site: Site, visit: Visit, *, form: Form, status: int = 200) -> Response:
    done = visit.request.query_params.get("done")
    profile = visit.who.profile
    return site.page(
        visit,
        "account/settings.html",
        status=status,
        form=form,
        profile=profile,
        zones=places(language=visit.language, now=visit.now, chosen=form["time_zone"] or profile.time_zone),
        done=done if done in {"saved", "password"} else None,
    )


def _password(site: Site, visit: Visit, *, form: Form, status: int = 200) -> Response:
    return site.page(visit, "account/password.html", status=status, form=form)


PAGES = (
    Page(path=HERE, show=settings, act=change, is_personal=True),
    Page(path="/account/password", show=password_page, act=change_password, is_personal=True),
)
