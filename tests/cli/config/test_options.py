"""An option is declared once, and each command, each settings file and each later reader of it knows it by that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click
import pytest

from importer.cli.config.files import settings_from
from importer.cli.config.options import Command as Verb
from importer.cli.config.options import Settable
from importer.cli.config.settings import OPTIONS, PeopleFrom, Settings
from importer.cli.main import cli
from importer.cli.run.places import restored_settings, saved_settings
from importer.core.model import FailureLimit
from tests.cli.rosters import csv_file, values

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.cli.config.options import Option
    from tests.cli.conftest import Done

    Command = Callable[..., Done]

SAID = {
    "report": "x.html",
    "timezone": "Europe/Rome",
    "config": "c.toml",
    "encoding": "windows-1250",
    "week_of": "2027-04-05",
    "graph_url": "http://127.0.0.1:1/v1.0",
    "max_failures": "3",
    "max_shrink": "20%",
    "wait": "1s",
    "language": "de",
    "first_answer": "2s",
    "time_limit": "9s",
    "notify_url": "https://hooks.example/x",
    "notify_smtp": "mail.example:25",
    "notify_from": "a@example.com",
    "notify_to": "b@example.com",
}
"""What can be said with an option whose type takes words of its own form."""


def value(option: Option) -> str:
    """Return something that can be said with the option, and is not its default."""
    match option.type:
        case click.Choice():
            return str(next(name for name in option.type.choices if name != option.default))
        case click.IntRange() | click.FloatRange():
            return str(int(option.type.min or 0) + 1)
        case _:
            return SAID.get(option.key, "x")


def said(option: Option) -> list[str]:
    return [option.name] if option.flag else [option.name, value(option)]


def settings_of(verb: str, *words: str) -> Settings:
    return settings_from(cli.commands[verb].make_context(verb, list(words)))


@pytest.mark.parametrize("key", OPTIONS)
def test_only_the_verb_of_a_line_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """What has a meaning in a command gets there, and what has none is taken and does not."""
    monkeypatch.delenv("MEETING_IMPORTER_STATE_DIR")
    (tmp_path / "c.toml").touch()
    for verb in ("run", "validate", "doctor"):
        found = getattr(settings_of(verb, "r.csv", *said(OPTIONS[key])), key)

        has_meaning = Verb[verb.upper()] in OPTIONS[key].commands
        assert (found != getattr(Settings(), key)) == has_meaning, verb


@pytest.mark.parametrize("verb", ["run", "validate", "doctor"])
def test_the_help_names_what_has_a_meaning(command: Command, verb: str) -> None:
    helped = command(verb, "--help").out.split()

    for option in OPTIONS.values():
        assert (option.name in helped) == (Verb[verb.upper()] in option.commands), option.name


def test_a_line_of_run_with_everything_is_only_checked_by_validate(command: Command, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    words = "--sandbox --graph-url http://127.0.0.1:1 --ics meetings --log-file l.log --heartbeat h.json --dry-run"

    done = command("validate", roster, *words.split())

    assert (done.code, "Dry run" in done.out) == (0, False)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["r.csv"]
    assert not (tmp_path / "meetings").exists()
    assert command("run", roster, *words.split()).code == 2


@pytest.mark.parametrize("key", [key for key, option in OPTIONS.items() if option.settable is not Settable.NOWHERE])
def test_what_a_settings_file_says_stops_no_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    option = OPTIONS[key]
    here: Any = True if option.flag else value(option)
    (tmp_path / "n.toml").write_text(f"{key} = {json.dumps(here)}\n", encoding="utf-8")
    monkeypatch.setenv("MEETING_IMPORTER_CONFIG", str(tmp_path / "n.toml"))
    monkeypatch.chdir(tmp_path)
    for name in ("MEETING_IMPORTER_STATE_DIR", "MEETING_IMPORTER_SETTLE"):
        monkeypatch.delenv(name, raising=False)
    lines = ("doctor", "template t.csv", "template t.csv --from r.csv", "history", "recover last", "validate r.csv")

    for line in lines:
        verb, *words = line.split()
        settings_of(verb, *words)
    assert getattr(settings_of("run", "r.csv"), key) == option.value_of([here] if option.multiple else here)


@pytest.mark.parametrize("line", ["force = true", "wanted = 'x'"])
def test_what_is_templates_own_stands_in_no_settings_file(command: Command, tmp_path: Path, line: str) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    (tmp_path / "n.toml").write_text(line, encoding="utf-8")
    (tmp_path / "t.csv").write_text("mine", encoding="utf-8")

    for words in (["template", "t.csv", "--from", roster], ["validate", roster], ["run", roster, "--sandbox"]):
        done = command(*words, "--config", "n.toml")
        assert (done.code, "is not a setting" in done.err) == (2, True)
    assert (tmp_path / "t.csv").read_text(encoding="utf-8") == "mine"


def test_a_run_is_read_again_as_it_was(tmp_path: Path) -> None:
    replayed = {
        key: option.value_of([value(option)] if option.multiple else option.flag or value(option))
        for key, option in OPTIONS.items()
        if option.replayed
    }
    people = PeopleFrom((("ana ruiz", "ana@contoso.com"), ("ana ruiz", "ana.ruiz@contoso.com")))
    settings = Settings(**replayed, columns={"start": ("Day", "Time")}, people=people, result=tmp_path / "c.csv")

    back = restored_settings(json.loads(saved_settings(settings, tmp_path / "r.csv")))

    assert back == settings
    assert back.timezone == ZoneInfo("Europe/Rome")


def test_what_an_earlier_version_remembered_is_read_still() -> None:
    former: dict[str, Any] = {
        "sheet": None,
        "timezone": None,
        "delegated": True,
        "columns": {},
        "add_column": [],
        "result": "c.csv",
    }

    back = restored_settings(former)

    assert (back.delegated, back.timezone, back.sheet, back.max_shrink) == (True, None, (), FailureLimit(percent=50))


def test_a_secret_is_not_written_into_a_schedule(command: Command) -> None:
    for option in OPTIONS.values():
        if option.secret:
            done = command("schedule", "--as", "cron", "--", "run", "r.csv", *said(option))
            assert (done.code, done.out, SAID[option.key] in done.err) == (2, "", False)
            assert option.variable in done.err


def test_an_interrupted_question_ends_as_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    from importer.cli.main import main  # noqa: PLC0415 - only here

    def interrupted(**_given: object) -> None:
        raise click.Abort

    monkeypatch.setattr(cli, "main", interrupted)
    assert main([]) == 130


def test_what_is_told_of_a_settings_file_is_what_counts_in_the_command(command: Command, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    (tmp_path / "n.toml").write_text("workers = 3\ndelegated = false\n", encoding="utf-8")

    assert "workers" in command("run", roster, "--sandbox", "--config", "n.toml", "-v").err
    told = command("validate", roster, "--config", "n.toml", "-v").err
    assert ("delegated" in told, "workers" in told) == (True, False)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("UTF8", "utf-8"),
        ("Windows-1252", "cp1252"),
        ("latin-1", "cp1252"),
        ("932", "cp932"),
        ("Shift_JIS", "cp932"),
        ("GBK", "gb18030"),
        ("ISO-8859-2", "iso8859-2"),
        ("rot13", None),
        ("utf-7", None),
        ("idna", None),
        ("Excel", None),
    ],
)
def test_an_encoding_is_one_that_spreadsheets_have(name: str, codec: str | None) -> None:
    encoding = OPTIONS["encoding"]
    if codec is None:
        with pytest.raises(click.BadParameter, match="not an encoding"):
            encoding.value_of(name)
    else:
        assert encoding.value_of(name) == codec
