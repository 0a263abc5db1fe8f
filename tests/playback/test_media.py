"""The files of a title: for who holds a living playback of it, and for nobody else."""

import shutil
from collections.abc import MutableMapping
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from uuid import UUID

import httpx2
import pytest

from cinema.contracts.catalog import FilmNotFound
from cinema.contracts.ids import FilmId, PlaybackId
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.ids import uuid7
from cinema.kit.settings import BadSetting, load
from cinema.playback.domain.token import Claim, sign
from cinema.playback.service.assets import AssetInvalid
from cinema.playback.service.media import SAMPLE
from cinema.playback.settings import PlaybackSettings
from playback.house import House, open_house

FILES = sorted(path.relative_to(SAMPLE).as_posix() for path in SAMPLE.rglob("*") if path.suffix not in {".md", ""})


def code(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def token_of(started: Any) -> str:
    _, media, token, _ = started["manifest_url"].split("/")
    assert media == "media"
    return str(token)


async def crawl(house: House, token: str) -> dict[tuple[int, str | None], int]:
    """Asks for every file of the sample, and counts the answers."""
    seen: dict[tuple[int, str | None], int] = {}
    for path in FILES:
        answer = await house.client.get(f"/media/{token}/{path}")
        said = (answer.status_code, None) if answer.status_code == 200 else code(answer)
        seen[said] = seen.get(said, 0) + 1
    return seen


async def test_a_player_reaches_every_file_from_the_master_by_relative_links(house: House) -> None:
    started = await house.started()
    todo, seen = [started["manifest_url"]], {}

    while todo:
        address = todo.pop()
        answer = await house.client.get(address)
        seen[address] = answer
        if address.endswith(".m3u8"):
            lines = [line for line in answer.text.splitlines() if line and not line.startswith("#")]
            lines += [part.split('"')[0] for part in answer.text.split('URI="')[1:]]
            todo += [urljoin(address, line) for line in lines if urljoin(address, line) not in seen]

    assert {answer.status_code for answer in seen.values()} == {200}
    assert sorted(address.removeprefix(f"/media/{token_of(started)}/") for address in seen) == FILES
    assert {answer.headers["cache-control"] for answer in seen.values()} == {"private, no-store"}
    assert all(seen[address].content == (SAMPLE / address.split("/", 3)[3]).read_bytes() for address in seen)


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("master.m3u8", "application/vnd.apple.mpegurl"),
        ("video-240/init.mp4", "video/mp4"),
        ("video-240/0.m4s", "video/iso.segment"),
        ("subtitles-ru/0.vtt", "text/vtt; charset=utf-8"),
    ],
)
async def test_each_file_says_what_it_is(house: House, path: str, media_type: str) -> None:
    token = token_of(await house.started())

    answer = await house.client.get(f"/media/{token}/{path}")

    assert answer.headers["content-type"] == media_type
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_a_part_of_a_file_can_be_asked_for(house: House) -> None:
    address = f"/media/{token_of(await house.started())}/video-240/0.m4s"
    whole = (SAMPLE / "video-240/0.m4s").read_bytes()

    first = await house.client.get(address, headers={"Range": "bytes=0-99"})
    last = await house.client.get(address, headers={"Range": "bytes=-10"})
    head = await house.client.head(address)
    beyond = await house.client.get(address, headers={"Range": f"bytes={len(whole)}-"})
    several = await house.client.get(address, headers={"Range": "bytes=0-1,5-6"})

    assert (first.status_code, first.content) == (206, whole[:100])
    assert first.headers["content-range"] == f"bytes 0-99/{len(whole)}"
    assert (last.status_code, last.content) == (206, whole[-10:])
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(whole)))
    assert (code(beyond), beyond.json()["size"]) == ((416, "range-invalid"), len(whole))
    assert code(several) == (416, "range-invalid")


@pytest.mark.parametrize("prefix", ["/media", "/media/", "/media//"])
async def test_nothing_is_served_without_a_token(house: House, prefix: str) -> None:
    await house.started()

    answers = [await house.client.get(f"{prefix}{path}") for path in ("/" + file for file in FILES)]

    assert {answer.status_code for answer in answers} == {403}
    assert {code(answer)[1] for answer in answers} == {"media-forbidden"}
    assert {(await house.client.head(f"/media/{path}")).status_code for path in FILES} == {403}


async def test_nothing_is_served_for_a_forged_token(house: House) -> None:
    started = await house.started()
    claim = Claim(
        playback_id=PlaybackId(UUID(started["id"])),
        film_id=house.film,
        expires_at=house.clock.now() + timedelta(hours=1),
    )
    token = token_of(started)
    payload, _, signature = token.partition(".")

    for forged in (
        sign(claim, secret=bytes(32)),
        payload,
        f"{payload}.",
        f".{signature}",
        token[:-1],
        token + "A",
        token.swapcase(),
        "x" * 5_000,
        "%00",
        "..%2f..",
    ):
        assert await crawl(house, forged) == {(403, "media-forbidden"): len(FILES)}


async def test_nothing_is_served_for_a_token_that_names_another_title(
    db: Database, clock: ManualClock, houses: AsyncExitStack
) -> None:
    secret = "a secret of the operator, 32 bytes"
    house = await open_house(houses, db=db, clock=clock, settings=PlaybackSettings(secret=secret))
    playback_id = PlaybackId(UUID((await house.started())["id"]))
    unknown = PlaybackId(uuid7(clock.now()))
    expires_at = clock.now() + timedelta(hours=1)

    def signed(playback_id: PlaybackId, film_id: FilmId) -> str:
        return sign(Claim(playback_id=playback_id, film_id=film_id, expires_at=expires_at), secret=secret.encode())

    assert await crawl(house, signed(playback_id, house.film)) == {(200, None): len(FILES)}
    assert await crawl(house, signed(playback_id, house.free_film)) == {(403, "media-forbidden"): len(FILES)}
    assert await crawl(house, signed(unknown, house.film)) == {(403, "media-forbidden"): len(FILES)}


async def test_a_token_plays_the_media_of_its_own_title_only(
    db: Database, clock: ManualClock, houses: AsyncExitStack, tmp_path: Path
) -> None:
    house = await open_house(houses, db=db, clock=clock, settings=PlaybackSettings(media_folder=tmp_path))
    shutil.copytree(SAMPLE, tmp_path / "own")
    (tmp_path / "own" / "extra.vtt").write_text("WEBVTT\n")
    await house.context.facades.assets.attach(film_id=house.film, folder="own")

    own = token_of(await house.started())
    other = token_of(await house.started(film=house.free_film))

    assert (await house.client.get(f"/media/{own}/extra.vtt")).text == "WEBVTT\n"
    for path in ("extra.vtt", "own/extra.vtt", "../own/extra.vtt"):
        assert code(await house.client.get(f"/media/{other}/{path}".replace("..", "%2e%2e"))) == (
            404,
            "media-not-found",
        )


async def test_nothing_is_served_once_the_playback_expired(house: House) -> None:
    token = token_of(await house.started())
    house.clock.advance(timedelta(seconds=119))
    before = await crawl(house, token)
    house.clock.advance(timedelta(seconds=1))

    after = await crawl(house, token)

    assert before == {(200, None): len(FILES)}
    assert after == {(410, "playback-ended"): len(FILES)}


async def test_nothing_is_served_once_the_address_expired(
    db: Database, clock: ManualClock, houses: AsyncExitStack
) -> None:
    settings = PlaybackSettings(grant_s=3600, silence_s=3600, address_s=300)
    house = await open_house(houses, db=db, clock=clock, settings=settings)
    started = await house.started()
    clock.advance(timedelta(seconds=300))

    stale = await crawl(house, token_of(started))
    heartbeat = (await house.heartbeat(started["id"])).json()
    fresh = await crawl(house, token_of(heartbeat))

    assert stale == {(410, "playback-ended"): len(FILES)}
    assert fresh == {(200, None): len(FILES)}


async def test_nothing_is_served_once_the_playback_was_stopped(house: House) -> None:
    started = await house.started()
    before = await crawl(house, token_of(started))
    await house.stop(started["id"])

    after = await crawl(house, token_of(started))

    assert before == {(200, None): len(FILES)}
    assert after == {(410, "playback-ended"): len(FILES)}


async def test_nothing_is_served_a_second_after_the_right_was_revoked(house: House) -> None:
    started = await house.started()
    token = token_of(started)
    before = await crawl(house, token)
    asked = house.book.asked
    house.book.revoke(house.viewer)

    house.clock.advance(timedelta(seconds=0.999))
    just_before = await crawl(house, token)
    asked_meanwhile = house.book.asked - asked
    house.clock.advance(timedelta(seconds=0.001))
    after = await crawl(house, token)
    house.book.grant(house.viewer)
    even_with_a_new_right = await crawl(house, token)

    assert before == just_before == {(200, None): len(FILES)}
    assert asked_meanwhile == 0
    assert after == even_with_a_new_right == {(410, "playback-ended"): len(FILES)}
    assert await house.rows() == [(started["id"], "revoked")]


async def test_nothing_is_served_from_the_instant_at_which_the_right_ends(
    db: Database, clock: ManualClock, houses: AsyncExitStack
) -> None:
    house = await open_house(houses, db=db, clock=clock, settings=PlaybackSettings(recheck_s=60))
    house.book.grant(house.viewer, lasts=timedelta(seconds=60))
    token = token_of(await house.started())
    house.clock.advance(timedelta(seconds=59.999))
    before = await crawl(house, token)
    asked = house.book.asked
    house.clock.advance(timedelta(seconds=0.001))

    after = await crawl(house, token)

    assert before == {(200, None): len(FILES)}
    assert after == {(410, "playback-ended"): len(FILES)}
    assert house.book.asked - asked == 1


async def test_with_no_grace_the_right_is_asked_for_each_file(
    db: Database, clock: ManualClock, houses: AsyncExitStack
) -> None:
    house = await open_house(houses, db=db, clock=clock, settings=PlaybackSettings(recheck_s=0))
    token = token_of(await house.started())
    before = await crawl(house, token)
    house.book.revoke(house.viewer)

    after = await crawl(house, token)

    assert (before, after) == ({(200, None): len(FILES)}, {(410, "playback-ended"): len(FILES)})


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "nothing.m3u8",
        "video-240",
        "video-240/",
        "video-240/9.m4s",
        "",
        "%2e%2e/settings.py",
        "%2e%2e/sample/master.m3u8",
        "video-240/%2e%2e/master.m3u8",
        "..%2fsample%2fmaster.m3u8",
        "%2fetc%2fpasswd",
        "..%5c..%5cmaster.m3u8",
        "master.m3u8%00.vtt",
        ".%2fmaster.m3u8",
        "a" * 3_000 + ".ts",
    ],
)
async def test_what_is_no_file_of_the_title_is_not_there(house: House, path: str) -> None:
    token = token_of(await house.started())

    answer = await house.client.get(f"/media/{token}/{path}")

    assert code(answer) == (404, "media-not-found")


async def test_a_link_that_leads_out_of_the_folder_is_not_followed(
    db: Database, clock: ManualClock, houses: AsyncExitStack, tmp_path: Path
) -> None:
    house = await open_house(houses, db=db, clock=clock, settings=PlaybackSettings(media_folder=tmp_path / "media"))
    own = tmp_path / "media" / "own"
    own.mkdir(parents=True)
    (own / "master.m3u8").write_text("#EXTM3U\n")
    (tmp_path / "outside.vtt").write_text("WEBVTT\n")
    (own / "outside.vtt").symlink_to(tmp_path / "outside.vtt")
    (own / "inside.m3u8").symlink_to(own / "master.m3u8")
    await house.context.facades.assets.attach(film_id=house.film, folder="own")
    token = token_of(await house.started())

    outside = await house.client.get(f"/media/{token}/outside.vtt")
    inside = await house.client.get(f"/media/{token}/inside.m3u8")

    assert code(outside) == (404, "media-not-found")
    assert inside.text == "#EXTM3U\n"


async def test_a_film_plays_its_own_media_until_they_are_detached(
    db: Database, clock: ManualClock, houses: AsyncExitStack, tmp_path: Path
) -> None:
    house = await open_house(houses, db=db, clock=clock, settings=PlaybackSettings(media_folder=tmp_path))
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "master.m3u8").write_text("#EXTM3U\n")
    started = await house.started()

    await house.context.facades.assets.attach(film_id=house.film, folder="own")
    own = await house.client.get(started["manifest_url"])
    detached = [await house.context.facades.assets.detach(film_id=house.film) for _ in range(2)]
    sample = await house.client.get(started["manifest_url"])

    assert own.text == "#EXTM3U\n"
    assert detached == [True, False]
    assert sample.content == (SAMPLE / "master.m3u8").read_bytes()


@pytest.mark.parametrize("folder", ["nowhere", "..", "../own", "own/sub", "", ".own", "/etc"])
async def test_a_folder_that_holds_no_title_is_refused(
    db: Database, clock: ManualClock, houses: AsyncExitStack, tmp_path: Path, folder: str
) -> None:
    house = await open_house(houses, db=db, clock=clock, settings=PlaybackSettings(media_folder=tmp_path / "media"))
    for place in ("own", "media/own/sub", "media/.own", "media"):
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
        (tmp_path / place / "master.m3u8").write_text("#EXTM3U\n")

    with pytest.raises(AssetInvalid):
        await house.context.facades.assets.attach(film_id=house.film, folder=folder)

    async with db.read() as tx:
        assert await tx.value("SELECT count(*) FROM playback.assets") == 0


async def test_media_belong_to_a_film_that_is_there(house: House) -> None:
    with pytest.raises(FilmNotFound):
        await house.context.facades.assets.attach(film_id=FilmId(uuid7(house.clock.now())), folder="own")


async def test_processes_share_the_secret_that_the_first_one_made(
    db: Database, clock: ManualClock, houses: AsyncExitStack
) -> None:
    first = await open_house(houses, db=db, clock=clock, settings=PlaybackSettings())
    second = await open_house(houses, db=db, clock=clock, settings=PlaybackSettings(), like=first)

    tokens = [token_of(await house.started()) for house in (first, second)]

    for house in (first, second):
        for token in tokens:
            assert await crawl(house, token) == {(200, None): len(FILES)}
    async with db.read() as tx:
        kept = await tx.all("SELECT name, length(secret) AS length FROM playback.secrets")
    assert [tuple(row) for row in kept] == [("media", 32)]


async def test_the_secret_of_the_operator_is_not_written_down(
    db: Database, clock: ManualClock, houses: AsyncExitStack
) -> None:
    settings = PlaybackSettings(secret="a secret of the operator, 32 bytes")
    house = await open_house(houses, db=db, clock=clock, settings=settings)

    await house.started()

    async with db.read() as tx:
        assert await tx.value("SELECT count(*) FROM playback.secrets") == 0
    assert "operator" not in repr(settings)


async def test_a_secret_is_changed_without_stopping_anybody(
    db: Database, clock: ManualClock, houses: AsyncExitStack
) -> None:
    old, new = "the old secret, of at least 32 bytes", "the new secret, of at least 32 bytes"
    before = await open_house(houses, db=db, clock=clock, settings=PlaybackSettings(secret=old))
    after = await open_house(
        houses, db=db, clock=clock, settings=PlaybackSettings(secret=new, secret_before=old), like=before
    )
    later = await open_house(houses, db=db, clock=clock, settings=PlaybackSettings(secret=new), like=before)
    running, fresh = token_of(await before.started()), token_of(await after.started())

    answers = [[await crawl(house, token) for token in (running, fresh)] for house in (after, later)]

    served, refused = {(200, None): len(FILES)}, {(403, "media-forbidden"): len(FILES)}
    assert answers == [[served, served], [refused, served]]


async def test_no_log_line_holds_a_token(house: House, log_lines: list[MutableMapping[str, Any]]) -> None:
    started = await house.started()
    token = token_of(started)
    await crawl(house, token)
    await house.client.get(f"/media/{token}/README.md")
    await house.stop(started["id"])
    await crawl(house, token)

    assert [line["event"] for line in log_lines].count("request") == 3 + 2 * len(FILES)
    assert [line for line in log_lines if token[:20] in repr(line) or token[-20:] in repr(line)] == []


def test_a_short_secret_is_refused_in_a_sentence_that_does_not_show_it() -> None:
    with pytest.raises(BadSetting) as refusal:
        load(PlaybackSettings, env_file=None, values={"secret": "hunter2"})

    assert len(refusal.value.sentences) == 1
    assert refusal.value.sentences[0].startswith("CINEMA_PLAYBACK_SECRET: ")
    assert "hunter2" not in refusal.value.sentences[0]
