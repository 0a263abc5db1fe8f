"""A name for a device, from what its browser says of itself."""

UNKNOWN = "unknown device"

PROGRAMS = (
    ("YaBrowser/", "Yandex Browser"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("VLC/", "VLC"),
    ("AppleCoreMedia/", "Apple player"),
)
"""Marks in the User-Agent, the telling ones first: most programs also claim to be the later ones."""

SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_name(user_agent: str | None) -> str:
    """For example ``Firefox, Linux``; only known names, so that nothing of a header is shown to others."""
    text = user_agent or ""
    found = [next((name for mark, name in marks if mark in text), None) for marks in (PROGRAMS, SYSTEMS)]
    return ", ".join(name for name in found if name) or UNKNOWN
