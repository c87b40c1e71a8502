"""A schedule from the command line: the line is really parsed, paths are made full, and no secret is in it."""

from __future__ import annotations

import os
import re
import shlex
import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.reference import GUIDE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Command = Callable[..., Done]

TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
SECRET = "s3cr3t-value-of-the-night"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="what is native differs")


def exec_start(text: str) -> list[str]:
    """Return the words of a unit's line behind the program."""
    line = next(line for line in text.splitlines() if line.startswith("ExecStart="))
    return shlex.split(line.partition("=")[2])[1:]


def test_the_line_comes_out_with_full_paths(command: Command, tmp_path: Path) -> None:
    done = command(
        "schedule", "--as", "systemd", "--", "run", "rosters", "*.csv", "--result-dir", "out", "--timezone",
        "Europe/Berlin", "-v", "--max-failures", "10%", "--add-column", "passcode", "--add-column", "expires",
        "--log-file", "../night.log", "--notify-on", "failure", "--notify-to", "it@contoso.com",
    )  # fmt: skip

    assert done.code == 0
    assert exec_start(done.out) == [
        "run", "--result-dir", f"{tmp_path}/out", "--add-column", "passcode", "--add-column", "expires",
        "--timezone", "Europe/Berlin", "--max-failures", "10%%", "--verbose", "--log-file",
        f"{tmp_path.parent}/night.log", "--notify-on", "failure", "--notify-to", "it@contoso.com", "--",
        f"{tmp_path}/rosters", f"{tmp_path}/*.csv",
    ]  # fmt: skip


@pytest.mark.parametrize("form", ["systemd", "cron"])
def test_a_job_does_not_start_in_the_folder_of_whoever_made_it(form: str, command: Command, tmp_path: Path) -> None:
    words = ["--user", "rosters", "--", "run", "/srv/rosters", "--result-dir", "/srv/links"]

    free = command("schedule", "--as", form, *words)
    asked = command("schedule", "--as", form, "--start-in", "/srv", *words)

    assert str(tmp_path) not in free.out
    assert ("WorkingDirectory" in free.out, " cd " in free.out) == (False, False)
    assert ("WorkingDirectory=/srv\n" in asked.out) or ("cd /srv &&" in asked.out)


def test_the_settings_file_of_this_folder_is_pinned_where_the_input_does_not_lead_to_it(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "meeting-importer.toml").write_text('timezone = "Europe/Rome"\n', encoding="utf-8")
    (tmp_path / "rosters").mkdir()
    pinned = ["run", "--config", f"{tmp_path}/meeting-importer.toml", "--"]

    elsewhere = command("schedule", "--as", "systemd", "--", "run", "rosters")
    beside = command("schedule", "--as", "systemd", "--", "run", "roster.xlsx")
    named = command("schedule", "--as", "systemd", "--", "run", "rosters", "--config", "meeting-importer.toml")

    assert exec_start(elsewhere.out) == [*pinned, f"{tmp_path}/rosters"]
    assert exec_start(beside.out) == ["run", "--", f"{tmp_path}/roster.xlsx"]
    assert exec_start(named.out).count("--config") == 1


def test_relative_paths_of_a_settings_file_that_is_named_are_pinned(command: Command, tmp_path: Path) -> None:
    (tmp_path / "night.toml").write_text('result_dir = "out"\nreport = "/srv/night.html"\n', encoding="utf-8")

    done = command("schedule", "--as", "systemd", "--", "run", "roster.xlsx", "--config", "night.toml")

    words = ["--result-dir", f"{tmp_path}/out", "--config", f"{tmp_path}/night.toml"]
    assert exec_start(done.out) == ["run", *words, "--", f"{tmp_path}/roster.xlsx"]


def test_a_settings_file_of_the_environment_is_pinned(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "night.toml").write_text("workers = 2\n", encoding="utf-8")
    monkeypatch.setenv("MEETING_IMPORTER_CONFIG", "night.toml")

    done = command("schedule", "--as", "systemd", "--", "run", "roster.xlsx")

    assert exec_start(done.out) == ["run", "--config", f"{tmp_path}/night.toml", "--", f"{tmp_path}/roster.xlsx"]


def test_a_settings_file_of_this_folder_is_not_put_before_one_that_lies_beside_an_input(
    command: Command, tmp_path: Path
) -> None:
    for name in (".", "a", "b"):
        (tmp_path / name).mkdir(exist_ok=True)
    for name in (".", "a"):
        (tmp_path / name / "meeting-importer.toml").write_text('timezone = "Europe/Rome"\n', encoding="utf-8")

    done = command("schedule", "--as", "systemd", "--", "run", "a", "b")

    assert (done.code, done.out) == (2, "")
    assert "have a settings file of their own beside them" in done.err


def test_relative_paths_of_the_environment_are_made_full_too(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_CONFIG", "mine.toml")
    monkeypatch.setenv("MEETING_IMPORTER_LOG_FILE", "night.log")
    (tmp_path / "mine.toml").write_text("workers = 2\n", encoding="utf-8")

    line = exec_start(command("schedule", "--as", "systemd", "--", "run", "/srv/rosters").out)

    assert line[1:3] == ["--config", f"{tmp_path}/mine.toml"]
    assert line[3:5] == ["--log-file", f"{tmp_path}/night.log"]


def test_a_path_in_another_accounts_home_is_told(command: Command, tmp_path: Path) -> None:
    def notes(user: str) -> list[str]:
        words = [
            "--program",
            "/opt/mi",
            "--user",
            user,
            "--",
            "run",
            "/home/anna/rosters",
            "/srv/x",
            "--sheet",
            "/root/x",
        ]
        done = command("schedule", "--as", "systemd", *words)
        return [line for line in done.err.splitlines() if "home folder" in line]

    assert [note.split()[1] for note in notes("rosters")] == ["/home/anna/rosters"]
    assert notes("anna") == []
    assert str(tmp_path) not in "".join(notes("anna"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["validate", "x"], "-- run rosters"),
        (["run"], "FILE is missing"),
        (["run", "x", "--timzone", "UTC"], "did you mean --timezone?"),
        (["run", "x", "--timezone", "Moon/Base"], "is not a time zone"),
        (["run", "x", "--workers", "0"], "--workers"),
        (["run", "x", "--config", "nowhere.toml"], "can't be read"),
    ],
)
def test_a_line_that_run_would_refuse_is_refused(words: list[str], said: str, command: Command) -> None:
    done = command("schedule", "--as", "systemd", "--", *words)

    assert (done.code, done.out, said in done.err) == (2, "", True)


@pytest.mark.parametrize("options", [["--name", "a/b"], ["--at", "25:00"], ["--limit", "24"], ["--as", "at"]])
def test_what_no_scheduler_takes_is_refused(options: list[str], command: Command) -> None:
    done = command("schedule", "--as", "cron", *options, "--", "run", "x")

    assert (done.code, done.out) == (2, "")


def test_secrets_are_named_and_their_values_are_nowhere(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AZURE_CLIENT_SECRET", "MEETING_IMPORTER_SMTP_PASSWORD", "AZURE_TENANT_ID", "MEETING_IMPORTER_SHEET"):
        monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("MEETING_IMPORTER_NOTIFY_URL", f"https://hooks.example/{SECRET}")
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{SECRET}@proxy.example")
    outputs = ""
    for form in ("systemd", "cron"):
        done = command("schedule", "--as", form, "--", "run", "x", "--notify-smtp", "mail.example")
        assert done.code == 0, done.err
        outputs += done.out + done.err
        for name in (
            "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "MEETING_IMPORTER_NOTIFY_URL",
            "MEETING_IMPORTER_SMTP_PASSWORD", "MEETING_IMPORTER_SHEET", "HTTPS_PROXY",
        ):  # fmt: skip
            assert name in done.out, (form, name)

    assert SECRET not in outputs


def test_another_kind_of_computer_is_not_asked_for_this_ones_environment(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "meeting-importer.toml").write_text("header_row = 2\n", encoding="utf-8")
    for name in (
        "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "MEETING_IMPORTER_SHEET", "MEETING_IMPORTER_ACCESS_TOKEN",
        "AZURE_CLIENT_SECRET", "MEETING_IMPORTER_SMTP_PASSWORD", "AZURE_AUTHORITY_HOST",
    ):  # fmt: skip
        monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("MEETING_IMPORTER_NOTIFY_URL", f"https://hooks.example/{SECRET}")
    monkeypatch.setenv("MEETING_IMPORTER_RESULT_DIR", "out")
    (tmp_path / "sched").mkdir()

    done = command(
        "schedule", "--as", "task", "--program", r"C:\mi.exe", "--write", "sched/night.xml", "--", "run", r"C:\x"
    )

    task = (tmp_path / "sched" / "night.xml").read_text(encoding="utf-16")
    ways = ("CLIENT_CERTIFICATE_PATH", "FEDERATED_TOKEN_FILE", "CLIENT_SECRET")
    proof = " or MEETING_IMPORTER_CLIENT_SECRET_FILE or AZURE_".join((f"AZURE_{ways[0]} or AZURE_{ways[1]}", ways[2]))
    assert f"its account needs: AZURE_TENANT_ID, AZURE_CLIENT_ID, {proof}.<" in task
    assert f"Give the account its environment: AZURE_TENANT_ID, AZURE_CLIENT_ID, {proof}. " in done.err
    assert (SECRET in task + done.err, "SSL_CERT" in task + done.err, "lives about an hour" in done.err) == (False,) * 3
    assert "<Arguments>run -- C:\\x</Arguments>" in task
    assert '/XML "night.xml"' in done.err
    assert "Nobody is notified" in done.err
    assert "meeting-importer.toml was read here" in done.err


def test_a_webhooks_address_does_not_go_into_a_schedule(command: Command) -> None:
    done = command("schedule", "--as", "systemd", "--", "run", "x", "--notify-url", f"https://hooks.example/{SECRET}")

    assert (done.code, done.out, SECRET in done.err) == (2, "", False)
    assert "schedule-secret" in done.err
    assert "MEETING_IMPORTER_NOTIFY_URL" in done.err


@pytest.mark.parametrize(
    ("words", "environment", "named"),
    [
        (["--sandbox"], {}, set()),
        (
            [],
            {},
            {
                "AZURE_TENANT_ID",
                "AZURE_CLIENT_ID",
                "AZURE_CLIENT_CERTIFICATE_PATH",
                "AZURE_FEDERATED_TOKEN_FILE",
                "AZURE_CLIENT_SECRET",
            },
        ),
        (
            [],
            {"AZURE_FEDERATED_TOKEN_FILE": "x"},
            {"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"},
        ),
        (["--github-identity"], {"AZURE_CLIENT_SECRET": "x"}, {"AZURE_TENANT_ID", "AZURE_CLIENT_ID"}),
        ([], {"AZURE_CLIENT_SECRET": "x"}, {"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"}),
        (
            [],
            {"AZURE_CLIENT_CERTIFICATE_PATH": "x", "AZURE_CLIENT_CERTIFICATE_PASSWORD": "y"},
            {
                "AZURE_TENANT_ID",
                "AZURE_CLIENT_ID",
                "AZURE_CLIENT_CERTIFICATE_PATH",
                "AZURE_CLIENT_CERTIFICATE_PASSWORD",
            },
        ),
        (["--managed-identity"], {}, set()),
        (["--managed-identity"], {"AZURE_CLIENT_ID": "x"}, {"AZURE_CLIENT_ID"}),
        (["--delegated"], {"AZURE_CLIENT_SECRET": "x"}, {"AZURE_TENANT_ID", "AZURE_CLIENT_ID"}),
    ],
)
def test_the_credentials_that_the_line_needs_are_named(
    words: list[str], environment: dict[str, str], named: set[str], command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    done = command("schedule", "--as", "systemd", "--", "run", "x", *words)

    assert {name for name in done.out.replace(",", " ").replace(".", " ").split() if name.startswith("AZURE_")} == named


def test_a_task_can_be_made_elsewhere_from_full_paths(command: Command) -> None:
    done = command(
        "schedule", "--as", "task", "--program", r"C:\mi\mi.exe", "--start-in", r"C:\mi", "--user", r"CONTOSO\svc",
        "--at", "03:30", "--", "run", "//fs01/rosters", "--result-dir", r"\\fs01\links",
    )  # fmt: skip

    root = ET.fromstring(done.out)  # noqa: S314 - our own
    assert root.findtext(f".//{TASK}Arguments") == r"run --result-dir \\fs01\links -- \\fs01\rosters"
    assert root.findtext(f".//{TASK}WorkingDirectory") == r"C:\mi"
    assert (root.findtext(f".//{TASK}StartBoundary") or "").endswith("T03:30:00")
    assert r'/RU "CONTOSO\svc" /RP *' in done.err


@pytest.mark.parametrize(
    ("options", "file", "code"),
    [
        (["--program", r"C:\mi.exe"], r"Z:\rosters", "drive-unknown"),
        (["--program", r"Z:\mi.exe"], r"C:\rosters", "drive-unknown"),
        (["--program", r"C:\mi.exe"], "rosters", "schedule-path-relative"),
        ([], r"C:\rosters", "schedule-program-unknown"),
        (["--program", r"C:\mi.exe"], "C:\\a\nb", "schedule-text-unusable"),
    ],
)
def test_what_would_fail_at_night_is_refused_by_day(options: list[str], file: str, code: str, command: Command) -> None:
    done = command("schedule", "--as", "task", *options, "--", "run", file)

    assert (done.code, done.out, code in done.err) == (2, "", True)


def test_files_are_written_and_not_replaced_unasked(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "night.xml"
    words = ["--program", r"C:\mi.exe", "--write", path, "--", "run", r"C:\r"]

    first, second = command("schedule", "--as", "task", *words), command("schedule", "--as", "task", *words)
    third = command("schedule", "--as", "task", "--force", *words)

    assert [done.code for done in (first, second, third)] == [0, 2, 0]
    assert 'encoding="UTF-16"' in path.read_bytes().decode("utf-16")
    assert str(path) in first.err


def test_the_units_go_into_a_folder(command: Command, tmp_path: Path) -> None:
    (tmp_path / "units").mkdir()

    done = command("schedule", "--as", "systemd", "--name", "Night 2", "--write", "units", "--", "run", "x")
    missing = command("schedule", "--as", "systemd", "--write", "nowhere", "--", "run", "x")
    crontab = command("schedule", "--as", "cron", "--write", "nowhere/cron", "--", "run", "x")

    assert (done.code, done.out) == (0, "")
    assert sorted(path.name for path in (tmp_path / "units").iterdir()) == ["night-2.service", "night-2.timer"]
    assert [(each.code, "Traceback" in each.err) for each in (missing, crontab)] == [(2, False), (2, False)]


def test_it_says_what_to_do_next_and_warns_of_a_silent_night(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = command("schedule", "--as", "systemd", "--user", "rosters", "--", "run", "x", "--delegated")
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", SECRET)
    told = command("schedule", "--as", "cron", "--user", "rosters", "--", "run", "x", "--notify-smtp", "mail.example")

    assert "systemctl enable --now meeting-importer.timer" in silent.err
    assert "Nobody is notified" in silent.err
    assert "--delegated" in silent.err
    assert "Nobody is notified" not in told.err
    assert "lives about an hour" in told.err
    assert SECRET not in told.err + told.out


def test_the_run_ends_itself_before_the_scheduler_does(command: Command) -> None:
    open_ended = command("schedule", "--as", "systemd", "--limit", 2, "--", "run", "x")
    short = command("schedule", "--as", "systemd", "--", "run", "x", "--time-limit", "2h")
    long = command("schedule", "--as", "systemd", "--", "run", "x", "--time-limit", "5h")

    assert ("TimeoutStartSec=7200" in open_ended.out, "by force" in open_ended.err) == (True, True)
    assert ("TimeoutStartSec=14400" in short.out, "by force" in short.err) == (True, False)
    assert "TimeoutStartSec=19800" in long.out


def lines_of_the_page() -> list[str]:
    text = (GUIDE / "nightly.md").read_text(encoding="utf-8")
    found = re.findall(r"^ *(\S*meeting-importer schedule --as .*)", text, re.MULTILINE)
    assert text.count("<!-- schedule -->") == len(found) == 2
    return found


@pytest.mark.parametrize("line", lines_of_the_page())
def test_the_lines_of_the_page_work(line: str, command: Command, tmp_path: Path) -> None:
    words = shlex.split(line.replace("\\", "\\\\"))[2:]
    elsewhere = ["--program", r"C:\mi.exe", "--start-in", r"C:\mi"] if "task" in words else []

    done = command("schedule", *elsewhere, *words)

    assert (done.code, done.out) == (0, "")
    assert len(list(tmp_path.iterdir())) == len(done.err.split(" is ready.")) - 1


def test_the_program_that_is_started_is_this_one(command: Command) -> None:
    line = command("schedule", "--as", "cron", "--", "run", "x", "--sandbox").out.splitlines()[-1]
    program = shlex.split(line.partition("exec ")[2])[0]

    assert os.path.isabs(program)  # noqa: PTH117 - a text, not a path at hand
    assert program.startswith(os.path.dirname(sys.executable))  # noqa: PTH120 - a text is compared


def test_an_input_that_is_not_there_is_named_and_one_that_is_is_not(command: Command, tmp_path: Path) -> None:
    (tmp_path / "rosters").mkdir()
    form = "task" if os.name == "nt" else "cron"

    done = command(
        "schedule", "--as", form, "--", "run", "rosters", "rostres", "rosters/*.csv", "gone/*.csv", "--sandbox"
    )

    notes = [line for line in done.err.splitlines() if " is not there" in line]
    assert [name for name in ("rostres", "gone") if any(name in line for line in notes)] == ["rostres", "gone"]
    assert len(notes) == 2
