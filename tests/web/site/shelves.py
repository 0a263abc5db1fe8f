"""A catalogue that fills shelves, for tests of the pages that show it."""

from typing import Any
from uuid import UUID

from catalog.making import make_batch, make_film, make_part, make_person
from cinema.contracts.enums import Access, FilmPart
from cinema.contracts.text import Text
from scenarios.house import House, Viewer

GENRES = ("drama", "comedy", "horror", "western", "musical", "war", "sport")

PERSONS = (
    make_person("lang", ru="Фриц Ланг", en="Fritz Lang"),
    make_person("harbou", ru="Теа фон Харбоу", en="Thea von Harbou"),
    make_person("helm", ru="Бригитта Хельм", en="Brigitte Helm"),
)


async def fill(house: House, *, films: int = 30) -> None:
    """As many films, each of one genre and the next, of one year after the other; the fifth is free."""
    made = (
        make_film(
            f"film-{number:02}",
            ru=f"Фильм {number:02}",
            en=f"Film {number:02}",
            year=1900 + number,
            genres=(GENRES[number % len(GENRES)], GENRES[(number + 1) % len(GENRES)]),
            access=Access.FREE if number == 5 else Access.SUBSCRIPTION,
        )
        for number in range(films)
    )
    await house.cinema.catalog.importer.import_batch(batch=make_batch(*made))


async def fill_with_people(house: House) -> None:
    """Three films: two of Fritz Lang, who also wrote one, and one of nobody but an actress."""
    role = Text(ru="Мария", en="Maria")
    directed = make_part(FilmPart.DIRECTOR, "lang")
    wrote = make_part(FilmPart.WRITER, "harbou"), make_part(FilmPart.WRITER, "lang")
    played = make_part(FilmPart.ACTOR, "helm", role=role)
    await house.cinema.catalog.importer.import_batch(
        batch=make_batch(
            make_film("metropolis", ru="Метрополис", en="Metropolis", year=1927, parts=(directed, *wrote, played)),
            make_film("spies", ru="Шпионы", en="Spies", year=1928, genres=("thriller",), parts=(directed,)),
            make_film("alraune", ru="Альрауне", en="Alraune", year=1928, genres=("horror", "drama"), parts=(played,)),
            persons=PERSONS,
        )
    )


async def film_id(house: House, slug: str) -> UUID:
    return UUID((await house.ok(None, "GET", f"/v1/films/{slug}"))["id"])


async def play(house: House, viewer: Viewer, slug: str, *, position_s: int, duration_s: int = 6_000) -> Any:
    """The viewer stops a film at this place."""
    path = f"/v1/films/{await film_id(house, slug)}/position"
    return await house.ok(viewer, "PUT", path, json={"position_s": position_s, "duration_s": duration_s})
