"""All pages of the site, named once."""

from cinema.web.site import home, watch
from cinema.web.site.page import Page

PAGES: tuple[Page, ...] = (*home.PAGES, *watch.PAGES)
