"""What a tenant does is found out, whichever way it does it, and a sandbox with what was found does the same."""

from __future__ import annotations

from pathlib import Path

from importer.core.facts import FACTS, FactState, refuted, state_of
from importer.core.transcript import read_transcript, write_transcript
from importer.sandbox import Sandbox
from tests.cli.commands.proof.contrary import Contrary
from tests.cli.commands.proof.proving import NOW, answers, proven

TENANTS = Path(__file__).with_name("tenants")
TRIED = [fact for fact in FACTS if fact.trial]
BLIND = {"answer-names-external-id"}
"""What hides other facts, so that it is turned round by itself."""


MOST = 6
"""Answers that all facts but one have, at most."""


def tenants() -> list[dict[str, str]]:
    """Return tenants that among them give every answer to every fact: most of them are otherwise in many ways."""
    turned = [
        {fact.name: [*fact.answers][number % len(fact.answers)] for fact in TRIED if fact.name not in BLIND}
        for number in range(MOST)
    ]
    rest = [{fact.name: answer} for fact in TRIED for answer in [*fact.answers][MOST:]]
    return [*turned, *({name: "no"} for name in BLIND), *rest]


def test_a_strict_tenant_does_what_the_program_relies_on(tmp_path: Path) -> None:
    app = Contrary(now=NOW)

    found = proven(app, tmp_path)

    assert refuted(found) == []
    missing = [fact.name for fact in TRIED if state_of(fact, found[fact.name]) is FactState.NOT_TRIED]
    assert missing == ["throttled-says-how-long"]
    assert app.meetings == {}
    assert 15 < app.made <= 30


def test_each_answer_of_each_fact_is_found_in_a_tenant_and_again_in_a_sandbox_that_does_as_it_did(
    tmp_path: Path,
) -> None:
    for number, does in enumerate(tenants()):
        tenant = Contrary(does=does, now=NOW)

        only = next(iter(does)) if len(does) == 1 and not BLIND & does.keys() else ""
        found = proven(tenant, tmp_path / f"{number}", only=only)

        assert {name: found[name].answer for name in does} == does, number
        assert tenant.meetings == {}
        text = write_transcript(found, program="x", cloud="global", day="2026-12-01")
        with Sandbox(facts=read_transcript(text), clock=lambda: NOW) as app:
            again = proven(app, tmp_path / f"{number} again", only=only)
            assert app.meetings == ()
        assert answers(again) == answers(found), number


def test_a_file_of_facts_that_somebody_has_sent_is_replayed(tmp_path: Path) -> None:
    """The files are those of `tenants`: whoever gets one puts it there."""
    for path in TENANTS.glob("*.json"):
        facts = read_transcript(path.read_text("utf-8"))
        with Sandbox(facts=facts, clock=lambda: NOW) as app:
            found = answers(proven(app, tmp_path / path.stem))
        assert {name: found[name] for name in facts} == answers(dict(facts)), path


def test_what_a_cloud_lacks_is_not_tried_and_the_rest_is(tmp_path: Path) -> None:
    with Sandbox(cloud="usgov-l4", clock=lambda: NOW) as app:
        found = proven(app, tmp_path, cloud="usgov-l4")

    reasons = {outcome.reason for outcome in found.values() if not outcome.answer}
    assert reasons == {"This cloud does not have it.", "No call was throttled."}
    assert (found["option-recording"].answer, found["option-whiteboard"].answer) == ("shown", "")
    assert refuted(found) == []
