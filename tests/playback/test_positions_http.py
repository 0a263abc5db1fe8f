"""How far viewers have come, kept for all their devices (V6)."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import httpx2
import pytest

from cinema.contracts.catalog import FilmNotFound
from cinema.contracts.enums import Access
from cinema.contracts.ids import FilmId
from cinema.contracts.playback import Positions
from cinema.kit.ids import uuid7
from cinema.kit.jobs import drain
from cinema.kit.worker import jobs_of
from cinema.playback.domain.position import PositionInvalid
from playback.house import House, bearer
from rivals import held_up
from statements import counted

HOUR = 3_600
MOMENT = timedelta(seconds=10)


async def keep(
    house: House, position_s: int, *, film: FilmId | None = None, duration_s: int = HOUR, by: str = "viewer"
) -> httpx2.Response:
    body = {"position_s": position_s, "duration_s": duration_s}
    return await house.client.put(address(house, film), json=body, headers=bearer(by))


async def kept(house: House, position_s: int, *, film: FilmId | None = None, by: str = "viewer") -> Any:
    answer = await keep(house, position_s, film=film, by=by)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def look(house: House, *, film: FilmId | None = None, by: str = "viewer") -> httpx2.Response:
    return await house.client.get(address(house, film), headers=bearer(by))


async def row(house: House, *, by: str = "viewer", **query: Any) -> Any:
    answer = await house.client.get("/v1/me/positions", params=query, headers=bearer(by))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def films_in_row(house: House, *, by: str = "viewer") -> list[str]:
    return [one["film_id"] for one in (await row(house, by=by))["items"]]


async def take_out(house: House, *, film: FilmId | None = None, by: str = "viewer") -> httpx2.Response:
    return await house.client.delete(f"{address(house, film)}/row", headers=bearer(by))


async def put_back(house: House, *, film: FilmId | None = None, by: str = "viewer") -> httpx2.Response:
    return await house.client.put(f"{address(house, film)}/row", headers=bearer(by))


def address(house: House, film: FilmId | None) -> str:
    return f"/v1/films/{film or house.film}/position"


def code(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


async def rows(house: House) -> int:
    async with house.db.read() as tx:
        count = await tx.value("SELECT count(*) FROM playback.positions")
    assert isinstance(count, int)
    return count


async def test_a_position_is_kept_and_shown_on_another_device(house: House) -> None:
    house.door.let_in("television", like="viewer")

    told = await kept(house, 600)

    shown = await look(house, by="television")
    assert shown.json() == told
    assert shown.headers["cache-control"] == "private, no-store"
    assert told == {
        "film_id": str(house.film),
        "position_s": 600,
        "duration_s": HOUR,
        "watched": False,
        "in_row": True,
        "updated_at": "2026-01-15T09:00:00Z",
    }


async def test_of_two_devices_the_one_that_tells_last_counts(house: House) -> None:
    house.door.let_in("television", like="viewer")
    await kept(house, 2_000)
    house.clock.advance(MOMENT)

    told = await kept(house, 600, by="television")

    assert (told["position_s"], told["updated_at"]) == (600, "2026-01-15T09:00:10Z")
    assert (await look(house)).json() == told


async def test_who_has_no_right_keeps_a_position_too(house: House) -> None:
    house.door.let_in("guest")

    told = await kept(house, 600, by="guest")

    assert told["in_row"] is True
    assert house.book.asked == 0


async def test_nobody_sees_the_position_of_another(house: House) -> None:
    house.door.let_in("other")
    await kept(house, 600)

    answers = [await look(house, by="other"), await take_out(house, by="other"), await put_back(house, by="other")]

    assert [code(answer) for answer in answers] == [(404, "position-not-found")] * 3
    assert await films_in_row(house, by="other") == []
    assert await films_in_row(house) == [str(house.film)]


async def test_the_row_shows_what_was_begun_and_not_watched_the_newest_first_page_by_page(house: House) -> None:
    places = (600, 100, 1_800, 3_500, 2_400)
    films = [house.shelf.add(FilmId(uuid7(house.clock.now()))) for _ in places]
    for film, place in zip(films, places, strict=True):
        house.clock.advance(MOMENT)
        await kept(house, place, film=film)

    first = await row(house, limit=2)
    second = await row(house, limit=2, cursor=first["next_cursor"])

    assert [one["film_id"] for one in first["items"]] == [str(films[4]), str(films[2])]
    assert [one["film_id"] for one in second["items"]] == [str(films[0])]
    assert second["next_cursor"] is None


async def test_films_of_one_moment_are_each_on_one_page(house: House) -> None:
    films = [house.shelf.add(FilmId(uuid7(house.clock.now()))) for _ in range(3)]
    for film in films:
        await kept(house, 600, film=film)

    first = await row(house, limit=2)
    second = await row(house, limit=2, cursor=first["next_cursor"])

    shown = [one["film_id"] for one in (*first["items"], *second["items"])]
    assert shown == sorted(map(str, films), reverse=True)


async def test_the_cursor_of_another_list_is_refused(house: House) -> None:
    answer = await house.client.get("/v1/me/positions", params={"cursor": "bm8"}, headers=bearer("viewer"))

    assert code(answer) == (400, "cursor-invalid")


async def test_what_was_watched_stays_watched_when_it_is_played_again(house: House) -> None:
    await kept(house, 3_240)

    again = await kept(house, 600)

    assert (again["watched"], again["in_row"], again["position_s"]) == (True, True, 600)
    assert await films_in_row(house) == [str(house.film)]


async def test_a_film_is_taken_out_of_the_row_until_it_is_played_on(house: House) -> None:
    await kept(house, 600)
    house.clock.advance(MOMENT)

    out = await take_out(house)
    still_there = await kept(house, 600)
    row_without = await films_in_row(house)
    played_on = await kept(house, 610)

    assert (out.status_code, out.json()["in_row"], out.json()["position_s"]) == (200, False, 600)
    assert out.json()["updated_at"] == "2026-01-15T09:00:00Z"
    assert still_there["in_row"] is False
    assert row_without == []
    assert played_on["in_row"] is True
    assert await films_in_row(house) == [str(house.film)]


async def test_taking_out_keeps_place_and_watched_and_is_undone(house: House) -> None:
    await kept(house, 3_240)
    before = await kept(house, 600)

    out = [(await take_out(house)).json() for _ in range(2)]
    back = [(await put_back(house)).json() for _ in range(2)]

    assert out == [{**before, "in_row": False}] * 2
    assert back == [before] * 2
    assert await films_in_row(house) == [str(house.film)]


async def test_what_was_never_played_is_not_there(house: House) -> None:
    answers = [await look(house), await take_out(house), await put_back(house)]

    assert [code(answer) for answer in answers] == [(404, "position-not-found")] * 3
    assert await rows(house) == 0


@pytest.mark.parametrize(
    ("position_s", "duration_s", "refused"),
    [
        (-1, HOUR, "input-invalid"),
        (HOUR + 1, HOUR, "position-invalid"),
        (0, 0, "input-invalid"),
        (0, 86_401, "input-invalid"),
        (2**63, 2**63, "input-invalid"),
    ],
)
async def test_a_place_that_is_in_no_film_is_refused(
    house: House, position_s: int, duration_s: int, refused: str
) -> None:
    answer = await keep(house, position_s, duration_s=duration_s)

    assert code(answer) == (422, refused)
    assert await rows(house) == 0


async def test_a_page_is_refused_a_place_outside_and_a_film_that_is_not(house: House) -> None:
    positions: Positions = house.context.facades.positions
    missing = FilmId(UUID(int=1))

    for position_s, duration_s in ((-1, HOUR), (0, 0), (0, 86_401)):
        with pytest.raises(PositionInvalid):
            await positions.keep(user_id=house.viewer, film_id=house.film, position_s=position_s, duration_s=duration_s)
    with pytest.raises(FilmNotFound):
        await positions.keep(user_id=house.viewer, film_id=missing, position_s=0, duration_s=HOUR)

    assert await rows(house) == 0


async def test_a_film_that_is_not_has_no_position(house: House) -> None:
    answer = await keep(house, 600, film=FilmId(UUID(int=1)))

    assert code(answer) == (404, "film-not-found")
    assert await rows(house) == 0


async def test_parallel_devices_leave_one_row_that_one_of_them_told(house: House) -> None:
    places = [*range(600, 620), 3_240]
    house.door.let_in("television", like="viewer")

    answers = await asyncio.gather(*(keep(house, place, by="television") for place in places))

    shown = (await look(house)).json()
    assert {answer.status_code for answer in answers} == {200}
    assert shown["position_s"] in places
    assert shown["watched"] is True
    assert await rows(house) == 1


@pytest.mark.parametrize("is_taken_out_last", [True, False])
async def test_of_playing_on_and_taking_out_at_once_the_later_counts(house: House, *, is_taken_out_last: bool) -> None:
    await kept(house, 600)
    acts = [partial(keep, house, 610), partial(take_out, house)]
    first, second = acts if is_taken_out_last else reversed(acts)

    async with held_up(house.db, "SELECT FROM playback.positions FOR UPDATE", rivals=2):
        sooner = asyncio.create_task(first())
        async with held_up(house.db, "SELECT", rivals=1):
            pass
        later = asyncio.create_task(second())
    answers = await asyncio.gather(sooner, later)

    shown = (await look(house)).json()
    assert [answer.status_code for answer in answers] == [200, 200]
    assert (shown["position_s"], shown["in_row"]) == (610, not is_taken_out_last)


async def test_each_act_takes_one_statement(house: House) -> None:
    positions = house.context.facades.positions
    other = house.shelf.add(FilmId(uuid7(house.clock.now())), access=Access.FREE)
    counts: list[int] = []
    for act in (
        lambda: positions.keep(user_id=house.viewer, film_id=house.film, position_s=600, duration_s=HOUR),
        lambda: positions.keep(user_id=house.viewer, film_id=house.film, position_s=610, duration_s=HOUR),
        lambda: positions.of(user_id=house.viewer, film_ids=[house.film, other, FilmId(UUID(int=1))]),
        lambda: positions.row(user_id=house.viewer, cursor=None, limit=20),
        lambda: positions.take_out(user_id=house.viewer, film_id=house.film),
        lambda: positions.put_back(user_id=house.viewer, film_id=house.film),
        lambda: positions.of(user_id=house.viewer, film_ids=[]),
    ):
        async with counted(house.db) as statements:
            await act()
        counts.append(statements.total)

    assert counts == [1, 1, 1, 1, 1, 1, 0]


async def test_what_was_not_played_for_long_is_forgotten(house: House) -> None:
    await kept(house, 600)
    house.clock.advance(timedelta(days=1_100))
    jobs = jobs_of([house.context.module], db=house.db, clock=house.clock)
    await drain(jobs)
    before = await rows(house)
    await kept(house, 600, film=house.free_film)
    house.clock.advance(timedelta(seconds=1))

    await drain(jobs)

    assert before == 1
    assert code(await look(house)) == (404, "position-not-found")
    assert (await look(house, film=house.free_film)).json()["position_s"] == 600
