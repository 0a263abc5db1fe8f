"""The payment page, the buyer's list of saved methods, the test cards: plain pages that work without scripts."""

from collections.abc import Callable
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cinema.kit.wording import Wording
from cinema.sandbox.yookassa.cards import OUTCOMES
from cinema.sandbox.yookassa.checkout import (
    Checkout,
    asks_for_consent,
    check_card,
    confirm_code,
    load_checkout,
    offer_card,
    offer_wallet,
)
from cinema.sandbox.yookassa.domain import MethodStatus, Payment, PaymentStatus
from cinema.sandbox.yookassa.http import read_form
from cinema.sandbox.yookassa.methods import revoke_method
from cinema.sandbox.yookassa.shop import Shop
from cinema.sandbox.yookassa.texts import REASONS, language_for, texts_in
from cinema.sandbox.yookassa.timers import settle_due

KINDS = ("payments", "bindings")
CODE_LENGTH_MAX = 32

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Pages:
    """What the buyer sees."""

    def __init__(self, shop: Shop, *, wake: Callable[[], None]) -> None:
        self._shop = shop
        self._wake = wake
        self._templates = _templates()
        self._style = self._templates.get_template("style.css").render()

    def routes(self) -> list[Route]:
        """Everything under ``/checkout``."""
        return [
            Route("/checkout/style.css", self._get_style, methods=["GET"]),
            Route("/checkout/test-cards", self._get_test_cards, methods=["GET"]),
            Route("/checkout/payment-methods", self._get_methods, methods=["GET"]),
            Route("/checkout/payment-methods/{id}/revocation", self._revoke, methods=["POST"]),
            Route("/checkout/{kind}/{id}", self._get_form, methods=["GET"]),
            Route("/checkout/{kind}/{id}", self._pay, methods=["POST"]),
            Route("/checkout/{kind}/{id}/3ds", self._get_code_form, methods=["GET"]),
            Route("/checkout/{kind}/{id}/3ds", self._confirm, methods=["POST"]),
        ]

    async def _get_style(self, _request: Request) -> Response:
        return Response(self._style, media_type="text/css", headers={"X-Content-Type-Options": "nosniff"})

    async def _get_form(self, request: Request) -> Response:
        checkout = self._load(request)
        if checkout is None:
            return self._missing(request)
        return self._form(request, checkout) if checkout.is_open else self._finished(request, checkout)

    async def _pay(self, request: Request) -> Response:
        fields = await read_form(request)
        checkout = self._load(request)
        if checkout is None:
            return self._missing(request)
        if not checkout.is_open:
            return _leave(checkout)
        consent = fields.get("save_payment_method") == "on"
        if fields.get("method") == "yoo_money" and checkout.takes_wallet:
            with self._shop.store.transaction():
                after = offer_wallet(self._shop, checkout, consent=consent)
            return self._after(after)
        card, problems = check_card(fields, now=self._shop.now())
        if card is None or not checkout.takes_card:
            return self._form(request, checkout, fields=fields, problems=problems)
        with self._shop.store.transaction():
            after = offer_card(self._shop, checkout, card, consent=consent)
        if after.is_open:
            return RedirectResponse(f"{request.url.path}/3ds", status_code=303)
        return self._after(after)

    async def _get_code_form(self, request: Request) -> Response:
        checkout = self._load(request)
        if checkout is None:
            return self._missing(request)
        if not checkout.is_open:
            return self._finished(request, checkout)
        if checkout.attempt is None:
            return RedirectResponse(_path(checkout), status_code=303)
        return self._code_form(request, checkout)

    async def _confirm(self, request: Request) -> Response:
        fields = await read_form(request)
        checkout = self._load(request)
        if checkout is None:
            return self._missing(request)
        if not checkout.is_open:
            return _leave(checkout)
        if checkout.attempt is None:
            return RedirectResponse(_path(checkout), status_code=303)
        is_confirmed = "refuse" not in fields
        code = fields.get("code", "").strip()
        if is_confirmed and not 0 < len(code) <= CODE_LENGTH_MAX:
            return self._code_form(request, checkout, problem="empty_code")
        with self._shop.store.transaction():
            after = confirm_code(self._shop, checkout, checkout.attempt, is_confirmed=is_confirmed)
        return self._after(after)

    async def _get_test_cards(self, request: Request) -> Response:
        return self._render(request, "test_cards.html", outcomes=OUTCOMES)

    async def _get_methods(self, request: Request) -> Response:
        stored = [each for each in self._shop.store.methods.all() if each.method.saved]
        return self._render(request, "methods.html", stored=stored, active=MethodStatus.ACTIVE)

    async def _revoke(self, request: Request) -> Response:
        stored = self._shop.store.methods.get(request.path_params["id"])
        if stored is None:
            return self._missing(request)
        with self._shop.store.transaction():
            revoke_method(self._shop, stored)
        return RedirectResponse("/checkout/payment-methods", status_code=303)

    def _load(self, request: Request) -> Checkout | None:
        settle_due(self._shop)
        self._wake()
        kind = request.path_params["kind"]
        return load_checkout(self._shop, kind=kind, subject_id=request.path_params["id"]) if kind in KINDS else None

    def _after(self, checkout: Checkout) -> Response:
        self._wake()
        return _leave(checkout)

    def _form(
        self,
        request: Request,
        checkout: Checkout,
        *,
        fields: dict[str, str] | None = None,
        problems: dict[str, str] | None = None,
    ) -> Response:
        typed = {name: (fields or {}).get(name, "") for name in ("card_number", "expiry_month", "expiry_year")}
        return self._render(
            request,
            "form.html",
            checkout=checkout,
            status=200 if fields is None else 422,
            fields=typed,
            problems=problems or {},
            consent=asks_for_consent(self._shop, checkout),
            forced=isinstance(checkout.subject, Payment) and checkout.subject.save_method is True,
            outcomes=OUTCOMES,
        )

    def _code_form(self, request: Request, checkout: Checkout, *, problem: str | None = None) -> Response:
        card = checkout.attempt.method.card if checkout.attempt else None
        return self._render(
            request,
            "secure.html",
            checkout=checkout,
            status=422 if problem else 200,
            problem=problem,
            last4=card.last4 if card else "",
        )

    def _finished(self, request: Request, checkout: Checkout) -> Response:
        subject = checkout.subject
        is_payment = isinstance(subject, Payment)
        cancellation = subject.cancellation if isinstance(subject, Payment) else None
        if checkout.has_succeeded:
            is_held = isinstance(subject, Payment) and subject.status is PaymentStatus.WAITING_FOR_CAPTURE
            message = ("held" if is_held else "paid") if is_payment else "bound"
        else:
            message = "declined" if is_payment else "not_bound"
        reason = cancellation.reason if cancellation else None
        return self._render(request, "finished.html", checkout=checkout, message=message, reason=reason)

    def _missing(self, request: Request) -> Response:
        return self._render(request, "missing.html", status=404)

    def _render(
        self, request: Request, name: str, *, checkout: Checkout | None = None, status: int = 200, **values: Any
    ) -> Response:
        confirmation = checkout.confirmation if checkout else None
        language = language_for(
            locale=confirmation.locale if confirmation else None,
            accept_language=request.headers.get("accept-language", ""),
        )
        subject = checkout.subject if checkout else None
        wording = Wording(language=language, time_zone="UTC")
        html = self._templates.get_template(name).render(
            t=texts_in(language),
            reasons=REASONS[language],
            language=language,
            shop_name=self._shop.settings.shop_name,
            checkout=checkout,
            amount=wording.money(subject.amount) if isinstance(subject, Payment) else None,
            description=subject.description if isinstance(subject, Payment) else None,
            return_url=confirmation.return_url if confirmation else None,
            **values,
        )
        return Response(html, status_code=status, media_type="text/html; charset=utf-8", headers=_HEADERS)


@cache
def _templates() -> Environment:
    """The page's templates, compiled once for every shop of the process."""
    return Environment(
        loader=PackageLoader("cinema.sandbox.yookassa"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _leave(checkout: Checkout) -> Response:
    """Back to the shop, whatever happened; with no address for it, to the page that says what happened."""
    confirmation = checkout.confirmation
    target = confirmation.return_url if confirmation and confirmation.return_url else _path(checkout)
    return RedirectResponse(target, status_code=303)


def _path(checkout: Checkout) -> str:
    kind = "payments" if isinstance(checkout.subject, Payment) else "bindings"
    return f"/checkout/{kind}/{checkout.id}"
