"""Our own capitals, Latin and Cyrillic, drawn as strokes.

A letter is 100 units high, from 0 at the top to 100 on the line. Strokes that end
on either border run past it and are cut off there, so that every end is flat.
What hangs below or stands above (tails, marks) is drawn apart and not cut.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyph:
    """``body`` is cut at both borders, ``tail`` is not, ``dots`` are as wide as the stroke.

    ``left`` and ``right`` add to the space beside the letter; they are negative
    where a round or slanting side would leave a hole.
    """

    width: float
    body: str = ""
    tail: str = ""
    dots: tuple[tuple[float, float], ...] = ()
    left: float = 0
    right: float = 0


ROUND, SLANT, OPEN = -4, -4, -4

O_SHAPE = "M48 0A48 50 0 0 1 48 100A48 50 0 0 1 48 0Z"
B_SHAPE = "M0 48H24A24 24 0 0 0 24 0H0V100H27A26 26 0 0 0 27 48H20"
P_SHAPE = "M0 120V0H26A27 27 0 0 1 26 54H0"
SOFT_SHAPE = "M0 -20V100H26A27 27 0 0 0 26 46H0"
C_SHAPE = "M83.7 16.5A48 50 0 1 0 83.7 83.5"
E_SHAPE = "M50 0H0V100H50M0 49H44"
THREE = (
    "M3 13C8 4 15 0 25 0C40 0 49 10 49 24C49 39 38 48 24 48H15M24 48C41 48 52 58 52 74"
    "C52 90 40 100 25 100C12 100 4 94 -1 84"
)


GLYPHS: Mapping[str, Glyph] = MappingProxyType(
    {
        "A": Glyph(width=84, body="M-8.4 120L42 0L92.4 120M14.7 65H69.3", left=SLANT, right=SLANT),
        "B": Glyph(width=53, body=B_SHAPE, right=ROUND),
        "C": Glyph(width=80, body=C_SHAPE, left=ROUND, right=OPEN),
        "D": Glyph(width=74, body="M0 0H24A50 50 0 0 1 24 100H0Z", right=ROUND),
        "E": Glyph(width=50, body=E_SHAPE, right=OPEN),
        "F": Glyph(width=48, body="M50 0H0V120M0 50H44", right=SLANT),
        "G": Glyph(width=94, body="M83.7 16.5A48 50 0 1 0 96 54H58", left=ROUND, right=ROUND),
        "H": Glyph(width=66, body="M0 -20V120M66 -20V120M0 50H66"),
        "I": Glyph(width=0, body="M0 -20V120"),
        "J": Glyph(width=36, body="M36 -20V66C36 88 22 100 6 100H-2", left=OPEN),
        "K": Glyph(width=64, body="M0 -20V120M83.4 -20L0 58M20 39.3L81.2 120", right=SLANT),
        "L": Glyph(width=46, body="M0 -20V100H46", right=SLANT),
        "M": Glyph(width=92, body="M0 120V0L46 72L92 0V120"),
        "N": Glyph(width=70, body="M0 120V0L70 100V-20"),
        "O": Glyph(width=96, body=O_SHAPE, left=ROUND, right=ROUND),
        "P": Glyph(width=53, body=P_SHAPE, right=OPEN),
        "Q": Glyph(width=96, body=O_SHAPE, tail="M58 66L96 112", left=ROUND, right=ROUND),
        "R": Glyph(width=57, body="M0 120V0H25A26 26 0 0 1 25 52H0M24 52L73 120", right=OPEN),
        "S": Glyph(
            width=54,
            body="M51 15C46 5 38 0 27 0C12 0 3 10 3 25C3 57 54 41 54 74C54 90 42 100 27 100C14 100 5 94 0 83",
            left=ROUND,
            right=ROUND,
        ),
        "T": Glyph(width=68, body="M0 0H68M34 0V120", left=SLANT, right=SLANT),
        "U": Glyph(width=68, body="M0 -20V66A34 34 0 0 0 68 66V-20"),
        "V": Glyph(width=80, body="M-8 -20L40 100L88 -20", left=SLANT, right=SLANT),
        "W": Glyph(width=120, body="M-6.4 -20L32 100L60 8L88 100L126.4 -20", left=SLANT, right=SLANT),
        "X": Glyph(width=72, body="M-14.4 -20L86.4 120M86.4 -20L-14.4 120", left=SLANT, right=SLANT),
        "Y": Glyph(width=72, body="M-13.8 -20L36 52L85.8 -20M36 50V120", left=SLANT, right=SLANT),
        "Z": Glyph(width=64, body="M2 0H62L0 100H64", left=OPEN, right=OPEN),
        "Ø": Glyph(width=96, body=O_SHAPE, tail="M12 112L84 -12", left=ROUND, right=ROUND),
        "Ł": Glyph(width=46, body="M0 -20V100H46M-18 64L26 36", right=SLANT),
        "Б": Glyph(width=53, body="M50 0H0V100H26A27 27 0 0 0 26 46H0", right=ROUND),
        "Г": Glyph(width=46, body="M50 0H0V120", right=SLANT),
        "Д": Glyph(width=78, body="M14 100C24 76 26 40 26 0H64V100M-2 100H80", tail="M0 100V122M78 100V122", left=OPEN),
        "Ж": Glyph(
            width=104,
            body="M52 -20V120M117.6 -20L52 54.5M64 40.9L118.7 120M-13.6 -20L52 54.5M40 40.9L-14.7 120",
            left=SLANT,
            right=SLANT,
        ),
        "З": Glyph(width=52, body=THREE, left=OPEN, right=ROUND),
        "И": Glyph(width=70, body="M0 -20V100L70 0V120"),
        "Л": Glyph(width=68, body="M-4 100C18 100 20 72 20 0H68V120", left=OPEN),
        "П": Glyph(width=66, body="M0 120V0H66V120"),
        "У": Glyph(width=70, body="M79 -20L31 86C26 97 20 100 6 100M-11.2 -20L38 68", left=SLANT, right=SLANT),
        "Ф": Glyph(width=104, body="M52 -20V120M52 12A52 36 0 0 1 52 84A52 36 0 0 1 52 12Z", left=ROUND, right=ROUND),
        "Ц": Glyph(width=76, body="M0 -20V100H78M62 -20V100", tail="M76 100V122"),
        "Ч": Glyph(width=62, body="M0 -20V32C0 50 10 58 28 58H62M62 -20V120", left=ROUND),
        "Ш": Glyph(width=100, body="M0 -20V100H100V-20M50 -20V100"),
        "Щ": Glyph(width=110, body="M0 -20V100H112M50 -20V100M98 -20V100", tail="M110 100V122"),
        "Ъ": Glyph(width=73, body="M-4 0H20V100H46A27 27 0 0 0 46 46H20", left=OPEN, right=ROUND),
        "Ы": Glyph(width=76, body=f"{SOFT_SHAPE}M76 -20V120"),
        "Ь": Glyph(width=53, body=SOFT_SHAPE, right=ROUND),
        "Э": Glyph(width=80, body="M-3 16.5A48 50 0 1 1 -3 83.5M34 50H80", left=OPEN, right=ROUND),
        "Ю": Glyph(width=116, body="M0 -20V120M0 50H28M72 0A44 50 0 0 1 72 100A44 50 0 0 1 72 0Z", right=ROUND),
        "Я": Glyph(width=57, body="M57 120V0H32A26 26 0 0 0 32 52H57M33 52L-16 120", left=OPEN),
        "Є": Glyph(width=80, body=f"{C_SHAPE}M2 50H56", left=ROUND, right=OPEN),
        "0": Glyph(width=64, body="M32 0A32 50 0 0 1 32 100A32 50 0 0 1 32 0Z", left=ROUND, right=ROUND),
        "1": Glyph(width=30, body="M-6 24L28 0V120", right=6),
        "2": Glyph(width=62, body="M3 24C7 8 17 0 31 0C48 0 59 11 59 27C59 56 14 66 2 100H62"),
        "3": Glyph(width=52, body=THREE, left=OPEN, right=ROUND),
        "4": Glyph(width=68, body="M52 120V0L0 72H70", left=OPEN),
        "5": Glyph(
            width=56, body="M54 0H8L3 46C10 40 18 37 27 37C44 37 56 50 56 68C56 87 44 100 26 100C14 100 5 95 0 86"
        ),
        "6": Glyph(width=64, body="M32 36A32 32 0 0 1 32 100A32 32 0 0 1 32 36ZM63 -20L5 52", left=ROUND, right=ROUND),
        "7": Glyph(width=56, body="M0 0H56L8 120", left=OPEN, right=OPEN),
        "8": Glyph(
            width=58, body="M29 0A24 24 0 0 1 29 48A24 24 0 0 1 29 0ZM29 48A29 26 0 0 1 29 100A29 26 0 0 1 29 48Z"
        ),
        "9": Glyph(width=64, body="M32 0A32 32 0 0 1 32 64A32 32 0 0 1 32 0ZM59 48L1 120", left=ROUND, right=ROUND),
        ".": Glyph(width=0, dots=((0, 100),), left=-2, right=-2),
        ",": Glyph(width=0, tail="M3 94L-7 122", left=-6, right=-6),
        ":": Glyph(width=0, dots=((0, 36), (0, 100))),
        ";": Glyph(width=0, tail="M3 94L-7 122", dots=((0, 36),)),
        "!": Glyph(width=0, body="M0 -20V66", dots=((0, 100),)),
        "?": Glyph(width=52, body="M0 21C4 7 14 0 26 0C42 0 52 10 52 25C52 46 26 44 26 68", dots=((26, 100),)),
        "-": Glyph(width=32, body="M0 54H32", left=OPEN, right=OPEN),
        "–": Glyph(width=64, body="M0 54H64", left=OPEN, right=OPEN),
        "'": Glyph(width=0, body="M0 -20V26", left=-6, right=-6),
        '"': Glyph(width=28, body="M0 -20V26M28 -20V26", left=-6, right=-6),
        "«": Glyph(width=48, body="M22 28L0 52L22 76M48 28L26 52L48 76"),
        "»": Glyph(width=48, body="M0 28L22 52L0 76M26 28L48 52L26 76"),
        "(": Glyph(width=20, tail="M20 -10C-5 22 -5 78 20 110"),
        ")": Glyph(width=20, tail="M0 -10C25 22 25 78 0 110"),
        "&": Glyph(
            width=78,
            body="M86 120L16 32C6 18 14 0 31 0C44 0 52 10 49 21C44 42 2 44 2 74C2 91 14 100 29 100C52 100 67 80 70 50",
        ),
        "/": Glyph(width=50, body="M-10 120L60 -20", left=SLANT, right=SLANT),
        "+": Glyph(width=56, body="M0 54H56M28 26V82"),
        "·": Glyph(width=0, dots=((0, 52),)),
        "°": Glyph(width=32, body="M16 2A16 16 0 0 1 16 34A16 16 0 0 1 16 2Z"),
        " ": Glyph(width=22),
    }
)

TWINS: Mapping[str, str] = MappingProxyType(
    dict(zip("АВЕКМНОРСТХІЈЅ", "ABEKMHOPCTXIJS", strict=True))
    | {
        "’": "'",
        "‘": "'",
        "ʼ": "'",
        "`": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "—": "–",
        "−": "–",
        "‑": "-",
        "\u00a0": " ",
    }
    | {"…": "...", "№": "N°", "Æ": "AE", "Œ": "OE", "Đ": "D", "×": "X", "[": "(", "]": ")"}
)
"""Letters and signs that look like others that we have."""

KERNING: Sequence[tuple[str, str, float]] = (
    ("АAЛД", "TVYWЧУ'", -15),
    ("TГPFVYWУР", "AЛДJ.,", -15),
    ("TГ", "OCGЄSЭЗФ", -7),
    ("L", "TVYW'", -16),
    ("KXRЖ", "OCGФ", -7),
    ("O", "ЖXУ", -4),
    ("AK", "I1", 3),
)
"""What moves closer to what (or away from it): letters before, letters after, hundredths of a capital."""

MARKS: Mapping[str, str] = MappingProxyType(
    {
        "\u0300": "M-20 -38L6 -20",
        "\u0301": "M20 -38L-6 -20",
        "\u0302": "M-20 -20L0 -38L20 -20",
        "\u0303": "M-24 -24C-12 -42 10 -16 24 -34",
        "\u0304": "M-22 -28H22",
        "\u0306": "M-22 -38C-16 -20 16 -20 22 -38",
        "\u0307": "M0 -36V-22",
        "\u0308": "M-17 -37V-23M17 -37V-23",
        "\u030a": "M0 -42A11 11 0 0 1 0 -20A11 11 0 0 1 0 -42Z",
        "\u030b": "M2 -38L-14 -20M26 -38L10 -20",
        "\u030c": "M-20 -38L0 -20L20 -38",
        "\u0327": "M4 100L-8 124",
        "\u0328": "M0 100L12 122",
    }
)
"""Accents over (or under) the middle of the letter before them, by combining character."""
