"""Zones go by their names; what people write instead is asked about, and never taken for granted."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from importer.core.zones import ABBREVIATIONS, find_zone, zone_hint
from tests.core.planning import plan, row

IN_GERMAN = {"mez", "mesz", "wez", "wesz", "oez", "oesz"}
GENERAL = {"et", "ct", "mt", "pt"}
"""What people say of the zone in summer and in winter alike."""


def test_zones_go_by_iana_and_windows_names_in_any_case() -> None:
    names = ("Europe/Berlin", "europe/berlin", "W. Europe Standard Time", " w.  europe standard time ")
    assert {find_zone(name) for name in names} == {ZoneInfo("Europe/Berlin")}
    assert find_zone("Europe/Atlantis") is None


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("London", "Europe/London"),
        (" berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("Zürich", "Europe/Zurich"),
        ("Lomé", "Africa/Lome"),
        ("Eastern", "Canada/Eastern, US/Eastern"),
        ("Istanbul", "Asia/Istanbul, Europe/Istanbul"),
        ("Europe/Belin", "Europe/Berlin"),
        ("W Europe Standard Time", "W. Europe Standard Time"),
        ("Helsnki", "Europe/Helsinki"),
        ("MEZ", "Europe/Berlin, Europe/Vienna, Europe/Zurich"),
        ("cest", "Europe/Berlin, Europe/Paris, Europe/Madrid"),
        ("BST", "Europe/London"),
        ("CST", "America/Chicago, Asia/Shanghai"),
    ],
)
def test_a_city_an_abbreviation_or_a_typo_is_asked_about_and_not_taken(text: str, hint: str) -> None:
    assert find_zone(text) is None
    assert zone_hint(text) == f" (did you mean {hint}?)"


@pytest.mark.parametrize("text", ["Mars", "GMT+1", "UTC+1", "CEET", "Zulu", "Deutschland", "9", "", "Argentina"])
def test_nothing_is_asked_where_nothing_is_near(text: str) -> None:
    assert zone_hint(text) == ""


@pytest.mark.parametrize("short", ABBREVIATIONS)
def test_each_zone_offered_for_an_abbreviation_is_one_where_it_is_used(short: str) -> None:
    for name in ABBREVIATIONS[short]:
        zone = find_zone(name)
        used = {datetime(2027, month, 1, tzinfo=UTC).astimezone(zone).tzname() for month in (1, 7)}
        assert zone is not None
        assert short in IN_GERMAN | GENERAL or short.upper() in used, name
    assert find_zone(short) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("London", "'London' is not a time zone (did you mean Europe/London?). Write its full name."),
        ("Mars", "'Mars' is not a time zone. Write its full name, like Europe/Berlin or W. Europe Standard Time."),
    ],
)
def test_the_example_does_not_lead_away_from_the_zone_that_was_meant(text: str, message: str) -> None:
    (rejected,) = plan([row(2, time_zone=text)]).rejected

    assert [entry.message for entry in rejected.problems] == [message]
