"""All pages of the site, named once."""

from cinema.web.site import continuing, door, film, films, home, people, watch
from cinema.web.site.page import Page

PAGES: tuple[Page, ...] = (
    *home.PAGES,
    *continuing.PAGES,
    *films.PAGES,
    *film.PAGES,
    *people.PAGES,
    *watch.PAGES,
    *door.PAGES,
)
