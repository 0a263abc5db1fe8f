"""Saved payment methods: to see, add, make the default, and remove."""

from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from cinema.contracts.enums import BindingStatus
from cinema.contracts.ids import BindingId, MethodId
from cinema.contracts.views.payments import MethodView
from cinema.kit.errors import NotFound, Refusal, Trouble
from cinema.web.forms import Form, read_form
from cinema.web.site.leaving import back_to, leaving
from cinema.web.site.page import Page, Site, intent, refused, see
from cinema.web.site.standing import Standing, standing
from cinema.web.visit import Visit

HERE = "/account/methods"
ADDED = f"{HERE}/added/{{binding_id}}"
"""Where the provider leads back to: payments fills in which binding."""

WAITS_S = (1, 2, 3, 5, 5, 5, 10, 10, 10, 10)
"""After how many seconds a page that waits looks again, and again: a minute in all."""

NUMBERS = frozenset(str(number) for number in range(len(WAITS_S) + 1))

DONE = frozenset({"default", "removed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A look to come, the how manieth it is, and in how many seconds."""

    number: int
    in_s: int


async def methods(site: Site, visit: Visit) -> Response:
    """All saved methods."""
    return await _methods(site, visit, form=Form())


async def change(site: Site, visit: Visit) -> Response:
    """Begins to save another method, or makes one the default."""
    form = await read_form(visit.request)
    try:
        return await (_make_default(site, visit, form) if form.has("default") else _add(site, visit, form))
    except Trouble as trouble:
        wrong = refused(visit, form, trouble, fields={})
        return await _methods(site, visit, form=wrong, status=trouble.status)


async def remove_page(site: Site, visit: Visit) -> Response:
    """What it means to remove a method, before it is done."""
    found = await _own(site, visit)
    return await _remove(site, visit, found, form=Form()) if found else see(visit.path(HERE))


async def remove(site: Site, visit: Visit) -> Response:
    """Removes a method."""
    form = await read_form(visit.request)
    method_id = MethodId(visit.request.path_params["method_id"])
    try:
        await site.services.wallet.remove(
            intent(visit, form, f"remove method {method_id}"), user_id=visit.who.user_id, method_id=method_id
        )
    except NotFound:
        return see(visit.path(HERE))
    except Refusal as trouble:
        found = await _own(site, visit)
        wrong = refused(visit, form, trouble, fields={})
        if found is None:
            return await _methods(site, visit, form=wrong, status=trouble.status)
        return await _remove(site, visit, found, form=wrong, status=trouble.status)
    return see(visit.path(f"{HERE}?done=removed"))


async def added(site: Site, visit: Visit) -> Response:
    """What became of a card that was to be saved: known, or waited for."""
    binding = await site.services.wallet.binding(
        user_id=visit.who.user_id, binding_id=BindingId(visit.request.path_params["binding_id"])
    )
    found = await site.services.payments.methods(user_id=visit.who.user_id)
    method = next((one for one in found.items if one.id == binding.method_id), None)
    how = await standing(site, visit)
    is_waiting = binding.status in {BindingStatus.CREATED, BindingStatus.PENDING}
    part = "#truth" if visit.is_htmx else ""
    look = visit.request.query_params.get("look", "")
    return site.page(
        visit,
        f"account/added.html{part}",
        binding=binding,
        method=method,
        how=how,
        is_waiting=is_waiting,
        next_look=next_look(look) if is_waiting else None,
        policy=leaving(site),
    )


def next_look(look: str) -> Look | None:
    """When to look again by itself after so many looks; None: not any more."""
    number = int(look) if look in NUMBERS else 0
    return Look(number=number + 1, in_s=WAITS_S[number]) if number < len(WAITS_S) else None


async def _add(site: Site, visit: Visit, form: Form) -> Response:
    done = await site.services.wallet.bind(
        intent(visit, form, "add method"), user_id=visit.who.user_id, return_url=back_to(site, visit, ADDED)
    )
    binding = done.value
    return see(binding.confirmation_url or visit.path(ADDED.format(binding_id=binding.id)))


async def _make_default(site: Site, visit: Visit, form: Form) -> Response:
    method_id = MethodId(_id(form["default"]))
    await site.services.wallet.make_default(
        intent(visit, form, "default method"), user_id=visit.who.user_id, method_id=method_id
    )
    return see(visit.path(f"{HERE}?done=default"))


async def _methods(site: Site, visit: Visit, *, form: Form, status: int = 200) -> Response:
    found = await site.services.payments.methods(user_id=visit.who.user_id)
    how = await standing(site, visit)
    done = visit.request.query_params.get("done")
    return site.page(
        visit,
        "account/methods.html",
        status=status,
        form=form,
        methods=found.items,
        how=how,
        agreed=_agreed(how),
        done=done if done in DONE else None,
        policy=leaving(site),
    )


async def _remove(site: Site, visit: Visit, method: MethodView, *, form: Form, status: int = 200) -> Response:
    found = await site.services.payments.methods(user_id=visit.who.user_id)
    how = await standing(site, visit)
    return site.page(
        visit,
        "account/remove_method.html",
        status=status,
        form=form,
        method=method,
        how=how,
        is_last=len(found.items) == 1,
        is_agreed=_agreed(how) == method.id,
    )


async def _own(site: Site, visit: Visit) -> MethodView | None:
    found = await site.services.payments.methods(user_id=visit.who.user_id)
    return next((one for one in found.items if one.id == visit.request.path_params["method_id"]), None)


def _agreed(how: Standing) -> MethodId | None:
    """The method that the subscription is renewed by."""
    one = how.subscription
    return one.agreement.method_id if one is not None and how.is_running and one.agreement else None


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


PAGES = (
    Page(path=HERE, show=methods, act=change, is_personal=True),
    Page(path=f"{HERE}/added/{{binding_id:uuid}}", show=added, is_personal=True),
    Page(path=f"{HERE}/{{method_id:uuid}}/remove", show=remove_page, act=remove, is_personal=True),
)
