"""doctor --prove at a shell: asked for and agreed to, what it says and writes, and what doctor says of earlier ones."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from importer.cli.run.run_lock import LOCKS
from importer.core.facts import FACTS
from importer.core.transcript import read_transcript
from importer.doctor.journal import FOLDER, trial_journals
from importer.locks import LockOwner, StateLock
from importer.sandbox import APP_TOKEN, TENANT_ID, object_id_of, serve
from tests.cli.commands.proof.contrary import Contrary
from tests.cli.commands.proof.test_proof_left_behind import Otherwise

if TYPE_CHECKING:
    from importer.sandbox import Sandbox
    from tests.cli.commands.doctor.helping import Command
    from tests.cli.conftest import Done

ANA, BEN = "ana.lopez@contoso.example", "ben@contoso.example"
LINE = ("doctor", "--prove", ANA, "--prove-attendee", BEN)


def state() -> Path:
    return Path(os.environ["MEETING_IMPORTER_STATE_DIR"])


def trials(done: Done) -> list[tuple[str, str]]:
    return [(each["state"], each["code"]) for each in done.json["checks"] if each["check"] == "trials"]


def test_without_a_yes_nothing_is_asked_of_anybody(command: Command, served: str, graph: Sandbox) -> None:
    done = command(*LINE)

    assert (done.code, done.out, len(graph.requests)) == (2, "", 0)
    assert "ana.lopez@contoso.example" in done.err
    assert "--yes" in done.err
    dry = command(*LINE, "--yes", "--dry-run", "-o", "json")
    assert (dry.code, trials(dry), graph.meetings) == (0, [("skipped", "")], ())
    assert command("doctor", "--prove-attendee", BEN).code == 2


def test_what_was_found_is_told_and_written_to_a_new_file_that_names_nobody(
    command: Command, served: str, graph: Sandbox, tmp_path: Path
) -> None:
    file = tmp_path / "tenant-facts.json"
    file.write_text("mine", encoding="utf-8")

    done = command(*LINE, "--yes", "-o", "json")

    assert (done.code, graph.meetings, list(trial_journals(state()))) == (0, (), [])
    assert trials(done) == [("ok", ""), ("ok", "")]
    facts = {each["name"]: each["state"] for each in done.json["facts"]}
    assert list(facts) == [fact.name for fact in FACTS]
    assert set(facts.values()) == {"held", "learned", "not tried"}
    assert (done.json["facts_file"], file.read_text("utf-8")) == ("tenant-facts-2.json", "mine")
    text = (tmp_path / "tenant-facts-2.json").read_text("utf-8")
    assert len(read_transcript(text)) == sum(value != "not tried" for value in facts.values())
    known = ("ana.lopez", "ben@", "contoso", object_id_of(ANA), object_id_of(BEN), TENANT_ID, APP_TOKEN, "://", "MSox")
    assert [word for word in known if word.casefold() in text.casefold()] == []


def test_a_fact_that_is_refuted_is_a_warning_that_says_what_follows(
    command: Command, served: str, graph: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = Contrary(does={"existing-untouched": "no", "option-chat": "not-kept"})
    with serve(tenant) as url:
        monkeypatch.setenv("MEETING_IMPORTER_GRAPH_URL", url)
        monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
        text = command(*LINE, "--yes")
        done = command(*LINE, "--yes", "-o", "json")

    assert (done.code, tenant.meetings) == (0, {})
    warned = {each["message"]: each for each in done.json["checks"] if each["code"] == "fact-refuted"}
    assert [name for name in ("existing-untouched", "option-chat") if any(name in said for said in warned)] == [
        "existing-untouched",
        "option-chat",
    ]
    means = {each["name"]: each["means"] for each in done.json["facts"] if each["means"]}
    assert set(means) == {"existing-untouched", "option-chat"}
    assert sorted(each["remedy"] for each in warned.values()) == sorted(means.values())
    assert "refuted   option-chat: A change sets Chat, and its answer says so." in text.out


def test_doctor_says_what_an_earlier_one_has_left_and_the_next_one_takes_it_away(
    command: Command, served: str, graph: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = {"error": {"code": "Forbidden", "message": "No."}}
    with serve(Otherwise(graph, "DELETE", "403 x", refusal)) as url:
        monkeypatch.setenv("MEETING_IMPORTER_GRAPH_URL", url)
        stuck = command(*LINE, "--yes", "-o", "json")
        looked = command("doctor", "-o", "json")
        elsewhere = command(*LINE, "--yes", "-o", "json", "--graph-url", served)
        again = command(*LINE, "--yes", "-o", "json")
        graph_has = len(graph.meetings)
    assert (stuck.code, trials(stuck)) == (5, [("failed", "trial-meetings-stay"), ("failed", "change-forbidden")])
    assert (looked.code, trials(looked)) == (0, [("warning", "trial-meetings-left")])
    assert trials(elsewhere) == [("warning", "trial-meetings-elsewhere"), ("ok", ""), ("ok", "")]
    assert (again.code, trials(again)) == (4, [("failed", "trial-meetings-stay"), ("skipped", "")])
    assert (graph_has, elsewhere.code) == (1, 0)


def test_what_keeps_trials_from_beginning_is_told(
    command: Command, served: str, graph: Sandbox, tmp_path: Path
) -> None:
    line = ("doctor", "--prove", ANA, "--yes", "-o", "json")
    unknown = command(*line, "--prove-attendee", "unknown@contoso.example")
    refused = command("doctor", "--prove", "nopolicy@contoso.example", "--yes", "-o", "json")
    lock = StateLock(state() / LOCKS, state() / FOLDER, LockOwner(born="", since=datetime.now(UTC), machine="m"))
    lock.acquire()
    held, looked = command(*line), command("doctor", "-o", "json")
    lock.release()
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / FOLDER).touch()
    unwritten = command(*line, "--state-dir", tmp_path / "state")

    assert graph.meetings == ()
    assert (unknown.code, trials(unknown)) == (2, [("failed", "trial-person-unknown")])
    assert (refused.code, trials(refused)) == (5, [("skipped", "")])
    assert (held.code, trials(held), trials(looked)) == (8, [("failed", "another-run")], [])
    assert (unwritten.code, trials(unwritten)) == (6, [("failed", "trials-not-recorded")])


@pytest.mark.skipif(os.name == "nt", reason="Windows removes no folder that somebody works in")
def test_where_the_list_can_t_be_saved_the_result_has_it(
    command: Command, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    done = command("doctor", "--prove", ANA, "--yes", "-o", "json")

    assert (done.code, trials(done)) == (6, [("ok", ""), ("failed", "facts-not-saved")])
    assert (len(done.json["facts"]), done.json["facts_file"]) == (len(FACTS), "")


def test_of_what_is_no_list_of_facts_the_sandbox_makes_no_tenant(command: Command, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps({"kind": "tenant-facts", "schema": 9}), encoding="utf-8")

    done = [command("sandbox", "--facts", name) for name in ("x.json", "none.json")]

    assert [each.code for each in done] == [2, 2]
    assert "a newer version" in done[0].err
    assert "doctor --prove ORGANIZER" in done[1].err
