"""Which settings are in force, where they came from, and which can't work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from importer.sandbox import APP_TOKEN
from tests.cli.commands.doctor.helping import ORDER, amiss, checks, one

if TYPE_CHECKING:
    from tests.cli.commands.doctor.helping import Command

# Settings.


def test_it_is_said_where_each_setting_came_from(
    doctor: Command, served: str, roster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("named.toml").write_text('workers = 3\ndate_order = "DMY"\n', encoding="utf-8")
    Path("meeting-importer.toml").write_text(
        'date_order = "MDY"\nadd_column = "expires"\n[columns]\nsubject = "Title"\n', encoding="utf-8"
    )
    monkeypatch.setenv("MEETING_IMPORTER_TIMEZONE", "Europe/Berlin")

    done = doctor(roster, "--all-or-nothing", "--config", "named.toml")

    said = " ".join(each["message"] for each in done.json["checks"] if each["check"] == "configuration")
    assert "The settings file is named.toml (named with --config)." in said
    assert "meeting-importer.toml (found there)." in said
    for name in ("ACCESS_TOKEN", "GRAPH_URL", "TIMEZONE", "STATE_DIR"):
        assert f"MEETING_IMPORTER_{name}" in said
    assert "workers 3 (settings file)" in said
    assert "date-order DMY (settings file)" in said
    assert "MDY" not in said
    assert "add-column expires (settings file)" in said
    assert "timezone Europe/Berlin (MEETING_IMPORTER_TIMEZONE)" in said
    assert "all-or-nothing (command line)" in said
    assert "columns subject (settings file)" in said


def test_a_password_in_an_address_is_not_repeated(doctor: Command, roster: Path) -> None:
    done = doctor(roster, "--graph-url", "https://somebody:pAsSwOrD-of-the-proxy@graph.example")

    assert (done.code, done.out) == (2, "")
    assert "--graph-url: it has a user name or a password in it. Leave that out." in done.err
    assert "pAsSwOrD" not in done.err


def test_lists_and_switches_are_said_too(
    doctor: Command, served: str, roster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ALL_OR_NOTHING", "0")

    done = doctor(roster, "--add-column", "expires", "--add-column", "passcode")

    assert "add-column expires, passcode (command line)" in done.out
    assert "all-or-nothing off (MEETING_IMPORTER_ALL_OR_NOTHING)" in done.out


def test_where_nothing_is_set_that_is_said(doctor: Command, roster: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEETING_IMPORTER_STATE_DIR")
    monkeypatch.delenv("MEETING_IMPORTER_SETTLE")

    done = doctor(roster)

    assert "No environment variable that this program reads is set." in done.out
    assert "There is no settings file" in done.out


def test_a_misspelt_variable_is_noticed(
    doctor: Command, served: str, roster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_TIMEZON", "Europe/Berlin")
    monkeypatch.setenv("MEETING_IMPORTER_BLANK", " ")

    done = doctor(roster)

    assert (done.code, amiss(done)) == (0, [("configuration", "warning", "setting-unknown")])
    assert "did you mean MEETING_IMPORTER_TIMEZONE?" in one(done, "setting-unknown")["message"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--cloud", "china"], "cloud-has-no-meetings"),
        (["--graph-url", "http://graph.example"], "address-not-safe"),
        (["--delegated", "--managed-identity"], "two-ways-to-sign-in"),
        (["--result", "roster.csv"], "result-is-input"),
        (["--sandbox", "--sandbox-file", "roster.csv"], "output-is-input"),
        (["--sandbox", "--sandbox-file", "other.csv"], "sandbox-file-unusable"),
    ],
)
def test_options_that_can_not_work_are_wrong_usage(
    doctor: Command, roster: Path, arguments: list[str], code: str
) -> None:
    roster.with_name("other.csv").write_bytes(roster.read_bytes())

    done = doctor("roster.csv", *arguments)

    assert (done.code, amiss(done)) == (2, [("configuration", "failed", code)])
    skipped = {check for check, found in checks(done).items() if found[0][0] == "skipped"}
    assert skipped == set(ORDER[1:9])
    assert checks(done)["file"] == [("ok", "")]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("SSL_CERT_FILE", "roster.csv", "ca-unreadable"),
        ("HTTPS_PROXY", "socks5://proxy.example:1080", "proxy-not-valid"),
    ],
)
def test_network_settings_that_can_not_be_used_are_found(
    doctor: Command, roster: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, code: str
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
    monkeypatch.setenv(name, value)

    done = doctor(roster)

    assert (done.code, amiss(done)) == (5, [("configuration", "failed", code)])
