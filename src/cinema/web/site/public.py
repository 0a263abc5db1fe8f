"""The way in, which stands outside of the languages."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cinema.contracts.language import preferred
from cinema.contracts.text import Language
from cinema.web.cookies import Kept, kept


def outside_routes() -> list[Route]:
    """``/`` leads to the language that was last used, else to the one that the browser wants."""

    async def enter(request: Request) -> Response:
        last = kept(request, Kept.LANGUAGE)
        language = Language(last) if last in tuple(Language) else preferred(request.headers.get("accept-language"))
        headers = {"Vary": "Accept-Language, Cookie", "Cache-Control": "private, no-store"}
        return RedirectResponse(f"/{language.value}/", status_code=302, headers=headers)

    return [Route("/", enter, methods=["GET"])]
