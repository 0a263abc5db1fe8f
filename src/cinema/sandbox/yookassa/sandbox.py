"""Builds the stand-in: one application and one background loop."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp

from cinema.kit.clock import Clock
from cinema.sandbox.yookassa.api import Api
from cinema.sandbox.yookassa.control import Control
from cinema.sandbox.yookassa.errors import ApiError
from cinema.sandbox.yookassa.faults import Switches
from cinema.sandbox.yookassa.http import BodyTooLarge, gone_answer, no_path_answer, refusal_answer, too_large_answer
from cinema.sandbox.yookassa.misbehaviour import Misbehaviour
from cinema.sandbox.yookassa.page import Pages
from cinema.sandbox.yookassa.settings import YookassaSandboxSettings
from cinema.sandbox.yookassa.shop import Shop
from cinema.sandbox.yookassa.store import Store
from cinema.sandbox.yookassa.timers import settle_due
from cinema.sandbox.yookassa.webhooks import Courier

LOOK_EVERY_S = 0.2


class YookassaSandbox:
    """A running test shop.

    ``app`` serves API v3 under ``/v3``, the payment page under ``/checkout`` and the
    controls under ``/control``. `run` carries out what the clock ends and delivers
    notifications until it is canceled; without it, call `tick`.
    """

    def __init__(self, *, app: ASGIApp, shop: Shop, courier: Courier, settings: YookassaSandboxSettings) -> None:
        self.app = app
        self.settings = settings
        self._shop = shop
        self._courier = courier

    async def run(self) -> None:
        """Looks at the clock every fifth of a second, and at once when something happened."""
        while True:
            settle_due(self._shop)
            self._courier.start_due()
            await self._courier.wait(timeout_s=LOOK_EVERY_S)

    async def tick(self) -> None:
        """Does everything that is due now and returns when it is done, the deliveries too."""
        settle_due(self._shop)
        await self._courier.drain()

    async def aclose(self) -> None:
        """Stops deliveries and lets go of the file; cancel `run` first. What is undelivered waits for a restart."""
        await self._courier.aclose()
        self._shop.store.close()


def build_yookassa(*, settings: YookassaSandboxSettings, clock: Clock) -> YookassaSandbox:
    """A test shop on its own state; the caller serves `app` and runs `run`."""
    switches = Switches()
    shop = Shop(settings=settings, store=Store(path=settings.state_path), clock=clock, switches=switches)
    courier = Courier(shop)
    inner = Starlette(
        routes=[
            *Api(shop, wake=courier.wake).routes(),
            *Pages(shop, wake=courier.wake).routes(),
            *Control(shop, wake=courier.wake).routes(),
        ],
        exception_handlers={
            ApiError: refusal_answer,
            BodyTooLarge: too_large_answer,
            ClientDisconnect: gone_answer,
            HTTPException: _http_answer,
        },
    )
    return YookassaSandbox(app=Misbehaviour(inner, switches=switches), shop=shop, courier=courier, settings=settings)


def _http_answer(request: Request, error: Exception) -> Response:
    """Starlette's own refusals: an unknown path in the provider's form, 405 with no promise."""
    if isinstance(error, HTTPException) and error.status_code != 404:  # noqa: PLR2004 - not found
        return Response(status_code=error.status_code, headers=error.headers)
    return no_path_answer(request, error)
