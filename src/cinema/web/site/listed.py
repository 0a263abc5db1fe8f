"""All pages of the site, named once."""

from cinema.web.site import (
    continuing,
    devices,
    door,
    film,
    films,
    helping,
    home,
    installing,
    methods,
    notifications,
    orders,
    overview,
    people,
    refunds,
    settings,
    subscription,
    watch,
)
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
    *overview.PAGES,
    *subscription.PAGES,
    *methods.PAGES,
    *orders.PAGES,
    *refunds.PAGES,
    *notifications.PAGES,
    *devices.PAGES,
    *settings.PAGES,
    *helping.PAGES,
)
