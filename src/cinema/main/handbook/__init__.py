"""The description of the API as a page for people, at ``/docs``: no script, no outside address."""

from functools import cache
from typing import Any

from fastapi import APIRouter
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import Response

from cinema.main.handbook.operations import coded, groups, shapes

PAGE = "/docs"
STYLE = "/docs/style.css"

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
}
"""The page loads its own stylesheet and nothing else."""


def handbook_routes() -> APIRouter:
    """The page and its stylesheet; they are no part of what they describe."""
    router = APIRouter(include_in_schema=False)
    page = ""

    @router.get(PAGE, name="handbook.get")
    async def get_handbook(request: Request) -> Response:
        """The description as a page."""
        nonlocal page
        page = page or written(request.app.openapi())
        return Response(page, media_type="text/html; charset=utf-8", headers=HEADERS)

    @router.get(STYLE, name="handbook.style")
    async def get_style(request: Request) -> Response:  # noqa: ARG001 - so that it is answered as a plain route
        """How the page looks."""
        return Response(_templates().get_template("style.css").render(), media_type="text/css")

    return router


def written(description: dict[str, Any]) -> str:
    """An OpenAPI description as a page of HTML."""
    return (
        _templates()
        .get_template("page.html")
        .render(
            info=description["info"],
            groups=groups(description),
            shapes=shapes(description),
            style=STYLE,
            source="/openapi.json",
        )
    )


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("cinema.main.handbook"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["coded"] = coded
    return made
