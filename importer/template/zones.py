"""The time zones offered in the drop-down: a fixed list, so that the template is the same on every machine."""

from __future__ import annotations

from importlib.resources import files

COMMON: tuple[str, ...] = (
    "Europe/London",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Europe/Amsterdam",
    "Europe/Berlin",
    "Europe/Brussels",
    "Europe/Madrid",
    "Europe/Paris",
    "Europe/Rome",
    "Europe/Stockholm",
    "Europe/Vienna",
    "Europe/Warsaw",
    "Europe/Zurich",
    "Europe/Athens",
    "Europe/Helsinki",
    "Europe/Kyiv",
    "Europe/Istanbul",
    "America/New_York",
    "America/Toronto",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Mexico_City",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Africa/Johannesburg",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Auckland",
    "UTC",
)
"""The zones most people look for, from west to east within each continent."""


def every_zone() -> tuple[str, ...]:
    """Gives the names of IANA's zone.tab and UTC, in alphabetical order (https://www.iana.org/time-zones)."""
    return tuple(files("importer.template").joinpath("zones.txt").read_text("ascii").split())


def zone_choices(first: str = "") -> tuple[str, ...]:
    """Gives the drop-down's lines: `first` if there is one, the common zones, then all of them.

    A common zone stands in the alphabetical part too: whoever scrolls down to Europe must find Berlin there.
    """
    head = tuple(dict.fromkeys((first, *COMMON) if first else COMMON))
    return (*head, *every_zone())
