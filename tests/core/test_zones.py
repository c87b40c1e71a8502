"""Zones go by their names; what people write instead is asked about, and never taken for granted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from importer.core.times.zones import ABBREVIATIONS, find_zone, zone_hint, zone_names
from tests.core.planning import plan, problems, row

IN_GERMAN = {"mez", "mesz", "wez", "wesz", "oez", "oesz"}
GENERAL = {"et", "ct", "mt", "pt"}
"""What people say of the zone in summer and in winter alike."""


WINDOWS = [name for name in zone_names() if name.endswith("Standard Time")]


def clocks(zone: ZoneInfo) -> list[timedelta]:
    """Return how far a zone's clocks are from UTC in each month, by the standard library alone."""
    moments = [datetime(2027, month, 15, 12, tzinfo=UTC).astimezone(zone) for month in range(1, 13)]
    return [offset for moment in moments if (offset := moment.utcoffset()) is not None]


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
        ("EST", "America/New_York, America/Panama"),
        ("mst", "America/Denver, America/Phoenix"),
        ("HST", "Pacific/Honolulu"),
        ("UTC+1", "Europe/Berlin, Europe/Paris"),
        ("GMT-5", "America/New_York"),
        ("(UTC-05:00)  Berlin", "Europe/Berlin"),
        ("Amsterdam, Berlin", "Europe/Amsterdam, Europe/Berlin"),
        ("Central America", "America/Guatemala"),
    ],
)
def test_a_city_an_abbreviation_or_a_typo_is_asked_about_and_not_taken(text: str, hint: str) -> None:
    assert find_zone(text) is None
    assert zone_hint(text) == f" (did you mean {hint}?)"


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Berlin"),
        ("(UTC+00:00) Dublin, Edinburgh, Lisbon, London", "Europe/London"),
        ("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"),
        ("(UTC-08:00) Pacific Time (US and Canada)", "America/Los_Angeles"),
        ("(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi", "Asia/Kolkata"),
        ("(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi", "Asia/Shanghai"),
        ("(UTC-07:00) Chihuahua, La Paz, Mazatlan", "America/Mazatlan"),
        ("(UTC) Coordinated Universal Time", "UTC"),
        ("Eastern Time (US & Canada)", "America/New_York"),
        ("Indiana (East)", "America/Indiana/Indianapolis"),
        ("(GMT-10:00) Hawaii", "Pacific/Honolulu"),
        ("(GMT+01:00) Berlin", "Europe/Berlin"),
        ("(GMT-05:00) Eastern Standard Time (America/New_York)", "America/New_York"),
        ("(GMT-04:00) Eastern Daylight Time (America/New_York)", "America/New_York"),
        ("(GMT-05:00) Eastern Time - New York", "America/New_York"),
        ("tzone://Microsoft/Utc", "UTC"),
    ],
)
def test_a_name_that_programs_show_is_taken_where_it_leads_to_one_zone(text: str, zone: str) -> None:
    found = find_zone(text)

    assert found is not None
    assert clocks(found) == clocks(ZoneInfo(zone))


@pytest.mark.parametrize(
    "text",
    [
        "(UTC-05:00) Berlin",
        "(UTC+04:00) Moscow",
        "(UTC+02:00) Athens, Johannesburg",
        "(GMT+03:00) Eastern Standard Time (America/New_York)",
        "(UTC+12:00) Coordinated Universal Time",
        "Hawaii",
        "Berlin, Vienna",
        "UTC+1",
        "(UTC+01:00)",
        "tzone://Microsoft/Custom",
    ],
)
def test_a_name_whose_offset_or_cities_contradict_each_other_is_not_taken(text: str) -> None:
    assert find_zone(text) is None


def test_every_windows_name_that_lists_cities_of_its_zone_is_taken_for_that_zone() -> None:
    """Each zone of CLDR's Windows names, shown as Windows shows it: its winter offset and a city."""
    for name in WINDOWS:
        zone = find_zone(name)
        assert zone is not None
        area, _, city = zone.key.rpartition("/")
        if not area or area == "Etc":
            continue
        offset = min(clocks(zone))
        sign, minutes = ("-" if offset < timedelta() else "+"), abs(round(offset / timedelta(minutes=1)))
        shown = f"(UTC{sign}{minutes // 60:02}:{minutes % 60:02}) {city.replace('_', ' ')}"
        taken = find_zone(shown)
        assert taken is None or clocks(taken) == clocks(zone), shown


@pytest.mark.parametrize("name", ["localtime", "Localtime", "Factory", "posixrules", "posix/UTC", "right/UTC"])
def test_the_clocks_of_this_machine_are_no_zone(name: str) -> None:
    assert find_zone(name) is None
    assert name not in zone_names()


def test_gmt_in_summer_is_taken_and_asked_about() -> None:
    found = problems(
        plan(
            [
                row(2, time_zone="GMT", start="2027-07-13 09:00", end=None),
                row(3, time_zone="GMT", start="2027-01-13 09:00", end=None),
                row(4, time_zone="Europe/London", start="2027-07-13 09:00", end=None),
            ]
        )
    )

    assert found == [(2, "time_zone", "gmt-in-summer")]


@pytest.mark.parametrize("text", ["Mars", "GMT+17", "UTC+1:15", "CEET", "Zulu", "Deutschland", "9", "", "Argentina"])
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
