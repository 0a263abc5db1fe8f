"""Draws, sounds and packs the sample film of ``src/cinema/playback/sample``: a film leader and a rising moon.

Everything in it is made here, so that it belongs to the project: frames by the
small painter below, tones by sine waves, subtitles in our own words. ffmpeg (on
PATH, or the binary in the ``imageio-ffmpeg`` package) encodes and cuts.

    python deploy/media/make_sample.py [folder]

The folder is emptied of the earlier sample first. One thread and bit-exact
flags make two runs with the same ffmpeg write the same bytes.
"""

# ruff: noqa: INP001, S603, PLR2004 (a script by itself; it starts the ffmpeg that it found; a drawing is made of numbers)

import importlib
import math
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import wave
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

SAMPLE = Path(__file__).parents[2] / "src" / "cinema" / "playback" / "sample"

FRAMES_PER_S = 24
SEGMENT_S = 4
DURATION_S = 12
COUNT_FROM = 8
WIDTH, HEIGHT = 1708, 960  # drawn at twice the largest rendition; scaling down smooths the edges
CENTRE = (WIDTH / 2, HEIGHT / 2)
SOUND_HZ = 48_000
ENCODER_DELAY = 2_048  # samples that AAC puts in front; without them the last segment would be a crumb

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """One size of the picture; ``quality`` is x264's constant rate factor."""

    height: int
    width: int
    quality: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """An audio track and subtitles. ``chord`` is in hertz: each language has its own sound."""

    tag: str
    name: str
    chord: tuple[float, ...]
    lines: tuple[str, ...]


RENDITIONS = (
    Rendition(height=240, width=426, quality=27),
    Rendition(height=360, width=640, quality=27),
    Rendition(height=480, width=854, quality=27),
)
LANGUAGES = (
    Language(
        tag="ru",
        name="Русский",
        chord=(220.00, 261.63, 329.63, 440.00),
        lines=(
            "Занимайте места.",
            "Гаснет свет.",
            "Застрекотал проектор.",
            "Два. Один.",
            "[музыка] Над крышами встаёт луна.",
            "Этот фильм кончился. Ваш начинается.",
        ),
    ),
    Language(
        tag="en",
        name="English",
        chord=(261.63, 329.63, 392.00, 523.25),
        lines=(
            "Please take your seats.",
            "The lights go down.",
            "The projector begins to purr.",
            "Two. One.",
            "[music] A moon rises over the roofs.",
            "This film is over. Yours begins.",
        ),
    ),
)

PALETTE = (
    "#0b0a0f",
    "#d8ccb0",
    "#b5a688",
    "#2b2620",
    "#141b3a",
    "#f4e3a6",
    "#fff6d8",
    "#0a0d1f",
    "#f2b84b",
    "#26305c",
    "#e3cb85",
)
INK, PAPER, SHADE, LINE, SKY, MOON, STAR, ROOF, LAMP, HAZE, CRATER = range(len(PALETTE))


class Canvas:
    """A picture of palette numbers, filled by spans."""

    def __init__(self, shade: int) -> None:
        self.pixels = bytearray([shade]) * (WIDTH * HEIGHT)

    def span(self, y: int, left: float, right: float, shade: int) -> None:
        first, last = max(round(left), 0), min(round(right), WIDTH)
        if 0 <= y < HEIGHT and first < last:
            self.pixels[y * WIDTH + first : y * WIDTH + last] = bytes([shade]) * (last - first)

    def polygon(self, points: Sequence[Point], shade: int) -> None:
        """Fills by the even-odd rule."""
        edges = [(a, b) for a, b in zip(points, [*points[1:], points[0]], strict=True) if a[1] != b[1]]
        top, bottom = min(y for _, y in points), max(y for _, y in points)
        for y in range(max(int(top), 0), min(math.ceil(bottom), HEIGHT)):
            at = y + 0.5
            crossings = sorted(
                a[0] + (at - a[1]) * (b[0] - a[0]) / (b[1] - a[1])
                for a, b in edges
                if min(a[1], b[1]) <= at < max(a[1], b[1])
            )
            for left, right in zip(crossings[::2], crossings[1::2], strict=True):
                self.span(y, left, right, shade)

    def disc(self, centre: Point, radius: float, shade: int) -> None:
        for y in range(math.floor(centre[1] - radius), math.ceil(centre[1] + radius)):
            half = math.sqrt(max(radius**2 - (y + 0.5 - centre[1]) ** 2, 0))
            self.span(y, centre[0] - half, centre[0] + half, shade)

    def ring(self, centre: Point, radius: float, width: float, shade: int) -> None:
        outer, inner = radius + width / 2, radius - width / 2
        for y in range(math.floor(centre[1] - outer), math.ceil(centre[1] + outer)):
            away = (y + 0.5 - centre[1]) ** 2
            far, near = math.sqrt(max(outer**2 - away, 0)), math.sqrt(max(inner**2 - away, 0))
            self.span(y, centre[0] - far, centre[0] - near, shade)
            self.span(y, centre[0] + near, centre[0] + far, shade)

    def stroke(self, points: Sequence[Point], width: float, shade: int) -> None:
        """A line with round ends and joints."""
        for point in points:
            self.disc(point, width / 2, shade)
        for (x1, y1), (x2, y2) in pairwise(points):
            length = math.hypot(x2 - x1, y2 - y1) or 1
            dx, dy = (y2 - y1) / length * width / 2, (x1 - x2) / length * width / 2
            self.polygon([(x1 + dx, y1 + dy), (x2 + dx, y2 + dy), (x2 - dx, y2 - dy), (x1 - dx, y1 - dy)], shade)

    def iris(self, centre: Point, radius: float) -> None:
        """Black outside a circle, as silent films open and close."""
        for y in range(HEIGHT):
            half = math.sqrt(max(radius**2 - (y + 0.5 - centre[1]) ** 2, 0))
            self.span(y, 0, centre[0] - half, INK)
            self.span(y, centre[0] + half, WIDTH, INK)

    def planes(self) -> bytes:
        """The picture as ffmpeg's ``gbrp``: the green, blue and red planes."""
        channels = [bytes(int(colour[at : at + 2], 16) for colour in PALETTE) for at in (3, 5, 1)]
        return b"".join(self.pixels.translate(channel.ljust(256, b"\0")) for channel in channels)


def arc(x: float, y: float, radius: float, begin_deg: float, end_deg: float) -> list[Point]:
    steps = 40
    angles = [math.radians(begin_deg + (end_deg - begin_deg) * step / steps) for step in range(steps + 1)]
    return [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]


DIGITS: dict[int, list[list[Point]]] = {  # strokes in a box one wide and 1.4 high
    1: [[(0.28, 0.24), (0.56, 0), (0.56, 1.4)]],
    2: [[*arc(0.5, 0.4, 0.4, -170, 38), (0.1, 1.4), (0.93, 1.4)]],
    3: [[*arc(0.48, 0.34, 0.34, -150, 90)], [*arc(0.48, 1.03, 0.37, -90, 150)]],
    4: [[(0.7, 1.4), (0.7, 0), (0.06, 1.0), (0.98, 1.0)]],
    5: [[(0.86, 0), (0.24, 0), (0.18, 0.62), *arc(0.48, 0.96, 0.44, -125, 145)]],
    6: [[*arc(0.5, 0.97, 0.43, 0, 360)], [(0.72, 0), (0.14, 0.76)]],
    7: [[(0.08, 0), (0.92, 0), (0.38, 1.4)]],
    8: [[*arc(0.5, 0.33, 0.33, 0, 360)], [*arc(0.5, 1.02, 0.38, 0, 360)]],
}


def frames() -> Iterator[bytes]:
    for number in range(DURATION_S * FRAMES_PER_S):
        at_s = number / FRAMES_PER_S
        canvas = leader(number) if at_s < COUNT_FROM else night((at_s - COUNT_FROM) / (DURATION_S - COUNT_FROM))
        yield canvas.planes()


def leader(number: int) -> Canvas:
    """A second per digit: the hand goes once around."""
    second, step = divmod(number, FRAMES_PER_S)
    canvas = Canvas(PAPER)
    turn_deg = 360 * (step + 1) / FRAMES_PER_S - 90
    canvas.polygon([CENTRE, *arc(*CENTRE, WIDTH, -90, turn_deg)], SHADE)
    canvas.stroke([CENTRE, arc(*CENTRE, WIDTH, turn_deg, turn_deg)[0]], 6, LINE)
    canvas.stroke([(0, CENTRE[1]), (WIDTH, CENTRE[1])], 5, LINE)
    canvas.stroke([(CENTRE[0], 0), (CENTRE[0], HEIGHT)], 5, LINE)
    canvas.ring(CENTRE, 410, 10, LINE)
    canvas.disc(CENTRE, 352, LINE)
    canvas.disc(CENTRE, 340, PAPER)
    for x in (90, WIDTH - 90):
        for y in (90, HEIGHT - 90):
            canvas.stroke([(x - 34, y), (x + 34, y)], 5, LINE)
            canvas.stroke([(x, y - 34), (x, y + 34)], 5, LINE)
    size = 300
    left, top = CENTRE[0] - size / 2, CENTRE[1] - 0.7 * size
    for stroke in DIGITS[COUNT_FROM - second]:
        canvas.stroke([(left + x * size, top + y * size) for x, y in stroke], 66, INK)
    if number % 37 < 2:  # a scratch on the film
        x = 170 + number * 61 % 1360
        canvas.stroke([(x, 0), (x + 9, HEIGHT)], 3, STAR)
    return canvas


def night(progress: float) -> Canvas:
    """The moon rises, windows light up, the iris opens and closes. ``progress`` runs from 0 to 1."""
    canvas = Canvas(SKY)
    moon = (1090.0, 900 - 560 * math.sin(progress * math.pi / 2))
    canvas.disc(moon, 330, HAZE)
    for number in range(46):
        x, y = number * 397 % WIDTH, number * 211 % 620
        if math.hypot(x - moon[0], y - moon[1]) > 350:
            canvas.disc((x, y), 2.5 + number % 3, STAR)
    canvas.disc(moon, 240, MOON)
    for dx, dy, radius in ((-80, -70, 46), (60, 30, 64), (-30, 110, 30), (110, -110, 24)):
        canvas.disc((moon[0] + dx, moon[1] + dy), radius, CRATER)
    left = 0
    for number in range(12):
        width, top = 110 + number * 67 % 80, 640 + number * 83 % 150
        canvas.polygon([(left, HEIGHT), (left, top), (left + width, top), (left + width, HEIGHT)], ROOF)
        if number % 3 == 1:
            canvas.polygon([(left - 12, top), (left + width / 2, top - 90), (left + width + 12, top)], ROOF)
        if number % 3 == 2:
            canvas.polygon([(left + 22, top), (left + 22, top - 62), (left + 52, top - 62), (left + 52, top)], ROOF)
        for window in range(6):
            if (number * 5 + window * 7) % 11 / 11 < progress * 0.8:
                x, y = left + 24 + window % 2 * (width // 2 - 6), top + 40 + window // 2 * 84
                canvas.polygon([(x, y), (x + 30, y), (x + 30, y + 44), (x, y + 44)], LAMP)
        left += width
    openness = min(progress / 0.2, 1.0, (1 - progress) / 0.2)
    canvas.iris((moon[0] - 160 * openness, min(moon[1], 560) - 40), 1180 * openness**2)
    return canvas


def tones(language: Language) -> bytes:
    """A blip per second of the countdown, then the language's chord, note by note; 16-bit mono."""
    notes = [(float(second), language.chord[-1] * (2 if second == COUNT_FROM - 1 else 1), 0.12) for second in range(8)]
    notes += [(COUNT_FROM + 0.3 * index, hertz, 3.4 - 0.3 * index) for index, hertz in enumerate(language.chord)]
    track = [0.0] * (DURATION_S * SOUND_HZ - ENCODER_DELAY)
    for begin_s, hertz, length_s in notes:
        first = round(begin_s * SOUND_HZ)
        for step in range(round(length_s * SOUND_HZ)):
            at_s = step / SOUND_HZ
            swell = min(at_s / 0.02, 1.0, (length_s - at_s) / (length_s * 0.7))
            if first + step < len(track):
                track[first + step] += 0.14 * swell * math.sin(2 * math.pi * hertz * at_s)
    return array("h", (round(value * 32_767) for value in track)).tobytes()


def main(folder: Path) -> None:
    ffmpeg = find_ffmpeg()
    for old in folder.glob("*"):
        if old.is_dir():
            shutil.rmtree(old)
    with tempfile.TemporaryDirectory() as scratch:
        film = Path(scratch) / "film.mkv"
        draw(ffmpeg, film)
        for rendition in RENDITIONS:
            scale = f"scale={rendition.width}:{rendition.height}:flags=area:out_color_matrix=bt709:out_range=tv"
            picture = (
                f"-vf {scale} -c:v libx264 -preset veryslow -tune animation -refs 4 -profile:v main -pix_fmt yuv420p"
            )
            keys = f"-g {SEGMENT_S * FRAMES_PER_S} -keyint_min {SEGMENT_S * FRAMES_PER_S} -sc_threshold 0"
            colours = "-colorspace bt709 -color_primaries bt709 -color_trc bt709"
            options = f"-an {picture} -crf {rendition.quality} {keys} {colours}".split()
            cut(ffmpeg, film, options, folder / f"video-{rendition.height}")
        for language in LANGUAGES:
            sound = Path(scratch) / f"{language.tag}.wav"
            with wave.open(str(sound), "wb") as file:
                file.setparams((1, 2, SOUND_HZ, 0, "NONE", ""))
                file.writeframes(tones(language))
            cut(ffmpeg, sound, ["-vn", "-c:a", "aac", "-b:a", "32k"], folder / f"audio-{language.tag}")
            write_subtitles(language, folder / f"subtitles-{language.tag}")
    (folder / "master.m3u8").write_text(master(folder), encoding="utf-8")


def find_ffmpeg() -> str:
    """The ffmpeg on PATH, or the one that imageio-ffmpeg carries."""
    found = shutil.which("ffmpeg")
    return found or str(importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe())


def draw(ffmpeg: str, film: Path) -> None:
    """The frames as one lossless file, so that each rendition starts from the same."""
    source = f"-f rawvideo -pix_fmt gbrp -s {WIDTH}x{HEIGHT} -r {FRAMES_PER_S} -i -".split()
    command = [ffmpeg, "-v", "error", *source, "-c:v", "ffv1", str(film)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for frame in frames():
            process.stdin.write(frame)
    if process.returncode:
        sys.exit(f"ffmpeg ended with {process.returncode}")


def cut(ffmpeg: str, source: Path, options: Sequence[str], folder: Path) -> None:
    """Encodes ``source`` into segments with their playlist (fragmented MP4, RFC 8216)."""
    folder.mkdir(parents=True)
    exact = ["-threads", "1", "-map_metadata", "-1", "-fflags", "+bitexact", "-flags", "+bitexact"]
    pack = f"-f hls -hls_time {SEGMENT_S} -hls_playlist_type vod -hls_flags independent_segments".split()
    names = ["-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "init.mp4"]
    names += ["-hls_segment_options", "movflags=+negative_cts_offsets"]  # the first frame is shown at zero
    segments = ["-hls_segment_filename", str(folder / "%d.m4s")]
    playlist = str(folder / "index.m3u8")
    command = [ffmpeg, "-v", "error", "-i", str(source), *options, *exact, *pack, *names, *segments, playlist]
    subprocess.run(command, check=True)


def write_subtitles(language: Language, folder: Path) -> None:
    """WebVTT in segments of the picture's length, on the picture's time line (RFC 8216, 3.5)."""
    folder.mkdir(parents=True)
    cue_s = DURATION_S / len(language.lines)
    playlist = ["#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{SEGMENT_S}"]
    playlist += ["#EXT-X-MEDIA-SEQUENCE:0", "#EXT-X-PLAYLIST-TYPE:VOD"]
    for segment in range(DURATION_S // SEGMENT_S):
        text = ["WEBVTT", "X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000", ""]
        for number, line in enumerate(language.lines):
            begin_s = number * cue_s
            if segment * SEGMENT_S <= begin_s < (segment + 1) * SEGMENT_S:
                text += [f"00:00:{begin_s + 0.1:06.3f} --> 00:00:{begin_s + cue_s - 0.1:06.3f}", line, ""]
        (folder / f"{segment}.vtt").write_text("\n".join(text), encoding="utf-8")
        playlist += [f"#EXTINF:{SEGMENT_S:.6f},", f"{segment}.vtt"]
    (folder / "index.m3u8").write_text("\n".join([*playlist, "#EXT-X-ENDLIST", ""]), encoding="utf-8")


def master(folder: Path) -> str:
    """The playlist of playlists, with the bit rates that the segments really have."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS", ""]
    for kind in ("AUDIO", "SUBTITLES"):
        group = kind.lower()
        for language in LANGUAGES:
            is_default = "YES" if kind == "AUDIO" and language is LANGUAGES[0] else "NO"
            path = f"{group}-{language.tag}/index.m3u8"
            extra = ',CHANNELS="1"' if kind == "AUDIO" else ",FORCED=NO"
            lines.append(
                f'#EXT-X-MEDIA:TYPE={kind},GROUP-ID="{group}",NAME="{language.name}",LANGUAGE="{language.tag}",'
                f'DEFAULT={is_default},AUTOSELECT=YES{extra},URI="{path}"'
            )
    sound = [rates(folder / f"audio-{language.tag}") for language in LANGUAGES]
    for rendition in RENDITIONS:
        video = folder / f"video-{rendition.height}"
        peak, average = (max(values) for values in zip(*sound, strict=True))
        video_peak, video_average = rates(video)
        lines += [
            "",
            (
                f"#EXT-X-STREAM-INF:BANDWIDTH={peak + video_peak},AVERAGE-BANDWIDTH={average + video_average},"
                f'CODECS="{codec(video)},mp4a.40.2",RESOLUTION={rendition.width}x{rendition.height},'
                f'FRAME-RATE={FRAMES_PER_S}.000,AUDIO="audio",SUBTITLES="subtitles",CLOSED-CAPTIONS=NONE'
            ),
            f"{video.name}/index.m3u8",
        ]
    return "\n".join([*lines, ""])


def rates(folder: Path) -> tuple[int, int]:
    """The highest and the average bits per second of a playlist's segments."""
    parts = re.findall(r"#EXTINF:([\d.]+),\n(\S+)", (folder / "index.m3u8").read_text())
    bits = [(folder / name).stat().st_size * 8 for _, name in parts]
    durations_s = [float(duration) for duration, _ in parts]
    peak = max(size / duration for size, duration in zip(bits, durations_s, strict=True))
    return math.ceil(peak), math.ceil(sum(bits) / sum(durations_s))


def codec(folder: Path) -> str:
    """The codec's name (RFC 6381) from the decoder configuration in the first file."""
    head = (folder / "init.mp4").read_bytes()
    profile, constraints, level = struct.unpack_from("BBB", head, head.index(b"avcC") + 5)
    return f"avc1.{profile:02x}{constraints:02x}{level:02x}"


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE)
