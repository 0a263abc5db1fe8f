"""What mails lead to are pages of the site."""

import re
from urllib.parse import urlsplit

import pytest
from starlette.routing import compile_path

from cinema.contracts.text import Language
from cinema.notifications.domain.told import BY_EVENT, values
from cinema.notifications.service.rendering import Renderer
from cinema.web.site.listed import PAGES
from notifications.facts import NOON, make_contact, samples
from notifications.mail_facts import SITE
from notifications.office import TEXTS

SHOWN = [compile_path(page.path)[0] for page in PAGES if page.show]


def links(language: Language) -> set[str]:
    """The paths of every link in every mail."""
    contact, words, renderer = make_contact(language=language), TEXTS.of(language.value), Renderer()
    found: set[str] = set()
    for event in samples():
        given = values(event, contact=contact, words=words, site=SITE, occurred_at=NOON)
        mail = renderer.render(kind=BY_EVENT[type(event)].kind, language=language, values=given)
        found |= {urlsplit(url).path for url in re.findall(r'href="([^"]+)"', mail.html)}
    return found


@pytest.mark.parametrize("language", Language)
def test_every_link_in_a_mail_leads_to_a_page_that_there_is(language: Language) -> None:
    beginning = f"/{language}"

    paths = links(language)

    assert {path for path in paths if not path.startswith(f"{beginning}/")} == set()
    below = {path.removeprefix(beginning) for path in paths}
    assert {path for path in below if not any(page.match(path) for page in SHOWN)} == set()
    assert {"/", "/help", "/films", "/account"} <= below
