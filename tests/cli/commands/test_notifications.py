"""A run that nobody watches: exactly one notification whatever happens, a log, a heartbeat, and no secret anywhere."""

from __future__ import annotations

import json
import signal
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from importer.cli.commands.notifications import run_with_notifications
from importer.cli.config.settings import Settings
from importer.core.model import ExitCode
from importer.notify import Webhook
from importer.sandbox import APP_TOKEN, Sandbox, serve
from tests.cli.rosters import csv_file, values
from tests.cli.run.test_run_process import Holding
from tests.forks import PATIENCE
from tests.notify.events import MIXED, ended
from tests.notify.receivers import Manners, Posted, mail_server, texts, web_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.cli.run.reporting import Observer
    from tests.cli.conftest import Done
    from tests.forks import Start

    Command = Callable[..., Done]

SECRET = "s3cr3t-of-the-night"
PATH = f"/hooks/{SECRET}?sig={SECRET}"
GOOD, BAD = values("ok-1"), values("bad-1", start="25/13/2031", subject="Müller privately")
PERSONAL = ("ana@contoso.example", "Müller privately", "25/13/2031", "Lesson ok-1")


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Posted]:
    """Return a webhook that is set up by the environment, as the guide says."""
    with web_server(path=PATH) as server:
        monkeypatch.setenv("MEETING_IMPORTER_NOTIFY_URL", server.url)
        yield server


def state(tmp_path: Path) -> Path:
    return tmp_path.with_name(tmp_path.name + "-state")


def beaten(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("rows", "options", "code"),
    [
        ([GOOD], [], 0),
        ([GOOD, BAD], [], 4),
        ([BAD], [], 3),
        ([], [], 3),
        ([GOOD], ["--result", "roster.csv"], 2),
        ([GOOD], ["--result-dir", "no/where"], 6),
        ([GOOD], ["--workers", "0"], 2),
        ([GOOD], ["--no-such-option"], 2),
        ([GOOD], ["--config", "nowhere.toml"], 2),
    ],
)
def test_there_is_exactly_one_notification_however_it_ends(
    rows: list[list[Any]], options: list[str], code: int, command: Command, hook: Posted, tmp_path: Path
) -> None:
    csv_file(tmp_path / "roster.csv", rows)

    done = command("run", "roster.csv", "--sandbox", *options)

    assert (done.code, [body["exit_code"] for body in hook.bodies]) == (code, [code])
    assert hook.paths == [PATH]
    assert SECRET not in done.out + done.err


def test_a_refused_sign_in_is_told_with_its_cause(
    command: Command, hook: Posted, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    csv_file(tmp_path / "roster.csv", [GOOD, BAD])
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", "not-the-token")

    done = command("run", "roster.csv")

    (body,) = hook.bodies
    assert (done.code, body["exit_code"]) == (5, 5)
    assert "access-token-expired" in [cause["code"] for cause in body["problems"]]
    assert body["verdict"] == "Nothing can succeed until an administrator acts"


def test_a_file_that_cant_be_used_hides_no_meeting_of_the_others(
    command: Command, hook: Posted, tmp_path: Path
) -> None:
    csv_file(tmp_path / "good.csv", [GOOD])
    (tmp_path / "bad.csv").write_text("no headings here\n", encoding="utf-8")

    done = command("run", "good.csv", "bad.csv", "--sandbox", "--log-file", "run.log")

    (body,) = hook.bodies
    said = "1 of 1 meetings are in place; 1 file could not be used"
    assert (done.code, body["counts"], body["verdict"]) == (3, {"created": 1}, said)
    assert beaten(state(tmp_path) / "last-run-sandbox.json")["verdict"] == said
    assert said in (tmp_path / "run.log").read_text(encoding="utf-8").splitlines()[-1]
    assert "Nothing was sent" not in done.out + done.err


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (ExitCode.STOPPED, "2 of 5 meetings are in place; 3 rows need somebody; stopped early, the next run goes on"),
        (ExitCode.LOCKED, "2 of 5 meetings are in place; 3 rows need somebody; another run was at work"),
        (ExitCode.ROWS, "2 of 5 meetings are in place; 3 rows need somebody"),
    ],
)  # fmt: skip
def test_meetings_in_place_are_said_before_what_ended_the_run(code: ExitCode, said: str) -> None:
    assert ended(MIXED, code=code).verdict == said


def test_a_line_without_files_is_told(command: Command, hook: Posted) -> None:
    done = command("run")

    assert (done.code, [body["exit_code"] for body in hook.bodies]) == (2, [2])
    assert [cause["code"] for cause in hook.bodies[0]["problems"]] == ["usage"]


def test_a_crash_is_told_and_stays_a_crash(hook: Posted, tmp_path: Path) -> None:
    def broken(_settings: Settings, _run_id: str, _observer: Observer) -> int:
        raise ZeroDivisionError(PERSONAL[1])

    settings = Settings(
        files=("x.csv",), state_dir=state(tmp_path), notify_url=Webhook(hook.url), log_file=tmp_path / "run.log"
    )
    with pytest.raises(ZeroDivisionError):
        run_with_notifications(settings, broken)

    (body,) = hook.bodies
    assert (body["exit_code"], [cause["code"] for cause in body["problems"]]) == (1, ["unexpected-error"])
    assert beaten(state(tmp_path) / "last-run.json")["exit_code"] == 1
    log = (tmp_path / "run.log").read_text(encoding="utf-8")
    assert "crashed" in log
    assert "error=ZeroDivisionError" in log
    assert PERSONAL[1] not in log + json.dumps(body)


def test_not_even_a_bug_with_the_address_in_it_puts_it_into_the_log(hook: Posted, tmp_path: Path) -> None:
    def broken(settings: Settings, _run_id: str, _observer: Observer) -> int:
        assert settings.notify_url is not None
        raise ZeroDivisionError(f"at {settings.notify_url.reveal()}")

    log = tmp_path / "run.log"
    settings = Settings(files=("x",), state_dir=state(tmp_path), notify_url=Webhook(hook.url), log_file=log)
    with pytest.raises(ZeroDivisionError):
        run_with_notifications(replace(settings, log_personal_data=True), broken)

    assert 'text="at …"' in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("code", [ExitCode.LOCKED, ExitCode.STOPPED])
def test_endings_before_any_file_are_told(code: ExitCode, hook: Posted, tmp_path: Path) -> None:
    settings = Settings(files=("x.csv",), state_dir=state(tmp_path), notify_url=Webhook(hook.url))

    assert run_with_notifications(settings, lambda *_: int(code)) == code
    assert [body["exit_code"] for body in hook.bodies] == [code]


def test_a_person_who_insists_on_ending_it_is_told_too(hook: Posted, tmp_path: Path) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_with_notifications(
            Settings(files=("x.csv",), state_dir=state(tmp_path), notify_url=Webhook(hook.url)), interrupted
        )

    assert [body["exit_code"] for body in hook.bodies] == [130]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM for another process")
def test_a_run_that_the_system_ends_is_told(to_graph: Start, tmp_path: Path, hook: Posted) -> None:
    roster = csv_file(tmp_path / "r.csv", [values(f"id-{n}") for n in range(20)])
    with Sandbox() as app:
        holding = Holding(app, free=5)
        with serve(holding) as url:
            process = to_graph("run", roster, "-o", "none", "--workers", 2, "--log-file", tmp_path / "l.log", url=url)
            assert holding.reached.wait(PATIENCE)
            process.send_signal(signal.SIGTERM)
            holding.released.set()
            process.communicate(timeout=PATIENCE)

    assert (process.returncode, [body["exit_code"] for body in hook.bodies]) == (130, [130])
    assert beaten(state(tmp_path) / "last-run-sandbox.json")["exit_code"] == 130
    assert "interrupted" in (tmp_path / "l.log").read_text(encoding="utf-8")


def test_a_run_that_finds_another_one_at_work_is_told(
    command: Command, to_graph: Start, hook: Posted, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values(f"id-{n}") for n in range(3)])
    with Sandbox() as app:
        holding = Holding(app, free=0)
        with serve(holding) as url:
            first = to_graph("run", roster, "-o", "none", url=url)
            assert holding.reached.wait(PATIENCE)
            second = command("run", roster, "--sandbox")
            told = [body["exit_code"] for body in hook.bodies]
            holding.released.set()
            first.communicate(timeout=PATIENCE)

    assert (second.code, told, first.returncode) == (8, [8], 0)
    assert [body["exit_code"] for body in hook.bodies] == [8, 0]


def test_paths_are_told_in_full(command: Command, hook: Posted, tmp_path: Path) -> None:
    csv_file(tmp_path / "roster.csv", [GOOD])

    command("run", "roster.csv", "--sandbox", "--report", "night.html")

    (body,) = hook.bodies
    assert (body["files"][0]["input"], body["files"][0]["result"]) == (
        str(tmp_path / "roster.csv"),
        str(tmp_path / "roster-results.csv"),
    )
    assert body["report"] == str(tmp_path / "night.html")


@pytest.mark.parametrize(
    ("on", "rows", "told"),
    [
        ("failure", [[GOOD], [GOOD]], [False, False]),
        ("failure", [[GOOD, BAD], [GOOD]], [True, False]),
        ("change", [[GOOD], [GOOD]], [True, False]),
        ("change", [[GOOD], [values("ok-1", subject="Another")]], [True, True]),
        ("always", [[GOOD], [GOOD]], [True, True]),
    ],
)
def test_quiet_nights_stay_quiet_where_that_is_wanted(
    on: str, rows: list[list[list[Any]]], told: list[bool], command: Command, hook: Posted, tmp_path: Path
) -> None:
    found = []
    for night in rows:
        csv_file(tmp_path / "roster.csv", night)
        hook.bodies.clear()
        command("run", "roster.csv", "--sandbox", "--sandbox-file", "kept.json", "--notify-on", on)
        found.append(bool(hook.bodies))

    assert found == told


@pytest.mark.parametrize(("statuses", "posts"), [((500,), 2), ((404,), 1)])
def test_a_notification_that_fails_changes_nothing_and_is_one_line(
    statuses: tuple[int, ...], posts: int, command: Command, tmp_path: Path
) -> None:
    csv_file(tmp_path / "roster.csv", [GOOD])
    with web_server(*statuses, path=PATH) as hook:
        done = command("run", "roster.csv", "--sandbox", "--notify-url", hook.url, "-q")

    assert (done.code, len(hook.bodies)) == (0, posts)
    warned = [line for line in done.err.splitlines() if "notification-failed" in line]
    assert len(warned) == 1
    assert SECRET not in done.out + done.err


def test_nothing_personal_and_no_secret_is_told_to_anybody(
    command: Command, hook: Posted, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    csv_file(tmp_path / "roster.csv", [GOOD, BAD, values("no-1", organizer="nobody@contoso.example")])
    monkeypatch.setenv("AZURE_CLIENT_SECRET", SECRET)

    done = command("run", "roster.csv", "--log-file", "run.log", "--heartbeat", "beat.json", "-v")

    told = "\n".join(texts(hook.bodies)) + Path("run.log").read_text("utf-8") + Path("beat.json").read_text("utf-8")
    assert done.code == 4
    assert [text for text in (*PERSONAL, "nobody@contoso.example", SECRET, APP_TOKEN) if text in told] == []
    assert [text for text in (SECRET, APP_TOKEN) if text in done.out + done.err] == []
    assert "ok-1" in told


def test_a_mail_is_sent_where_a_server_is_set_up(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    csv_file(tmp_path / "roster.csv", [GOOD, BAD])
    monkeypatch.setenv("MEETING_IMPORTER_SMTP_USER", "night")
    monkeypatch.setenv("MEETING_IMPORTER_SMTP_PASSWORD", SECRET)
    with mail_server(Manners(users={"night": SECRET})) as server:
        done = command(
            "run", "roster.csv", "--sandbox", "--notify-smtp", f"127.0.0.1:{server.port}", "--notify-smtp-security",
            "none", "--notify-from", "night@contoso.example", "--notify-to", "it@contoso.example", "--notify-to",
            "office@contoso.example",
        )  # fmt: skip

    (mail,) = server.mails
    assert (done.code, mail.user, len(mail.recipients)) == (4, "night", 2)
    assert "1 of 2 meetings" in mail.text
    assert SECRET not in done.out + done.err + mail.text


@pytest.mark.parametrize(
    ("options", "environment", "said"),
    [
        (["--notify-smtp", "mail.example", "--notify-to", "a@b.example"], {}, "--notify-from is missing"),
        (["--notify-smtp", "mail.example", "--notify-from", "a@b.example"], {}, "--notify-to is missing"),
        (["--notify-to", "a@b.example"], {}, "--notify-smtp is missing"),
        (
            ["--notify-smtp", "mail.example", "--notify-from", "a@b.example", "--notify-to", "a@b.example"],
            {"USER": "night"},
            "go together",
        ),
        (
            [
                "--notify-smtp", "mail.example", "--notify-from", "a@b.example", "--notify-to", "a@b.example",
                "--notify-smtp-security", "none",
            ],
            {"USER": "night", "PASSWORD": SECRET},
            "for all to read",
        ),
    ],
)  # fmt: skip
def test_half_a_mail_set_up_stops_the_run_before_anything_is_sent(
    options: list[str],
    environment: dict[str, str],
    said: str,
    command: Command,
    hook: Posted,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    csv_file(tmp_path / "roster.csv", [GOOD])
    for name, value in environment.items():
        monkeypatch.setenv(f"MEETING_IMPORTER_SMTP_{name}", value)

    done = command("run", "roster.csv", "--sandbox", "-o", "none", *options)

    assert (done.code, said in done.err, "notification-not-set-up" in done.err) == (2, True, True)
    assert [body["exit_code"] for body in hook.bodies] == [2]
    assert not (tmp_path / "roster-results.csv").exists()
    assert SECRET not in done.err


@pytest.mark.parametrize(
    "options",
    [
        ["--notify-url", f"http://hooks.example/{SECRET}"],
        ["--notify-smtp", "mail:x"],
        ["--notify-to", "Ana <a@b.example>"],
        ["--notify-from", "nobody"],
        ["--log-file", "log.csv"],
        ["--heartbeat", "beat.xlsx"],
    ],
)
def test_settings_that_cannot_be_right_are_refused(options: list[str], command: Command, tmp_path: Path) -> None:
    csv_file(tmp_path / "roster.csv", [GOOD])

    done = command("run", "roster.csv", "--sandbox", *options)

    assert (done.code, SECRET in done.err) == (2, False)
    assert options[0] in done.err


def test_doctor_takes_the_same_line_and_shows_no_address(command: Command, hook: Posted, tmp_path: Path) -> None:
    csv_file(tmp_path / "roster.csv", [GOOD])

    done = command("doctor", "roster.csv", "--sandbox", "--log-file", "run.log", "--notify-on", "failure")

    assert done.code == 0
    assert "notify-url http://127.0.0.1/…" in done.out
    assert (SECRET in done.out + done.err, hook.bodies) == (False, [])


def test_the_log_has_a_line_for_each_row_and_what_was_said(command: Command, tmp_path: Path) -> None:
    csv_file(tmp_path / "roster.csv", [GOOD, BAD])

    done = command("run", "roster.csv", "--sandbox", "--log-file", "logs/run.log", "--log-format", "json", "-o", "json")

    found = lines(tmp_path / "logs" / "run.log")
    assert [line["event"] for line in found] == ["run-started", "said", "row", "row", "file-ended", "run-ended"]
    assert {(line["row"], line["status"]) for line in found if line["event"] == "row"} == {
        (2, "created"),
        (3, "invalid"),
    }
    assert {line["run_id"] for line in found} == {done.json["run_id"]}


def test_the_log_keeps_request_ids_of_refused_rows(command: Command, tmp_path: Path) -> None:
    csv_file(tmp_path / "roster.csv", [values("no-1", organizer="nopolicy.ana@contoso.example")])

    command("run", "roster.csv", "--sandbox", "--log-file", "run.log", "--log-format", "json")

    (row,) = [line for line in lines(tmp_path / "run.log") if line["event"] == "row" and "request_id" in line]
    assert (row["code"], row["http_status"], row["external_id"]) == ("access-policy-missing", "403", "no-1")
    assert "nopolicy" not in (tmp_path / "run.log").read_text(encoding="utf-8")


def test_a_log_that_cannot_be_written_is_a_warning(command: Command, tmp_path: Path) -> None:
    csv_file(tmp_path / "roster.csv", [GOOD])
    (tmp_path / "file").touch()

    done = command("run", "roster.csv", "--sandbox", "--log-file", "file/run.log", "--heartbeat", "file/beat.json")

    assert done.code == 0
    assert [done.err.count(f"({code})") for code in ("log-not-written", "heartbeat-not-written")] == [1, 1]


def test_the_heartbeat_is_in_the_state_folder_and_trials_have_their_own(
    command: Command, served: str, tmp_path: Path
) -> None:
    csv_file(tmp_path / "roster.csv", [GOOD])

    command("run", "roster.csv", "--dry-run")
    assert not list(state(tmp_path).glob("last-run*"))
    command("run", "roster.csv", "--heartbeat", "beat.json")
    command("run", "roster.csv", "--sandbox", "--dry-run", "--heartbeat", "dry.json")

    assert [path.name for path in state(tmp_path).glob("last-run*")] == ["last-run-sandbox.json"]
    one, other = beaten(state(tmp_path) / "last-run-sandbox.json"), beaten(tmp_path / "beat.json")
    assert one == other
    assert (one["exit_code"], one["counts"], one["last_complete"]["run_id"]) == (0, {"created": 1}, one["run_id"])
    assert beaten(tmp_path / "dry.json")["counts"] == {"not attempted": 1}


def test_a_typing_mistake_at_a_terminal_leaves_no_trace(command: Command, tmp_path: Path) -> None:
    assert command("run", "x.csv", "--wrkers", 3).code == 2
    assert not state(tmp_path).exists()


def test_the_settings_file_can_say_whom_to_tell_even_where_the_line_is_wrong(command: Command, tmp_path: Path) -> None:
    csv_file(tmp_path / "roster.csv", [GOOD])
    with web_server() as hook:
        (tmp_path / "night.toml").write_text(f'notify-url = "{hook.url}"\n', encoding="utf-8")
        command("run", "roster.csv", "--sandbox", "--config", "night.toml")
        command("run", "roster.csv", "--sandbox", "--config", "night.toml", "--workers", "none")
        (tmp_path / "meeting-importer.toml").write_text("workers = [", encoding="utf-8")
        command("run", "roster.csv", "--sandbox", "--config", "night.toml")
        command("run", "roster.csv", "--sandbox", "--notify-url", hook.url)

    assert [body["exit_code"] for body in hook.bodies] == [0, 2, 2, 2]


def test_a_settings_file_that_was_merely_found_has_no_say_in_whom_to_tell(command: Command, tmp_path: Path) -> None:
    csv_file(tmp_path / "roster.csv", [GOOD])
    with web_server() as hook:
        (tmp_path / "meeting-importer.toml").write_text(f'notify-url = "{hook.url}"\n', encoding="utf-8")
        codes = [command("run", "roster.csv", "--sandbox", *more).code for more in ([], ["--workers", "none"])]

    assert (codes, hook.bodies) == ([2, 2], [])


def test_a_webhook_of_teams_would_get_a_card(command: Command, hook: Posted, tmp_path: Path) -> None:
    csv_file(tmp_path / "roster.csv", [GOOD])

    command("run", "roster.csv", "--sandbox", "--notify-format", "card")

    (body,) = hook.bodies
    assert body["attachments"][0]["content"]["body"][0]["inlines"][0]["text"] == "The meeting is in place"
    assert socket.gethostname() in json.dumps(body)


def test_certificates_that_cannot_be_read_are_the_notifications_trouble_only(
    command: Command, hook: Posted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    csv_file(tmp_path / "roster.csv", [BAD])
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))

    mail = ["--notify-smtp", "127.0.0.1:9", "--notify-from", "a@b.example", "--notify-to", "a@b.example"]
    done = command("run", "roster.csv", "--sandbox", *mail)

    assert (done.code, hook.bodies) == (3, [])
    assert done.err.count("(notification-failed)") == 2
    assert "SSL_CERT_FILE" in done.err
