"""Posters and backdrops, drawn from a film's facts: no picture is ever fetched or stored."""

from cinema.catalog.posters.layout import backdrop, poster

__all__ = ["backdrop", "poster"]
