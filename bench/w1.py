"""W1: what a page costs the server, against the API's own answers for the same data.

Ours: the first page, a film's page and the account's, as a browser of a viewer asks for them who
is signed in, subscribed, and in the middle of some films. The peer: the calls of the API that
give a client the same data, with the same cookie, to the same process. What counts is CPU time of
web and PostgreSQL for one page and for its list of calls. The dearest of the three is the result.
"""

import json
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checkout import Checkouts, lookout
from cinema.main.embedded import Server
from cinema.web.site.continuing import ROW
from cinema.web.site.film import SIMILAR
from cinema.web.site.home import GENRES, SHELF
from cinema.web.site.overview import ORDERS
from cinema.web.site.standing import NEWEST, RIGHTS
from harness import Broken, Options, Run, Switch, Target, compare, expect, run, say
from machine import HAS_PROC, cpu_s
from p5 import check_sold
from shop import Shop, open_shop
from stage import Service, command, environment, fresh_place, postgres, ready_database, serving
from viewers import minting
from wire import Answer, Line, request

LANGUAGE = "ru"
FILM = "metropolis"
BEGUN = 4
"""Films that the viewer is in the middle of."""

FILMS_OF_DIRECTOR = 100
"""As many as a list gives at once: what of the similar films they directed too."""

VISITS = 100
WARM_UP = 10
TARGET = 1.5
OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A page, and the calls that give a client the same data."""

    name: str
    page: str
    calls: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Guest:
    """The viewer's browser, and the server that it visits."""

    server: Server
    service: Service
    cookie: str
    visits: int = VISITS
    line: Line = field(init=False)

    def __post_init__(self) -> None:
        self.line = Line(self.service.port)

    async def get(self, path: str) -> Answer:
        """Raises `Broken` unless it is there."""
        return await self.ask("GET", path)

    async def ask(self, method: str, path: str, body: bytes = b"") -> Answer:
        headers = {
            "Accept-Encoding": "gzip",
            "Cookie": f"cinema={self.cookie}; cinema-language={LANGUAGE}",
            "Sec-Fetch-Site": "same-origin",
        }
        answer = await self.line.ask(request(method, path, body=body, headers=headers))
        if answer.status != OK:
            raise Broken(f"{method} {path}: {answer.status} {answer.body[:200]!r}")
        return answer

    async def json(self, path: str) -> Any:
        """The answer of a call, in plain text."""
        plain = request("GET", path, headers={"Cookie": f"cinema={self.cookie}"})
        answer = await self.line.ask(plain)
        if answer.status != OK:
            raise Broken(f"GET {path}: {answer.status} {answer.body[:200]!r}")
        return answer.json()

    async def spend(self, paths: Sequence[str]) -> Run:
        """Asks for all of ``paths`` so many times; the value is the CPU time of one round in milliseconds."""
        for _ in range(WARM_UP):
            for path in paths:
                await self.get(path)
        before_s, sizes = self._cpu_s(), 0
        for _ in range(self.visits):
            for path in paths:
                sizes += len((await self.get(path)).body)
        spent_s = self._cpu_s() - before_s
        asked = "1 page" if len(paths) == 1 else f"{len(paths)} calls"
        return Run(
            value=spent_s / self.visits * 1000,
            unit="ms of CPU",
            remark=f"{asked}, {sizes / self.visits / 1000:.1f} kB",
        )

    def _cpu_s(self) -> float:
        assert self.server.pid is not None
        spent = cpu_s([self.service.processes[0].pid, self.server.pid])
        assert spent is not None
        return spent


async def bench(options: Options) -> str:
    if not HAS_PROC:
        raise Broken("CPU time is read from /proc, which this system does not have")
    async with fresh_place("w1") as place, postgres(place) as server, open_shop() as shop:
        await ready_database(server, place, name="cinema")
        await command(environment(place, dsn=server.dsn("cinema")), place, "catalog", "import")
        cookie = await subscribed(server, place, shop)
        async with visiting(server, place, shop, cookie=cookie) as guest:
            guest.visits = options.more["visits"]
            ratios = [await measured(guest, pair, pairs=options.pairs) for pair in await pairs_of(guest)]
    return Target(name="W1", sign="<=", value=TARGET).verdict(max(ratios))


async def measured(guest: Guest, pair: Pair, *, pairs: int) -> float:
    """The ratio of one page to its calls."""

    async def ours() -> Run:
        return await guest.spend([pair.page])

    async def peer() -> Run:
        return await guest.spend(pair.calls)

    last = await compare(target=Target(name=pair.name, sign="<=", value=TARGET), ours=ours, peer=peer, pairs=pairs)
    say(last)
    return float(last.split()[1])


async def subscribed(server: Server, place: Path, shop: Shop) -> str:
    """Lets a viewer buy a subscription and waits until all of it is there; returns the cookie of their browser."""
    async with (
        serving(server, place, database="cinema", shop=shop, only="payments,billing,identity") as service,
        minting(server.dsn("cinema"), issuer=f"http://127.0.0.1:{service.port}") as mint,
        lookout(server.dsn("cinema"), every_s=0.01) as watch,
    ):
        (viewer,) = await mint.viewers(1)
        checkouts = Checkouts(service_port=service.port, shop=shop, lookout=watch)
        await checkouts.run([viewer], clients=1)
        await shop.settle()
        await check_sold(server.dsn("cinema"), 1)
        cookie = secrets.token_urlsafe(32)
        await mint.give_cookie(viewer, cookie)
    return cookie


@asynccontextmanager
async def visiting(server: Server, place: Path, shop: Shop, *, cookie: str) -> AsyncIterator[Guest]:
    """The web process alone, and the viewer, who has begun some films."""
    async with serving(server, place, database="cinema", shop=shop, worker=False) as service:
        guest = Guest(server=server, service=service, cookie=cookie)
        films = (await guest.json(f"/v1/films?sort=title&limit={BEGUN}"))["items"]
        for film in films:
            position = {"position_s": 20 * film["minutes"], "duration_s": 60 * film["minutes"]}
            await guest.ask("PUT", f"/v1/films/{film['id']}/position", json.dumps(position).encode())
        yield guest
        guest.line.close()


async def pairs_of(guest: Guest) -> list[Pair]:
    """Each page, with what the API has to be asked for it.

    What a page shows by a rule of its own (the film of the day, the genres of the shelves) a
    client knows: it is not made to look for it.
    """
    found = (await guest.json(f"/v1/genres?language={LANGUAGE}"))["items"]
    genres = [one["slug"] for one in sorted(found, key=lambda one: -one["film_count"])[:GENRES]]
    film = await guest.json(f"/v1/films/{FILM}?language={LANGUAGE}")
    await guest.ask("PUT", f"/v1/films/{film['id']}/position", b'{"position_s": 900, "duration_s": 9000}')
    roles = (await guest.json("/v1/me"))["roles"]
    expect("subscriber" in roles, f"the viewer is a subscriber; they are {roles}")
    begun = (await guest.json(f"/v1/me/positions?limit={ROW}"))["items"]
    expect(len(begun) == BEGUN + 1, f"the viewer is in the middle of {BEGUN + 1} films")
    of_film = (f"/v1/films/{film['id']}/access", f"/v1/films/{film['id']}/position")
    card = f"/v1/films/{FILM}?language={LANGUAGE}"
    return [
        Pair(
            name="home",
            page=f"/{LANGUAGE}/",
            calls=(
                "/v1/me",
                f"/v1/films?sort=-added&limit={SHELF + 1}&language={LANGUAGE}",
                f"/v1/genres?language={LANGUAGE}",
                *(f"/v1/films?sort=-year&genre={one}&limit={SHELF}&language={LANGUAGE}" for one in genres),
                card,
                *of_film,
                f"/v1/me/positions?limit={ROW}",
                *(f"/v1/films/{one['film_id']}?language={LANGUAGE}" for one in begun),
            ),
        ),
        Pair(
            name="film",
            page=f"/{LANGUAGE}/films/{FILM}",
            calls=(
                "/v1/me",
                card,
                *of_film,
                f"/v1/films/{FILM}/similar?limit={SIMILAR}&language={LANGUAGE}",
                *(
                    f"/v1/persons/{one['slug']}/films?limit={FILMS_OF_DIRECTOR}&language={LANGUAGE}"
                    for one in film["directors"]
                ),
            ),
        ),
        Pair(
            name="account",
            page=f"/{LANGUAGE}/account",
            calls=(
                "/v1/me",
                f"/v1/subscriptions?limit={NEWEST}",
                f"/v1/entitlements?limit={RIGHTS}",
                f"/v1/orders?status=open&limit={NEWEST}",
                f"/v1/orders?limit={ORDERS}",
            ),
        ),
    ]


if __name__ == "__main__":
    run(bench, Switch(name="visits", usual=VISITS, most=10_000, text="visits of a page in a run"))
