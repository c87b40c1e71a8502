"""Time zones by the names they have, and by those that people give them instead: these are asked about, never taken.

What Windows, Outlook, Rails or Salesforce show for a zone is a name with an offset in front, and often with several
cities: `(UTC+01:00) Amsterdam, Berlin, Bern`. It is taken where it leads to one zone: its cities that are the tz
database's keep the same clocks, and the offset is one of theirs.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from importer.core.suggestions import closest, did_you_mean, digits, most_alike
from importer.core.times.vocabulary import folded
from importer.core.times.words import ENGLISH_WORDS
from importer.core.times.zone_names import zone_names_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.core.times.words import Words

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
        "est": (_EASTERN, "America/Panama"),
        "edt": (_EASTERN,),
        "ct": (_CENTRAL,),
        "cdt": (_CENTRAL,),
        "cst": (_CENTRAL, "Asia/Shanghai"),
        "mt": (_MOUNTAIN,),
        "mst": (_MOUNTAIN, "America/Phoenix"),
        "mdt": (_MOUNTAIN,),
        "pt": (_PACIFIC,),
        "pst": (_PACIFIC,),
        "pdt": (_PACIFIC,),
        "akst": ("America/Anchorage",),
        "akdt": ("America/Anchorage",),
        "hst": ("Pacific/Honolulu",),
        "ast": ("America/Halifax", "America/Puerto_Rico"),
        "adt": ("America/Halifax",),
        "nst": ("America/St_Johns",),
        "ndt": ("America/St_Johns",),
        "msk": ("Europe/Moscow",),
        "sast": ("Africa/Johannesburg",),
        "ist": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
        "jst": ("Asia/Tokyo",),
        "aest": ("Australia/Sydney", "Australia/Brisbane"),
        "aedt": ("Australia/Sydney",),
        "acst": ("Australia/Adelaide", "Australia/Darwin"),
        "acdt": ("Australia/Adelaide",),
        "awst": ("Australia/Perth",),
        "hkt": ("Asia/Hong_Kong",),
        "kst": ("Asia/Seoul",),
        "nzst": ("Pacific/Auckland",),
        "nzdt": ("Pacific/Auckland",),
    }
)
"""What clocks call themselves (tz database) and is no zone's name, and the German names of the European ones."""
FIXED = frozenset({"est", "mst", "hst"})
"""Abbreviations that the tz database has as zones too, without summer time: who writes EST in July means New York."""

OF_THE_MACHINE = frozenset({"localtime", "factory"})
"""Names in a machine's zone data that mean its own clocks, or that nobody has set them: no zone of a meeting."""

DISPLAYED: Mapping[str, str] = MappingProxyType(
    {
        "eastern time (us & canada)": _EASTERN,
        "central time (us & canada)": _CENTRAL,
        "mountain time (us & canada)": _MOUNTAIN,
        "pacific time (us & canada)": _PACIFIC,
        "atlantic time (canada)": "America/Halifax",
        "indiana (east)": "America/Indiana/Indianapolis",
        "yangon (rangoon)": "Asia/Yangon",
        "coordinated universal time": "UTC",
        "aleutian islands": "America/Adak",
        "alaska": "America/Anchorage",
        "arizona": "America/Phoenix",
        "saskatchewan": "America/Regina",
        "central america": "America/Guatemala",
        "baja california": "America/Tijuana",
        "newfoundland": "America/St_Johns",
        "greenland": "America/Nuuk",
        "brasilia": "America/Sao_Paulo",
        "salvador": "America/Bahia",
        "city of buenos aires": "America/Argentina/Buenos_Aires",
        "cabo verde is.": "Atlantic/Cape_Verde",
        "cape verde is.": "Atlantic/Cape_Verde",
        "west central africa": "Africa/Lagos",
        "harare, pretoria": "Africa/Johannesburg",
        "abu dhabi, muscat": "Asia/Dubai",
        "ekaterinburg": "Asia/Yekaterinburg",
        "chennai, kolkata, mumbai, new delhi": "Asia/Kolkata",
        "sri jayawardenepura": "Asia/Colombo",
        "osaka, sapporo, tokyo": "Asia/Tokyo",
        "canberra, melbourne, sydney": "Australia/Sydney",
        "solomon is., new caledonia": "Pacific/Guadalcanal",
        "hawaii": "Pacific/Honolulu",
        "tzone://microsoft/utc": "UTC",
    }
)
"""Names that programs show and that hold no city of the tz database, or several of which only one has its own zone
(Windows, "Default time zones"; Rails, ActiveSupport::TimeZone::MAPPING). Those without brackets are taken with the
right offset in front alone: by itself, `Hawaii` is somewhere, and no zone."""

OF_OFFSET: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {
        -480: (_PACIFIC,),
        -420: (_MOUNTAIN,),
        -360: (_CENTRAL,),
        -300: (_EASTERN,),
        -180: ("America/Sao_Paulo",),
        0: ("Europe/London",),
        60: ("Europe/Berlin", "Europe/Paris"),
        120: ("Europe/Athens", "Europe/Helsinki"),
        180: ("Europe/Istanbul", "Europe/Moscow"),
        330: ("Asia/Kolkata",),
        480: ("Asia/Shanghai", "Asia/Singapore"),
        540: ("Asia/Tokyo",),
        600: ("Australia/Sydney",),
    }
)
"""Zones that are offered for an offset in minutes, which alone does not say when the clocks change."""

MONTHS = tuple(datetime(2027, month, 15, 12, tzinfo=UTC) for month in range(1, 13))
"""Moments at which zones are compared: one in each month, of a year without a change that is planned by law."""
_SHOWN_OFFSET = re.compile(
    r"\(?(?:UTC|GMT)\s*(?:(?P<sign>[+\-\u2212])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?)?\)?(?!\w)", re.IGNORECASE
)
_IANA_IN_BRACKETS = re.compile(r"\(([A-Za-z_]+/[A-Za-z0-9_/+-]+)\)")

MOST_OFFERED = 3
SHORTEST = 5
"""Letters from which a zone is looked for by likeness: shorter texts are abbreviations, one letter from others."""


@cache
def find_zone(name: str, words: Words = ENGLISH_WORDS) -> ZoneInfo | None:
    """Return the zone for an IANA or Windows name in any case, or for what programs show of one; else None.

    So for a name in another language, if all zones that it can mean keep the same clocks. Windows names come from
    CLDR's windowsZones (https://cldr.unicode.org), territory 001.
    """
    line = " ".join(name.split())
    found = _zone(_iana_names().get(line.casefold())) or _displayed(line, words)
    if found is None and any(map(str.isalpha, line)) and words.languages.tags:
        names = zone_names_in(words.languages)
        meant = [*filter(None, map(_zone, names.zones.get(folded(line), ())))]
        lasting = [*filter(None, map(_zone, names.seasons.get(folded(line), ())))]  # clocks that are never changed
        meant = meant or (lasting if all(len(set(_offsets(zone))) == 1 for zone in lasting) else [])
        return meant[0] if len({_offsets(zone) for zone in meant}) == 1 else None
    return found


def _zone(key: str | None) -> ZoneInfo | None:
    try:
        return None if key is None else ZoneInfo(key)
    except (ZoneInfoNotFoundError, OSError, ValueError):  # CLDR can name a zone this machine has no data for
        return None


def _displayed(text: str, words: Words) -> ZoneInfo | None:
    """Return the zone of a name that programs show, with or without its offset, or None where it is not certain."""
    shown = _SHOWN_OFFSET.match(text)
    said = text[shown.end() :].strip() if shown else text
    plain = _plain(said).replace(" and ", " & ")
    if shown is None:
        return _zone(DISPLAYED[plain]) if plain in DISPLAYED and ("(" in plain or ":" in plain) else None
    named = _IANA_IN_BRACKETS.search(said)
    listed = [part for part in re.split(r"\s*[,;/\u3001]\s*|\s+-\s+", said) if part]
    keys = [key for part in listed for key in _city(part, words)]
    keys = [DISPLAYED[plain]] if plain in DISPLAYED else [named[1]] if named else keys
    fitting = [zone for zone in map(_zone, keys) if zone is not None and _offset_of(shown) in _offsets(zone)]
    return fitting[0] if len({_offsets(zone) for zone in fitting}) == 1 else None


def _offset_of(shown: re.Match[str]) -> timedelta:
    size = timedelta(hours=int(shown["hours"] or 0), minutes=int(shown["minutes"] or 0))
    return size if shown["sign"] in {None, "+"} else -size


@cache
def _offsets(zone: ZoneInfo) -> tuple[timedelta | None, ...]:
    """Return how far the zone's clocks are from UTC through a year: two zones that agree in it keep the same time."""
    return tuple(moment.astimezone(zone).utcoffset() for moment in MONTHS)


UNKNOWN_TO_EXCHANGE = frozenset({"Alberta Standard Time", "British Columbia Standard Time"})
"""Windows names of 2026, which not every server has learned."""


def exchange_name(zone: str, moments: Iterable[datetime]) -> str:
    """Return what Exchange calls an IANA zone, or `UTC` where it has none that keeps the same clocks at these moments.

    Source: https://learn.microsoft.com/graph/api/resources/datetimetimezone (Windows names, and a fixed list of others)
    """
    from tzlocal.windows_tz import tz_win, win_tz  # noqa: PLC0415 - as below

    name = tz_win.get(zone, "UTC")
    theirs, ours = _zone(win_tz.get(name)), _zone(zone)
    if name in UNKNOWN_TO_EXCHANGE or theirs is None or ours is None:
        return "UTC"
    alike = all(each.astimezone(theirs).utcoffset() == each.astimezone(ours).utcoffset() for each in moments)
    return name if alike else "UTC"


def is_gmt_in_summer(zone: ZoneInfo, moment: datetime) -> bool:
    """Return whether a time is GMT's while London, whose winter time it is, has summer time."""
    return zone.key.casefold() == "gmt" and bool(moment.astimezone(ZoneInfo("Europe/London")).dst())


def is_zone_like(text: str, words: Words = ENGLISH_WORDS) -> bool:
    """Return whether people would take a text for a time zone: a name, an abbreviation, a city."""
    known = _plain(text) in ABBREVIATIONS or bool(_city(text, words))
    return known or find_zone(text, words) is not None or bool(_called(text, words))


def _city(text: str, words: Words) -> tuple[str, ...]:
    """Return the zones of a city, which is looked for in other languages where it is not known in English."""
    found = _cities().get(_plain(text), ())
    foreign = not found and words.languages.tags and any(map(str.isalpha, text))
    return zone_names_in(words.languages).cities.get(folded(text), ()) if foreign else found


def _called(text: str, words: Words) -> tuple[str, ...]:
    """Return the zones of a name in another language that several zones have: a country's, or of clocks of a season."""
    if not words.languages.tags or not any(map(str.isalpha, text)):
        return ()
    names = zone_names_in(words.languages)
    return names.zones.get(folded(text)) or names.seasons.get(folded(text), ())


@cache
def zone_names() -> tuple[str, ...]:
    """Return all names that `find_zone` knows, as they are spelled."""
    iana = (name for name in available_timezones() if name.casefold() not in FIXED | OF_THE_MACHINE)
    return (*sorted(iana), *sorted(_windows_names()))


@cache
def zone_hint(text: str, words: Words = ENGLISH_WORDS) -> str:
    """Return ' (did you mean …?)' with the zones that a city, an abbreviation or a misspelling most likely means."""
    wanted = _plain(text)
    if shown := _SHOWN_OFFSET.match(wanted):
        return _hint_of_shown(shown, wanted[shown.end() :].strip())
    if known := ABBREVIATIONS.get(wanted) or _cities().get(wanted) or _shown_alone(wanted):
        return did_you_mean(known)
    if foreign := _city(text, words) or _called(text, words):
        return did_you_mean(foreign[:MOST_OFFERED])
    if len(wanted) < SHORTEST:
        return ""
    alike = closest(text, (name for name in zone_names() if digits(name) == digits(text)))
    near = most_alike(wanted, _cities())
    return alike or did_you_mean(_cities().get(near, ()))


def _shown_alone(wanted: str) -> tuple[str, ...]:
    """Return the zone of a name that is taken with its offset alone, or those of its cities."""
    if wanted in DISPLAYED:
        return (DISPLAYED[wanted],)
    listed = [_cities().get(part.strip(), ()) for part in wanted.split(",")]
    return tuple(names[0] for names in listed if names) if len(listed) > 1 else ()


def _hint_of_shown(shown: re.Match[str], said: str) -> str:
    """Return the zones of what stands behind an offset, else those that have it in winter."""
    minutes = round(_offset_of(shown) / timedelta(minutes=1))
    behind = ABBREVIATIONS.get(said) or _cities().get(said) or _shown_alone(said)
    return did_you_mean(behind or OF_OFFSET.get(minutes, ()))


@cache
def _cities() -> dict[str, tuple[str, ...]]:
    """Return {last part of an IANA name: the names that end in it}, nearly always one."""
    cities: dict[str, list[str]] = defaultdict(list)
    for name in sorted(available_timezones()):
        area, _, city = name.rpartition("/")
        if area and not area.startswith("Etc"):
            cities[_plain(city)].append(name)
    return {city: tuple(names) for city, names in cities.items()}


def _plain(text: str) -> str:
    """Return the text without accents, case, and underscores, which stand for blanks in IANA names."""
    letters = unicodedata.normalize("NFKD", text.replace("_", " "))
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split()).casefold()


@cache
def _iana_names() -> dict[str, str]:
    """Return {every known name, case folded: its IANA name}."""
    windows = _windows_names()
    return {name.casefold(): windows.get(name, name) for name in zone_names()}


def _windows_names() -> dict[str, str]:
    from tzlocal.windows_tz import win_tz  # noqa: PLC0415 - only where a zone is looked up, never for --help

    return win_tz
