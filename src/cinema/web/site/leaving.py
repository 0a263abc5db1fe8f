"""Leaving for the payment provider's page, and coming back."""

from collections.abc import Mapping

from cinema.web.site.page import Site
from cinema.web.visit import Visit


def leaving(site: Site) -> Mapping[str, str]:
    """What a page may do whose form leads to the provider: browsers look at where a form is sent on to."""
    here = "" if site.about.is_production else " http://127.0.0.1:* http://localhost:*"
    return {"form-action": f"'self' https:{here}"}


def back_to(site: Site, visit: Visit, place: str) -> str:
    """The whole address of a page of ours, for the provider to lead back to."""
    return site.about.public_url + visit.path(place)
