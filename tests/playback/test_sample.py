import re
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[2] / "src" / "cinema" / "playback" / "sample"
TOTAL_BYTES_MAX = 600_000
DURATION_S = 12.0
SEGMENTS = 3

URI = re.compile(r'URI="([^"]+)"')
EXTINF = re.compile(r"#EXTINF:([\d.]+),\n(\S+)")


def lines_of(playlist: Path) -> list[str]:
    return playlist.read_text(encoding="utf-8").splitlines()


def referenced(playlist: Path) -> list[Path]:
    names = [line for line in lines_of(playlist) if line and not line.startswith("#")]
    names += [name for line in lines_of(playlist) if line.startswith("#") for name in URI.findall(line)]
    return [playlist.parent / name for name in names]


def attributes(line: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in re.findall(r'([A-Z-]+)=("[^"]*"|[^,]*)', line)}


def tagged(name: str) -> list[dict[str, str]]:
    return [attributes(line) for line in lines_of(SAMPLE / "master.m3u8") if line.startswith(f"#{name}:")]


MASTER = SAMPLE / "master.m3u8"
PLAYLISTS = sorted(referenced(MASTER))


def test_every_referenced_file_exists_and_no_other_is_there() -> None:
    wanted = {MASTER, SAMPLE / "README.md", *PLAYLISTS}
    for playlist in PLAYLISTS:
        wanted.update(referenced(playlist))

    assert {path for path in SAMPLE.rglob("*") if path.is_file()} == wanted


def test_the_sample_is_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) <= TOTAL_BYTES_MAX


def test_the_master_offers_three_sizes_and_two_languages() -> None:
    streams = tagged("EXT-X-STREAM-INF")
    media = tagged("EXT-X-MEDIA")

    assert [stream["RESOLUTION"] for stream in streams] == ["426x240", "640x360", "854x480"]
    assert {(stream["AUDIO"], stream["SUBTITLES"]) for stream in streams} == {("audio", "subtitles")}
    assert [(group["TYPE"], group["GROUP-ID"], group["LANGUAGE"], group["NAME"]) for group in media] == [
        ("AUDIO", "audio", "ru", "Русский"),
        ("AUDIO", "audio", "en", "English"),
        ("SUBTITLES", "subtitles", "ru", "Русский"),
        ("SUBTITLES", "subtitles", "en", "English"),
    ]
    assert [group["DEFAULT"] for group in media] == ["YES", "NO", "NO", "NO"]


@pytest.mark.parametrize("playlist", PLAYLISTS, ids=lambda path: path.parent.name)
def test_a_playlist_keeps_its_target_duration_and_the_films_length(playlist: Path) -> None:
    text = playlist.read_text(encoding="utf-8")
    target = re.search(r"#EXT-X-TARGETDURATION:(\d+)\n", text)
    durations_s = [float(duration) for duration, _ in EXTINF.findall(text)]

    assert target is not None
    assert len(durations_s) == SEGMENTS
    assert [round(duration) for duration in durations_s] == [int(target[1])] * SEGMENTS  # RFC 8216, 4.3.3.1
    assert sum(durations_s) == pytest.approx(DURATION_S, abs=0.05)
    assert text.endswith("#EXT-X-ENDLIST\n")


def test_the_segments_of_all_sizes_begin_at_the_same_moments() -> None:
    durations = {
        playlist: EXTINF.findall(playlist.read_text()) for playlist in PLAYLISTS if "video" in playlist.parts[-2]
    }

    assert len(durations) == 3
    assert len({tuple(parts) for parts in durations.values()}) == 1


def test_no_stream_needs_more_bits_than_it_says() -> None:
    def peak(playlist: Path) -> float:
        parts: list[tuple[str, str]] = EXTINF.findall(playlist.read_text())
        return max((playlist.parent / name).stat().st_size * 8 / float(duration) for duration, name in parts)

    sound = max(peak(playlist) for playlist in PLAYLISTS if playlist.parent.name.startswith("audio"))
    said = {stream["RESOLUTION"].partition("x")[2]: int(stream["BANDWIDTH"]) for stream in tagged("EXT-X-STREAM-INF")}

    assert said.keys() == {"240", "360", "480"}
    for height, bits in said.items():
        assert peak(SAMPLE / f"video-{height}" / "index.m3u8") + sound <= bits


@pytest.mark.parametrize("language", ["ru", "en"])
def test_subtitles_lie_inside_their_segments_and_do_not_overlap(language: str) -> None:
    cue = re.compile(r"00:00:([\d.]+) --> 00:00:([\d.]+)\n(.+)\n")
    ends_s = [0.0]

    for segment in range(SEGMENTS):
        text = (SAMPLE / f"subtitles-{language}" / f"{segment}.vtt").read_text(encoding="utf-8")
        cues = cue.findall(text)

        assert text.startswith("WEBVTT\n")
        assert len(cues) == 2
        for begin, end, line in cues:
            assert max(ends_s[-1], segment * 4) <= float(begin) < float(end) <= (segment + 1) * 4
            assert bool(re.search("[\u0430-\u044f]", line)) == (language == "ru")
            ends_s.append(float(end))


def test_every_media_file_is_what_its_name_says() -> None:
    heads = {path: path.read_bytes()[4:8] for path in SAMPLE.rglob("*.m*") if path.suffix in {".mp4", ".m4s"}}

    assert len(heads) == 5 * (1 + SEGMENTS)
    assert {head for path, head in heads.items() if path.suffix == ".mp4"} == {b"ftyp"}
    assert {head for path, head in heads.items() if path.suffix == ".m4s"} <= {b"styp", b"moof", b"sidx", b"prft"}
