"""Rows are spread over the run: a limit for each organizer must slow nobody else down, whatever the roster's order."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as some

from importer.core.run import spread

ROWS = some.lists(some.sampled_from("abcdef"), max_size=200).map(lambda keys: list(enumerate(keys)))


def key(row: tuple[int, str]) -> str:
    return row[1]


def spaced(text: str) -> str:
    return "".join(spread(text, str))


def test_two_organizers_alternate() -> None:
    assert spaced("aaabbb") == "ababab"


def test_a_small_one_is_laid_into_the_middle_of_a_large_one() -> None:
    assert spaced("aaaaaab") == "aaabaaa"


def test_many_small_ones_are_laid_over_the_whole_run() -> None:
    assert spaced("aaaaaaaabcdefghi") == "abacadaeafagahai"


def test_nothing_moves_where_all_differ_or_all_are_equal() -> None:
    assert spaced("zyxwv") == "zyxwv"
    assert spaced("aaaa") == "aaaa"
    assert spread([], str) == []


@given(ROWS)
def test_every_row_is_there_once_and_each_organizer_s_keep_their_order(rows: list[tuple[int, str]]) -> None:
    ordered = spread(rows, key)

    assert sorted(ordered) == rows
    for organizer in set(map(key, rows)):
        assert [row for row in ordered if key(row) == organizer] == [row for row in rows if key(row) == organizer]


@given(ROWS)
def test_the_same_rows_always_come_in_the_same_order(rows: list[tuple[int, str]]) -> None:
    assert spread(rows, key) == spread(iter(rows), key)


@given(ROWS)
def test_every_stretch_holds_each_organizer_s_share(rows: list[tuple[int, str]]) -> None:
    """Of an organizer with a tenth of the rows, any beginning holds a tenth, give or take one for each other size."""
    ordered = spread(rows, key)
    shares = Counter(map(key, rows))
    slack = len(set(shares.values())) + 1
    seen: Counter[str] = Counter()

    for count, row in enumerate(ordered, start=1):
        seen[key(row)] += 1
        for organizer, total in shares.items():
            assert abs(seen[organizer] - total * count / len(rows)) <= slack
