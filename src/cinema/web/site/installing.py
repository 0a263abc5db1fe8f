"""The site as an application on a device: what it is called and looks like, and what it says without a connection."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cinema.contracts.language import preferred
from cinema.contracts.text import Language
from cinema.kit.texts import Texts
from cinema.web.assets import Assets
from cinema.web.cookies import Theme
from cinema.web.site.page import Page, Site
from cinema.web.visit import Visit

WORKER = Path(__file__).parents[1] / "worker.js"
OFFLINE = "/offline"
GROUND = "#0f0e12"
"""The ground of the dark look, which is shown until a page is."""

KEPT = ("site.css", "icon.svg", "js/site.js", "vendor/htmx.min.js", "vendor/icons.svg")
FONTS = "vendor/*.woff2"
"""With `KEPT`, what the page without a connection is made of."""


def installing_routes(*, texts: Texts, assets: Assets) -> list[Route]:
    """``/manifest.webmanifest`` (Web Application Manifest) and ``/sw.js``, the service worker for all of the site."""
    worker = _worker(assets)

    async def manifest(request: Request) -> Response:
        named = request.query_params.get("language")
        language = Language(named) if named in tuple(Language) else preferred(request.headers.get("accept-language"))
        headers = {"Cache-Control": "public, max-age=3600", "Vary": "Accept-Language"}
        content = json.dumps(_manifest(language, texts=texts, assets=assets), ensure_ascii=False)
        return Response(content, media_type="application/manifest+json", headers=headers)

    async def service_worker(request: Request) -> Response:  # noqa: ARG001 - a route is given it
        headers = {"Cache-Control": "no-cache", "Content-Security-Policy": "default-src 'none'; connect-src 'self'"}
        return Response(worker, media_type="text/javascript", headers=headers)

    return [
        Route("/manifest.webmanifest", manifest, methods=["GET"]),
        Route("/sw.js", service_worker, methods=["GET"]),
    ]


def _manifest(language: Language, *, texts: Texts, assets: Assets) -> dict[str, object]:
    words = texts.of(language.value)
    drawn = [
        {"src": assets.address(f"icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]
    return {
        "id": "/",
        "name": words("site-name"),
        "short_name": words("site-name"),
        "description": words("site-description"),
        "lang": language.value,
        "start_url": f"/{language.value}/",
        "scope": "/",
        "display": "standalone",
        "background_color": GROUND,
        "theme_color": GROUND,
        "icons": [
            *drawn,
            {"src": assets.address("icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
        ],
    }


def _worker(assets: Assets) -> str:
    """The script, after what it keeps: another script, and another place to keep it in, whenever a file changes."""
    pages = {language.value: f"/{language.value}{OFFLINE}" for language in Language}
    files = [assets.address(name) for name in (*KEPT, *assets.named(FONTS))]
    script = WORKER.read_text(encoding="utf-8")
    name = sha256((json.dumps(files) + script).encode()).hexdigest()[:12]
    facts = {"NAME": f"cinema-{name}", "PAGES": pages, "FILES": files}
    return "".join(f"const {key} = {json.dumps(value)};\n" for key, value in facts.items()) + script


async def offline(site: Site, visit: Visit) -> Response:
    """What is shown without a connection: it is kept by the browser, so it says nothing of who is signed in."""
    return site.page(replace(visit, viewer=None, is_ended=False, theme=Theme.SYSTEM), "offline.html")


PAGES = (Page(path=OFFLINE, show=offline),)
