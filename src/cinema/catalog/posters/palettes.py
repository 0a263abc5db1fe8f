"""Colours, chosen by hand in sets that go together, and the moods that they make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

LINEAR = 0.04045
"""Below this a channel grows in proportion (sRGB, IEC 61966-2-1)."""
VISIBLE = 2.0
"""The contrast from which two areas are clearly two."""


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    darker, brighter = sorted((luminance(one), luminance(other)))
    return (brighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (((value + 0.055) / 1.055) ** 2.4 if value > LINEAR else value / 12.92 for value in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """``deep`` and ``light`` carry the lettering on each other; the others are for the picture."""

    sky: str
    deep: str
    mid: str
    accent: str
    light: str
    soft: str

    @property
    def bold(self) -> str:
        """What stands out on `light`: the accent, unless it is too pale."""
        return self.accent if contrast(self.accent, self.light) >= VISIBLE else self.mid


def palettes(*rows: str) -> tuple[Palette, ...]:
    """Sets written as six colours: sky, deep, mid, accent, light, soft."""
    made = []
    for row in rows:
        sky, deep, mid, accent, light, soft = (f"#{colour}" for colour in row.split())
        made.append(Palette(sky=sky, deep=deep, mid=mid, accent=accent, light=light, soft=soft))
    return tuple(made)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """Colours and lettering that belong together. ``weight`` is the stroke in hundredths of a capital's height."""

    palettes: Sequence[Palette]
    weight: int
    spacing: int


MOODS: Mapping[str, Mood] = MappingProxyType(
    {
        "noir": Mood(
            palettes=palettes(
                "2b3a4a 0d1117 4a5d70 e8b931 f1ead9 8fa3b0",
                "45454b 101013 6d6d74 c8102e efe9dd a5a19a",
                "274150 0a1216 3f5a63 ff7a3c f4ead2 7fa09d",
                "463c5a 14101f 6e5f8a f2c14e f3ead9 a99bc0",
                "8a7a5c 17130d 5c4f3a d1361f f4ead0 b7a680",
            ),
            weight=13,
            spacing=22,
        ),
        "horror": Mood(
            palettes=palettes(
                "8c1218 12060a 4a0a10 f0b440 f5e8cc c44d42",
                "2d4033 090f0b 516849 c3d941 eef0d4 8fa171",
                "3d2758 0d0716 6b3c86 ff4d4d f3e3dc 8c5aa0",
                "c8432b 140b0b 6f1d1a f6c667 f8ead2 e08552",
                "3b4a52 0c1013 66797f d9381e eee6d6 9fb0ae",
            ),
            weight=15,
            spacing=16,
        ),
        "future": Mood(
            palettes=palettes(
                "143d69 07142b 1f5f8b ff6b35 fdf0d5 5fa8d3",
                "452380 12062b 6f3fa0 f9c80e fbeaff c17fd9",
                "0f5257 04191d 1d7d7a f25f5c f6f1d1 70c1b3",
                "e4572e 1d1128 7c2f44 ffc914 fff3da f29559",
                "264653 0b1a21 2a9d8f e9c46a fdf6e3 8ab8a8",
            ),
            weight=12,
            spacing=26,
        ),
        "merry": Mood(
            palettes=palettes(
                "f4b41a 1c1b2e e8743b d7263d fff5df fbd87a",
                "ef767a 23153c b64a78 ffe347 fff4e6 f9b4a6",
                "49beaa 10312f 2b8a80 f7b32b fdf8e6 a7e0d2",
                "f78154 2a1a1f b4433c ffd25a fff2df f9bd8f",
                "6cb4d9 16243d 3c7fb1 f25c54 fff6e5 b5dcef",
            ),
            weight=21,
            spacing=14,
        ),
        "tender": Mood(
            palettes=palettes(
                "d1495b 2a0f1e 8d2b49 edae49 fdeee0 eb8f8f",
                "e8a0a8 361625 b85c75 9c1f4a fff0ea f4c9c4",
                "5b2a4e 1f0c1f 8a4574 f28f79 fbe9dd c98aa6",
                "f2b5a0 3a1d2c cf7767 2f6690 fff3e8 f8d6c4",
                "394a6d 121a2e 6277a0 ef8275 faeede a3b3cf",
            ),
            weight=9,
            spacing=30,
        ),
        "wide": Mood(
            palettes=palettes(
                "e09f3e 2a1610 9e4a21 b5282c fff3d6 f0c987",
                "c8553d 231310 7f2f24 f7d08a fdf0d9 e5936f",
                "588b8b 142323 33605f f28f3b fff2dd a7c4b5",
                "8a9a5b 1d2212 56632f d9592b f8f0d7 bcc795",
                "d9a566 1b2a33 3f6370 b3412c fbf0da ecd0a5",
            ),
            weight=18,
            spacing=16,
        ),
        "human": Mood(
            palettes=palettes(
                "4f6d7a 131f28 2f4858 dd6e42 f5ebdd c0d6df",
                "a44a3f 22110f 6d2e28 f0c38e f9eddc d48c72",
                "6b705c 1c1e17 454a3a e0a47f f6efe2 b7b7a4",
                "386fa4 0f1f33 24507c f4b860 f7efe0 84b6d9",
                "b08968 261a12 7f5539 21504d f7eedf ddb892",
            ),
            weight=11,
            spacing=24,
        ),
        "dream": Mood(
            palettes=palettes(
                "5f4bb6 1b1338 3e2f86 ffcf56 fdf3e7 a89be0",
                "26a69a 0c2b2f 14757a ff8a5b fdf5e0 8bd3c7",
                "3f88c5 0e1f3b 275a94 ffba08 fff6e0 93c3e6",
                "e26d5c 2b1720 9c3848 ffe1a8 fff5e4 f3a994",
                "7bb662 15291c 3f7d4a f7c548 fbf7e4 bfe0a6",
            ),
            weight=16,
            spacing=18,
        ),
        "modern": Mood(
            palettes=palettes(
                "e5dccb 141414 b9ae9a d7261e f4efe4 cfc5b2",
                "d62718 141414 8e1a10 f4d9a0 f5eddf ee7d5a",
                "f0c808 14213d dd9c06 d7263d fdf5dc f7dd72",
                "1b4965 0a1a26 2f6f92 f4a259 f3efe4 8fb8cf",
                "ddd3bf 1b1b2f a89f8d 1f6f8b f3ede0 c4baa5",
            ),
            weight=20,
            spacing=12,
        ),
        "grand": Mood(
            palettes=palettes(
                "b8862f 241507 7c5318 8f1530 fbf0d4 dcb866",
                "7d1f2b 1f090c 4d1119 e0b04b f8ead0 b85a4e",
                "2f5d50 0c1c18 1d4037 d9a441 f5edd8 86a98f",
                "41436a 14152a 2a2b4d f64668 f9eada 984063",
                "c9a66b 2b2118 8c6a3f 2e5e6e faf1de e3cfa4",
            ),
            weight=10,
            spacing=28,
        ),
    }
)

GENRE_MOODS: Mapping[str, str] = MappingProxyType(
    {
        "action": "wide",
        "adventure": "wide",
        "animation": "dream",
        "comedy": "merry",
        "crime": "noir",
        "documentary": "modern",
        "drama": "human",
        "experimental": "modern",
        "family": "dream",
        "fantasy": "dream",
        "film-noir": "noir",
        "historical": "grand",
        "horror": "horror",
        "melodrama": "tender",
        "musical": "merry",
        "mystery": "noir",
        "romance": "tender",
        "science-fiction": "future",
        "short": "modern",
        "thriller": "noir",
        "war": "wide",
        "western": "wide",
    }
)
"""The mood of each genre that the catalogue knows; others are told as `human`."""
