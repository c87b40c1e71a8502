"""One notification, not none and not two, and never for long."""

from __future__ import annotations

import threading

import pytest

from importer.notify.delivery import Undelivered, deliver

AGAIN, FINAL = Undelivered("busy", again=True), Undelivered("gone")


class Way:
    """Gives these answers in turn."""

    def __init__(self, *answers: Undelivered | None) -> None:
        self.answers = list(answers)
        self.pauses: list[float] = []

    def __call__(self) -> Undelivered | None:
        return self.answers.pop(0)


@pytest.mark.parametrize(
    ("answers", "outcome", "pauses"),
    [
        ([None], None, 0),
        ([FINAL, None], FINAL, 0),
        ([AGAIN, None], None, 1),
        ([AGAIN, AGAIN, None], AGAIN, 1),
        ([AGAIN, FINAL], FINAL, 1),
    ],
)
def test_it_is_tried_once_more_only_where_that_can_help(
    answers: list[Undelivered | None], outcome: Undelivered | None, pauses: int
) -> None:
    way = Way(*answers)

    assert deliver(way, pause=way.pauses.append) == outcome
    assert len(way.pauses) == pauses


def test_what_hangs_is_left_behind_and_not_tried_again() -> None:
    released, calls = threading.Event(), []

    def hang() -> None:
        calls.append("called")
        released.wait()

    found = deliver(hang, seconds=0.01)
    released.set()

    assert found == Undelivered("no answer within 0 s, so it may have arrived")
    assert calls == ["called"]


def test_a_bug_is_not_hidden() -> None:
    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        deliver(broken)
