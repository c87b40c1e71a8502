"""Headings are recognised as people write them, and never mistaken."""

from __future__ import annotations

import pytest

from importer.core.layout import Layout, find_layout
from importer.core.model import Stop

REQUIRED = frozenset({"external_id", "organizer"})


def find(
    *rows: list[str], mapping: dict[str, tuple[str, ...]] | None = None, header_row: int | None = None
) -> Layout | None:
    numbered = list(enumerate(rows, start=1))
    return find_layout(numbered, mapping=mapping or {}, required=REQUIRED, header_row=header_row)


def test_case_spaces_and_punctuation_do_not_matter() -> None:
    layout = find(["EXTERNAL-ID *", "organizer ", "Join\nURL", "start  "])

    assert layout is not None
    assert (layout.inputs, layout.results) == ({"external_id": (0,), "organizer": (1,), "start": (3,)}, {"join_url": 2})


def test_the_best_row_wins_and_titles_above_it_are_passed_over() -> None:
    layout = find(["Roster 2027", ""], [], ["External ID", "Organizer"], ["External ID", "Organizer", "Subject"])

    assert layout is not None
    assert layout.header_row == 4


def test_a_stated_row_leaves_no_choice() -> None:
    assert find(["x"], ["External ID", "Organizer"], header_row=1) is None


def test_no_row_without_the_required_headings() -> None:
    assert find(["External ID", "Subject", "Start"]) is None


def test_the_exact_heading_goes_before_a_synonym() -> None:
    layout = find(["ID", "External ID", "Host", "Title", "Organiser"])

    assert layout is not None
    assert (layout.inputs["external_id"], layout.inputs["organizer"]) == ((1,), (4,))


def test_the_mapping_goes_before_everything_and_joins_columns() -> None:
    mapping = {"external_id": ("Kurs",), "start": ("Datum", "Uhrzeit"), "organizer": ("Lehrkraft",)}

    layout = find(["External ID", "Kurs", "Uhrzeit", "Datum", "Lehrkraft"], mapping=mapping)

    assert layout is not None
    assert (layout.inputs["external_id"], layout.inputs["start"]) == ((1,), (3, 2))
    assert (layout.title("start"), layout.title("status")) == ("Datum + Uhrzeit", "Status")


def test_a_mapped_heading_is_never_also_a_result_column() -> None:
    layout = find(["Meeting ID", "Organizer"], mapping={"external_id": ("Meeting ID",)})

    assert layout is not None
    assert layout.results == {}


def test_one_heading_over_two_columns_is_refused() -> None:
    with pytest.raises(Stop) as stopped:
        find(["External ID", "Organizer", "Start", "start"])

    assert stopped.value.problem.code == "heading-twice"
