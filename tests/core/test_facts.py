"""Each fact that no document states can be found out, or says why not; and what it names of the code is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import importer
from importer.core.facts import FACT, FACTS, TOLD_TEAMS, Fact, FactAnswer, FactOutcome, FactState, state_of
from importer.doctor.trials import TRIALS

PACKAGE = Path(importer.__file__).parent


def test_each_fact_has_a_trial_or_a_reason_why_it_has_none() -> None:
    tried = [name for trial in TRIALS for name in trial.facts]

    assert len(tried) == len(set(tried))
    assert set(tried) == {fact.name for fact in FACTS if fact.trial}
    assert [fact.name for fact in FACTS if bool(fact.trial) == bool(fact.untried)] == []
    assert len(FACT) == len(FACTS)
    assert len([name for name in FACT if name.startswith("option-")]) == len(TOLD_TEAMS) > 15


def test_the_code_that_relies_on_a_fact_is_there() -> None:
    lost = []
    for place in {place for fact in FACTS for place in fact.relied_on}:
        file, _, name = place.partition(": ")
        path = PACKAGE / file
        named = rf"^(?:(?:class|def) {name}\b|{name}(?:: | = |, ))"
        if not path.exists() or not re.search(named, path.read_text(encoding="utf-8"), re.MULTILINE):
            lost.append(place)

    assert lost == []


def test_what_is_relied_on_comes_first_and_every_other_answer_says_what_follows() -> None:
    for fact in FACTS:
        if fact.trial:
            assert not next(iter(fact.answers.values())).means, fact.name
        refuting = [answer for answer, said in fact.answers.items() if said.means]
        assert not refuting or fact.relied_on, fact.name
        for answer in fact.answers:
            state = state_of(fact, FactOutcome(answer))
            expected = FactState.HELD if fact.relied_on else FactState.LEARNED
            assert state is (FactState.REFUTED if answer in refuting else expected)
        assert state_of(fact, FactOutcome(reason="x")) is FactState.NOT_TRIED


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"trial": "x"},
        {"trial": "x", "untried": "x", "answers": {"yes": FactAnswer("x")}},
        {"untried": "x", "answers": {"yes": FactAnswer("x")}},
        {"trial": "x", "answers": {"yes": FactAnswer("x"), "no": FactAnswer("x", "x")}},
    ],
)
def test_a_declaration_with_a_part_missing_is_refused(parts: dict[str, str]) -> None:
    with pytest.raises(TypeError):
        Fact(name="x", sentence="x", **parts)  # type: ignore[arg-type]  # that is what is tried
