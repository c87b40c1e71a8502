"""A few hundred harmed workbooks on every run; `python -m tests.tables.mutants` tries as many as wanted."""

from __future__ import annotations

from tests.tables.mutants import outcome, run, seeds


def test_the_unharmed_ones_are_answered() -> None:
    assert [outcome(file) for file in seeds()] == ["answer"] * len(seeds())


def test_a_harmed_workbook_ends_in_an_answer_or_a_sentence() -> None:
    found, _, wrong = run(300, seed=20261124)
    assert wrong == []
    assert found["answer"] > 0
    assert len(found) > 3
