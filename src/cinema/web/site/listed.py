"""All pages of the site, named once."""

from cinema.web.site import continuing, door, film, films, home, installing, people, watch
from cinema.web.site.page import Page

PAGES: tuple[Page, ...] = (
    *home.PAGES,
    *continuing.PAGES,
    *films.PAGES,
    *film.PAGES,
    *people.PAGES,
    *installing.PAGES,
    *watch.PAGES,
    *door.PAGES,
)
