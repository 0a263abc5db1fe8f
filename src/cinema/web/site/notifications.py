"""What we told a viewer."""

from starlette.responses import Response

from cinema.web.site.page import Page, Site
from cinema.web.visit import Visit

LIMIT = 20


async def notifications(site: Site, visit: Visit) -> Response:
    """Our mails, the newest first, and what became of each."""
    cursor = visit.request.query_params.get("cursor")
    found = await site.services.notifications.notifications(user_id=visit.who.user_id, cursor=cursor, limit=LIMIT)
    return site.page(visit, "account/notifications.html", messages=found)


PAGES = (Page(path="/account/notifications", show=notifications, is_personal=True),)
