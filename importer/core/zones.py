"""Time zones by the names they have, and by those that people give them instead: these are asked about, never taken."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from importer.core.near import did_you_mean
from importer.core.wording import closest

if TYPE_CHECKING:
    from collections.abc import Mapping

_GERMAN = ("Europe/Berlin", "Europe/Vienna", "Europe/Zurich")
_EASTERN, _CENTRAL, _MOUNTAIN, _PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"

ABBREVIATIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "mez": _GERMAN,
        "mesz": _GERMAN,
        "cest": ("Europe/Berlin", "Europe/Paris", "Europe/Madrid"),
        "bst": ("Europe/London",),
        "wez": ("Europe/Lisbon",),
        "wesz": ("Europe/Lisbon",),
        "west": ("Europe/Lisbon",),
        "oez": ("Europe/Athens", "Europe/Helsinki"),
        "oesz": ("Europe/Athens", "Europe/Helsinki"),
        "eest": ("Europe/Athens", "Europe/Helsinki"),
        "et": (_EASTERN,),
        "edt": (_EASTERN,),
        "ct": (_CENTRAL,),
        "cdt": (_CENTRAL,),
        "cst": (_CENTRAL, "Asia/Shanghai"),
        "mt": (_MOUNTAIN,),
        "mdt": (_MOUNTAIN,),
        "pt": (_PACIFIC,),
        "pst": (_PACIFIC,),
        "pdt": (_PACIFIC,),
        "ist": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
        "jst": ("Asia/Tokyo",),
        "aest": ("Australia/Sydney", "Australia/Brisbane"),
        "aedt": ("Australia/Sydney",),
        "nzst": ("Pacific/Auckland",),
        "nzdt": ("Pacific/Auckland",),
    }
)
"""What clocks call themselves (tz database) and is no zone's name, and the German names of the European ones."""

LIKENESS = 0.8
"""Share of letters in common from which a city is taken for a misspelled one (difflib's ratio)."""
SHORTEST = 5
"""Letters from which a zone is looked for by likeness: shorter texts are abbreviations, one letter from others."""


@cache
def find_zone(name: str) -> ZoneInfo | None:
    """Gives the zone for an IANA or Windows name in any case, or None.

    Windows names come from CLDR's windowsZones (https://cldr.unicode.org), territory 001.
    """
    key = _iana_names().get(" ".join(name.split()).casefold())
    try:
        return None if key is None else ZoneInfo(key)
    except (ZoneInfoNotFoundError, OSError, ValueError):  # CLDR can name a zone this machine has no data for
        return None


@cache
def zone_names() -> tuple[str, ...]:
    """Gives all names that `find_zone` knows, as they are spelled."""
    return (*sorted(available_timezones()), *sorted(_windows_names()))


@cache
def zone_hint(text: str) -> str:
    """Gives ' (did you mean …?)' with the zones that a city, an abbreviation or a misspelling most likely means."""
    wanted = _plain(text)
    if known := ABBREVIATIONS.get(wanted) or _cities().get(wanted):
        return did_you_mean(known)
    if len(wanted) < SHORTEST:
        return ""
    alike = closest(text, (name for name in zone_names() if _digits(name) == _digits(text)))
    near = get_close_matches(wanted, _cities(), n=1, cutoff=LIKENESS)
    return alike or (did_you_mean(_cities()[near[0]]) if near else "")


@cache
def _cities() -> dict[str, tuple[str, ...]]:
    """Gives {last part of an IANA name: the names that end in it}, nearly always one."""
    cities: dict[str, list[str]] = defaultdict(list)
    for name in sorted(available_timezones()):
        area, _, city = name.rpartition("/")
        if area and not area.startswith("Etc"):
            cities[_plain(city)].append(name)
    return {city: tuple(names) for city, names in cities.items()}


def _plain(text: str) -> str:
    """Gives the text without accents, case, and underscores, which stand for blanks in IANA names."""
    letters = unicodedata.normalize("NFKD", text.replace("_", " "))
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split()).casefold()


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


@cache
def _iana_names() -> dict[str, str]:
    """Maps every known name, case folded, to its IANA name."""
    windows = _windows_names()
    return {name.casefold(): windows.get(name, name) for name in zone_names()}


def _windows_names() -> dict[str, str]:
    from tzlocal.windows_tz import win_tz  # noqa: PLC0415 - only where a zone is looked up, never for --help

    return win_tz
