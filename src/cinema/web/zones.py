"""Time zones to choose from, by the names of cities that people know."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import available_timezones

from babel import Locale

from cinema.contracts.text import Language
from cinema.kit.wording import gmt
from cinema.kit.zones import zone

ZONES = tuple(
    """
    Pacific/Honolulu America/Anchorage America/Los_Angeles America/Denver America/Chicago America/Mexico_City
    America/New_York America/Bogota America/Toronto America/Halifax America/Caracas America/Sao_Paulo
    America/Buenos_Aires Atlantic/Azores UTC Europe/London Europe/Lisbon Africa/Lagos Europe/Berlin
    Europe/Paris Europe/Madrid Europe/Rome Europe/Belgrade Europe/Warsaw Europe/Prague Europe/Kaliningrad
    Europe/Kiev Europe/Chisinau Europe/Helsinki Europe/Riga Europe/Vilnius Europe/Tallinn Europe/Athens
    Africa/Cairo Africa/Johannesburg Asia/Jerusalem Europe/Moscow Europe/Minsk Europe/Istanbul Africa/Nairobi
    Asia/Riyadh Asia/Tehran Europe/Samara Asia/Baku Asia/Tbilisi Asia/Yerevan Asia/Dubai Asia/Kabul
    Asia/Yekaterinburg Asia/Almaty Asia/Tashkent Asia/Ashgabat Asia/Dushanbe Asia/Karachi Asia/Calcutta
    Asia/Katmandu Asia/Omsk Asia/Bishkek Asia/Dhaka Asia/Rangoon Asia/Novosibirsk Asia/Krasnoyarsk Asia/Bangkok
    Asia/Saigon Asia/Jakarta Asia/Irkutsk Asia/Shanghai Asia/Ulaanbaatar Asia/Singapore Australia/Perth
    Asia/Yakutsk Asia/Tokyo Asia/Seoul Australia/Adelaide Asia/Vladivostok Australia/Sydney Asia/Magadan
    Asia/Kamchatka Pacific/Auckland Pacific/Tongatapu Pacific/Kiritimati
    """.split()  # noqa: SIM905 - names read better than ninety lines
)
"""One or more for every clock that millions live by, spelt as browsers and CLDR do; any other may be given too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A zone (its IANA ``name``) and how people call it: ``Москва (GMT+3)``."""

    name: str
    label: str


def places(*, language: Language, now: datetime, chosen: str) -> tuple[Place, ...]:
    """The zones to choose from, from west to east, and among them the ``chosen`` one, whichever it is."""
    known = [name for name in ZONES if name in _here()]
    names = {*known, chosen} if chosen in _here() else set(known)
    locals_ = {name: now.astimezone(zone(name)) for name in names}
    titles = {name: _title(name, language) for name in names}

    def from_west_to_east(name: str) -> tuple[timedelta, str]:
        return locals_[name].utcoffset() or timedelta(0), titles[name]

    ordered = sorted(names, key=from_west_to_east)
    return tuple(Place(name=name, label=f"{titles[name]} ({gmt(locals_[name])})") for name in ordered)


@cache
def _here() -> frozenset[str]:
    """The zones that this machine knows."""
    return frozenset(available_timezones())


@cache
def _title(name: str, language: Language) -> str:
    """The city that gave the zone its name; Babel's own function asks for it by a name that its data do not have."""
    named = Locale.parse(language.value).time_zones.get(name, {}).get("city")
    return named or name.rpartition("/")[2].replace("_", " ")
