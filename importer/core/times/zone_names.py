"""What languages call time zones: CLDR's names, and which zones of the tz database each can mean.

A name that CLDR has for clocks through the year (`Mitteleuropäische Zeit`, `hora de Japón`) means the zone of the
language's own country where it keeps them, as CLDR says how such names are read, and else all zones that have them.
The language's own countries are zones too where they have one alone (`Polska`). All zones that a name can mean are
returned: whoever asks takes it where these keep the same clocks. Names for clocks of a season, and cities, which are no
zones, are apart: they are asked about.

Source: https://www.unicode.org/reports/tr35/tr35-dates.html#Time_Zone_Names
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from importer.core.times.vocabulary import folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.core.texts import Languages


HOME = "time_zone example"
"""The place at which a language says in which zone most of its people live: it stands for those of the same clocks."""


class ZoneNames(NamedTuple):
    """Names, folded, with the zones that they can mean: names of zones, names of clocks of a season, and cities."""

    zones: Mapping[str, tuple[str, ...]]
    seasons: Mapping[str, tuple[str, ...]]
    cities: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=4)
def zone_names_in(languages: Languages) -> ZoneNames:
    """Return what the languages call zones; a name that means something else in two of them has all its zones."""
    kinds: dict[str, defaultdict[str, dict[str, None]]] = {kind: defaultdict(dict) for kind in ZoneNames._fields}
    said = [languages.sentences(tag) for tag in languages.tags]
    home = {forms[0] for sentences in said for (place, _), forms in sentences.items() if place == HOME}
    for tag in languages.tags:
        for kind, name, keys in _names_in(tag):
            known = sorted(keys, key=lambda key: key not in home)
            kinds[kind][folded(name)].update(dict.fromkeys(known))
    return ZoneNames(**{kind: {name: tuple(keys) for name, keys in named.items()} for kind, named in kinds.items()})


def _names_in(tag: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield each name of a language with its kind and zones."""
    from babel.core import Locale, get_global  # noqa: PLC0415 - for names that are not English
    from babel.languages import get_official_languages  # noqa: PLC0415 - likewise

    locale = Locale.parse(tag, sep="-")
    of_territory = get_global("territory_zones")
    home = of_territory.get(territory_of(tag), ())
    members: defaultdict[str, list[str]] = defaultdict(list)
    for key, clocks in get_global("meta_zones").items():
        members[clocks].append(key)
    region = locale.zone_formats["region"]
    for clocks, widths in locale.meta_zones.items():
        keys = tuple(key for key in members[clocks] if key in home) or tuple(members[clocks])
        for kind, name in widths.get("long", {}).items():
            yield "zones" if kind == "generic" or "generic" not in widths["long"] else "seasons", name, keys
    for key, said in locale.time_zones.items():
        if city := said.get("city"):
            yield "cities", city, (key,)
            yield "zones", region % city, (key,)
    for territory, keys in of_territory.items():
        if locale.language in get_official_languages(territory, de_facto=True) and territory in locale.territories:
            country = locale.territories[territory]
            yield "zones", country, tuple(keys)
            yield "zones", region % country, tuple(keys)


def territory_of(tag: str) -> str:
    """Return the country in which most people speak a language, by CLDR's likely subtags: `DE`, `BR`."""
    from babel.core import get_global  # noqa: PLC0415 - likewise

    whole = tag.replace("-", "_")
    likely = get_global("likely_subtags")
    return str(likely.get(whole, likely.get(whole.partition("_")[0], whole) if "_" not in whole else whole)).rpartition(
        "_"
    )[2]
