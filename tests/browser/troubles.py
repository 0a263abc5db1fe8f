"""What a page does that no page of ours may do, in words, while it is looked at."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Request, Response

REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", violation => reportViolation({
  directive: violation.effectiveDirective, blocked: violation.blockedURI, page: violation.documentURI,
}));
"""
THIS_MACHINE = frozenset({"127.0.0.1", "localhost"})
MAY_REFUSE = frozenset({"document", "fetch", "xhr"})
"""Kinds of requests whose answer may be a refusal (4xx) that is shown. Scripts, styles and pictures must be there."""

GIVEN_UP = "net::ERR_ABORTED"
"""The page itself needs the answer no more: somebody went on, or typed the next letter."""


def listen(context: BrowserContext, troubles: list[str]) -> None:
    """Writes into ``troubles`` what goes wrong on any page of the context.

    A line begins with its kind: ``console``, ``error`` (a script's, that nobody caught), ``failed`` (no answer),
    ``answered`` (a bad one), ``foreign`` (not asked of whoever served the page), ``policy`` (against the page's CSP).
    """

    def violated(_: Mapping[str, object], violation: Mapping[str, str]) -> None:
        troubles.append(f"policy: {violation['directive']} blocks {violation['blocked']} on {violation['page']}")

    def said(message: ConsoleMessage) -> None:
        is_told_below = message.text.startswith("Failed to load resource:")
        if message.type in {"error", "warning"} and not is_told_below:
            troubles.append(f"console: {message.text}")

    def asked(request: Request) -> None:
        if is_foreign(request):
            troubles.append(f"foreign: {request.method} {request.url}")

    def failed(request: Request) -> None:
        if request.failure != GIVEN_UP:
            troubles.append(f"failed: {request.method} {request.url}: {request.failure}")

    def answered(response: Response) -> None:
        refusals_from = 500 if response.request.resource_type in MAY_REFUSE else 400
        if response.status >= refusals_from:
            troubles.append(f"answered: {response.status} to {response.request.method} {response.url}")

    context.expose_binding("reportViolation", violated)
    context.add_init_script(REPORT_VIOLATIONS)
    context.on("console", said)
    context.on("weberror", lambda thrown: troubles.append(f"error: {thrown.error}"))
    context.on("request", asked)
    context.on("requestfailed", failed)
    context.on("response", answered)


def is_foreign(request: Request) -> bool:
    """Whether it leaves this machine, or is a part of a page that another server has served.

    People are led elsewhere (to pay, to read their mail), so to go there is not foreign as long as it is this machine.
    """
    address = urlsplit(request.url)
    if address.scheme not in {"http", "https", "ws", "wss"}:
        return False
    if address.hostname not in THIS_MACHINE:
        return True
    if request.is_navigation_request():
        return False
    page = urlsplit(_page_of(request))
    return page.scheme in {"http", "https"} and page.netloc != address.netloc


def _page_of(request: Request) -> str:
    try:
        return request.frame.url
    except Error:
        return ""  # a service worker asks for itself
