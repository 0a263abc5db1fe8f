"""Help: how renewing, canceling, cards and refunds work, in the figures of the running settings."""

from babel.lists import format_list
from starlette.responses import Response

from cinema.web.site.page import Page, Site
from cinema.web.visit import Visit


async def help_page(site: Site, visit: Visit) -> Response:
    """Questions and answers."""
    policies = await site.services.billing.policies()
    retries = format_list([str(days) for days in policies.retry_days], locale=visit.language.value)
    return site.page(visit, "help.html", policies=policies, retries=retries)


PAGES = (Page(path="/help", show=help_page),)
