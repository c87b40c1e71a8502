"""The report as a page: it needs nothing but itself, says everything without a script, and no cell takes it over."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import pytest

from importer.core.catalogue import CATALOGUE, problem
from importer.core.catalogue.service import policy_commands
from importer.core.model import ExitCode, Status
from importer.core.roster import RosterDiff
from importer.languages import load
from importer.report.page import render
from tests.report.reports import HOSTILE, STARTED, Element, facts, failed, hostile, invalid, read, report, row
from tests.rows import saying

if TYPE_CHECKING:
    from importer.core.report import FileReport
    from importer.core.row import Row

APP, ANA, BEN = (f"{number}a1b2c3d-0000-4000-8000-00000000000{number}" for number in range(1, 4))
MIXED = (row(2), row(3, Status.EXISTING), invalid(5), invalid(6, "tomorrow"), failed(7), row(9, Status.UPDATED))


def page(*reports: FileReport) -> Element:
    return read(render(reports or (report(*MIXED),), facts()))


def policy(found: Element) -> dict[str, str]:
    metas = [meta.attributes for meta in found.all("meta")]
    content = next(meta["content"] for meta in metas if meta.get("http-equiv") == "Content-Security-Policy")
    return dict(part.strip().split(" ", 1) for part in (content or "").split(";"))


def sha(element: Element) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()}'"


def test_only_its_own_style_and_script_may_run() -> None:
    found = page()

    rules = policy(found)
    none = ("default-src", "base-uri", "form-action")
    assert {name: rules[name] for name in none} == dict.fromkeys(none, "'none'")
    assert rules["style-src"] == sha(found.one("style"))
    assert rules["script-src"] == sha(found.one("script"))
    assert not [element.name for element in found.all() for name in element.attributes if name.startswith("on")]
    assert not [element.name for element in found.all() if "style" in element.attributes]


def test_nothing_is_fetched_from_anywhere() -> None:
    found = page(hostile())

    assert {name for element in found.all() for name in element.attributes} & {
        "src",
        "srcset",
        "poster",
        "data",
    } == set()
    assert not list(found.all("link", "img", "iframe", "object", "embed", "base", "form"))
    assert "url(" not in found.one("style").text
    assert "@import" not in found.one("style").text
    assert not re.search(r"fetch|XMLHttp|WebSocket|innerHTML|eval", found.one("script").text)


def test_hostile_text_is_shown_as_text_wherever_it_stands() -> None:
    plain = {element.name for element in page().all()}

    found = page(hostile())

    assert {element.name for element in found.all()} <= plain | {"code", "details", "summary", "figure", "figcaption"}
    assert len(list(found.all("h1", "script", "style"))) == 3
    for text in HOSTILE[:-2]:
        assert text in found.one("main").text
        assert text in next(element.text for element in found.all("td") if text in element.text)
    links = [link.attributes["href"] for link in found.all("a")]
    assert all(href is not None and href.startswith("#f1-r") for href in links)


def test_nothing_but_the_programs_own_style_and_script_goes_unescaped() -> None:
    template = (files("importer.report") / "report.html.j2").read_text(encoding="utf-8")

    assert re.findall(r"(\w+)\s*\|\s*safe", template) == ["style", "script"]
    assert "autoescape" not in template.partition("-#}")[2]
    assert "Markup" not in (files("importer.report") / "page.py").read_text(encoding="utf-8")


def test_characters_that_turn_text_round_or_break_a_page_are_named_or_replaced() -> None:
    text = render([hostile()], facts())

    assert "name[U+202E]gpj.exe" in text
    assert "a\ufffdb\ufffd[31mc\ufffd" in text
    text.encode("utf-8")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202d\u202e]", text)


def test_what_comes_from_outside_is_kept_apart_for_reading_direction() -> None:
    found = page(hostile())

    for text in HOSTILE[:-2]:
        cells = [cell for cell in found.all("td") if text in cell.text]
        assert all(any(text in inner.text for inner in cell.all("bdi")) for cell in cells)


@pytest.mark.parametrize(
    ("address", "links"),
    [
        ("https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0?context=%7b%22Tid%22%7d", True),
        ("http://teams.example/x", False),
        ("javascript:alert(1)//https://teams.example", False),
        ("https://user@teams.example/", False),
        ("https:teams.example", False),
        ("https://teams.example/ x", False),
        ("data:text/html,x", False),
        (" https://teams.example/", False),
    ],
)
def test_only_a_plain_https_address_becomes_a_link(address: str, links: bool) -> None:  # noqa: FBT001 - a table of cases
    good = row(2)
    assert good.meeting is not None

    found = page(report(replace(good, meeting=saying(good.meeting, join_url=address))))

    joins = [link.attributes for link in found.all("a") if link.attributes.get("aria-label") == "Join, row 2"]
    assert [(link["href"], link["rel"]) for link in joins] == [(address, "noopener noreferrer")] * links
    assert links or address in found.one("tbody").text


def test_every_row_is_there_with_its_link_and_its_sentences() -> None:
    found = page()

    rows = {line.attributes["id"]: line for line in found.one("tbody").all("tr")}
    assert list(rows) == ["f1-r2", "f1-r3", "f1-r5", "f1-r6", "f1-r7", "f1-r9"]
    assert "Lesson 2" in rows["f1-r2"].text
    assert "Mon 11 Jan 2027, 11:00 to 12:00 (Europe/Berlin)" in rows["f1-r2"].text
    assert "311 222 002" in rows["f1-r2"].text
    assert "[Start] '25/13/2026' is not a date." in rows["f1-r5"].text
    assert [name for name, line in rows.items() if "data-bad" in line.attributes] == ["f1-r5", "f1-r6", "f1-r7"]


def test_problems_are_grouped_by_who_can_mend_them_and_lead_to_their_rows() -> None:
    found = page()

    heads = [heading.text for heading in found.all("h3")]
    assert heads == ["To fix in the sheet", "For the administrator", "The rows"]
    issues = list(found.all("article"))
    assert ["25/13/2026" in issue.text and "tomorrow" in issue.text for issue in issues] == [True, False]
    assert CATALOGUE["not-a-date"].fix in issues[0].text
    assert [[link.attributes["href"] for link in issue.all("a")] for issue in issues] == [
        ["#f1-r5", "#f1-r6"],
        ["#f1-r7"],
    ]


def test_what_is_to_be_typed_keeps_its_lines() -> None:
    issue = page(report(failed(7))).one("article")

    assert issue.one("pre").text.splitlines() == CATALOGUE["access-policy-missing"].fix.splitlines()[1:]


def test_many_rows_of_one_problem_are_said_in_runs_and_folded() -> None:
    numbers = [*range(2, 12), *range(20, 60, 2)]
    found = page(report(*(invalid(number) for number in numbers)))

    issue = found.one("article")
    assert [link.text for link in issue.all("a")][:2] == ["rows 2 to 11", "row 20"]
    assert issue.one("summary").text == "13 more"
    assert len(list(issue.all("a"))) == 21


def test_every_link_within_the_page_leads_somewhere_and_no_id_is_there_twice() -> None:
    found = page(report(*MIXED), report(*MIXED, input="b.csv"), report(input="c.csv", result=None))

    ids = [element.attributes["id"] for element in found.all() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    hrefs = [link.attributes["href"] or "" for link in found.all("a")]
    assert {href[1:] for href in hrefs if href.startswith("#")} <= set(ids)
    named = [
        element.attributes[name]
        for element in found.all()
        for name in ("aria-labelledby", "for")
        if name in element.attributes
    ]
    assert set(named) <= set(ids)


def test_headings_go_down_one_step_at_a_time_and_there_is_one_title() -> None:
    found = page(report(*MIXED, problems=(problem("people-not-checked"),)), report(*MIXED, input="b.csv"))

    levels = [int(heading.name[1]) for heading in found.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert found.one("html").attributes["lang"] == "en"


def test_the_table_says_what_heads_what_and_every_control_has_a_label() -> None:
    found = page()

    table = found.one("table")
    assert table.one("caption").text == "All 6 rows of roster.xlsx"
    assert {head.attributes["scope"] for head in table.one("thead").all("th")} == {"col"}
    assert {head.attributes["scope"] for head in table.one("tbody").all("th")} == {"row"}
    labelled = {label.attributes["for"] for label in found.all("label")}
    assert labelled == {control.attributes["id"] for control in found.all("input", "select")}
    drawings = [drawing.attributes for drawing in found.all("svg")]
    assert all(drawing.get("aria-hidden") == "true" or drawing.get("aria-label") for drawing in drawings)


def test_the_words_before_a_card_on_a_phone_are_the_headings_in_the_pages_language() -> None:
    german = replace(facts(), language=load("de"))
    found = read(render([report(*MIXED)], german))

    said = re.findall(r'nth-child\((\d)\) \{ --heading: "([^"]+)"', found.one("style").text)
    assert said == [(str(place), head.text) for place, head in enumerate(found.one("thead").all("th"), start=1)]
    assert "content: var(--heading)" in found.one("style").text
    assert not re.search(r'content: "\w', found.one("style").text)


def test_controls_that_need_the_script_are_hidden_until_it_runs() -> None:
    controls = [element for element in page().all("div") if element.attributes.get("class") == "controls"]

    assert ["hidden" in element.attributes for element in controls] == [True]


def test_counts_stand_beside_the_bar_and_fill_it() -> None:
    found = page()

    legend = next(listed for listed in found.all("ul") if listed.attributes.get("class") == "legend")
    assert [entry.one("b").text for entry in legend.all("li")] == ["1", "1", "1", "2", "1"]
    bar = next(drawing for drawing in found.all("svg") if drawing.attributes.get("class") == "bar")
    widths = [float((part.attributes["width"] or "").rstrip("%")) for part in bar.all("rect")]
    starts = [float((part.attributes["x"] or "").rstrip("%")) for part in bar.all("rect")]
    assert starts == pytest.approx([0, *accumulate(widths[:-1])], abs=0.01)
    assert sum(widths) == pytest.approx(100, abs=0.01)


def test_the_copy_is_linked_where_its_place_is_known() -> None:
    linked = read(render([report(*MIXED)], facts(links={"roster.xlsx": "roster-results.xlsx"})))
    named = page(report(*MIXED, result="somewhere.xlsx"))

    assert [a.attributes["href"] for a in linked.all("a") if "results" in a.text] == ["roster-results.xlsx"]
    assert "Results: somewhere.xlsx" in named.one("main").text


def test_the_verdict_is_the_heading_and_the_title() -> None:
    found = page()

    assert found.one("h1").text == "3 of 6 meetings are in place; 3 rows need somebody."
    assert found.one("title").text.startswith("3 of 6 meetings are in place; 3 rows need somebody.")


def test_a_file_that_could_not_be_used_says_why() -> None:
    stop = problem("file-empty", value="roster.csv")
    found = read(render([report(problems=(stop,), result=None)], facts(exit_code=ExitCode.INPUT)))

    assert stop.message in found.one("main").text
    assert found.one("h1").text.startswith("The input can't be used")
    assert not list(found.all("table"))


def test_what_changed_is_there_only_where_it_is_known() -> None:
    diff = RosterDiff(
        since=STARTED - timedelta(days=1),
        new=2,
        changed=0,
        gone=("<b>B-1", "B-2"),
        links=("https://teams.example/1", ""),
    )
    found = page(report(*MIXED, diff=diff), report(*MIXED, input="b.csv"))
    nothing = page(report(*MIXED, diff=RosterDiff(since=STARTED, new=0, changed=0, gone=())))

    changed = [heading.text for heading in found.all("h3") if "changed" in heading.text]
    assert changed == ["What changed since 2026-11-23 02:00:03 UTC"]
    assert "2 rows new, 2 rows no longer in the sheet." in found.one("main").text
    assert [
        link.attributes["href"] for link in found.all("a") if (link.attributes.get("aria-label") or "").endswith("B-1")
    ] == ["https://teams.example/1"]
    assert "<b>B-1" in found.one("main").text
    assert "Nothing." in nothing.one("main").text


def test_several_files_are_listed_first() -> None:
    found = page(report(*MIXED), report(input="b.csv", result=None))

    entries = [entry.text for entry in found.one("nav").all("li")]
    assert entries == ["roster.xlsx: 1 created, 1 existing, 1 updated, 2 invalid, 1 failed", "b.csv: not used"]


def test_it_says_that_nobody_was_told_and_that_a_sandbox_is_one() -> None:
    trial = read(render([report(*MIXED)], facts(sandbox=True)))
    checked = read(render([report(invalid(2))], facts()))

    assert "no mail was sent" in trial.one("main").text
    assert "not real" in trial.one("header").text
    assert "no mail was sent" not in checked.one("main").text
    assert "not real" not in checked.one("header").text


def test_a_table_of_very_many_rows_keeps_those_with_problems_and_says_so() -> None:
    warned = row(6, problems=(problem("people-not-checked"),))
    table = read(render([report(row(2), row(3), row(4), warned, invalid(9))], facts(), most=3))

    assert [line.attributes["id"] for line in table.one("tbody").all("tr")] == ["f1-r2", "f1-r6", "f1-r9"]
    assert "3 of 5 rows" in table.one("caption").text


def test_what_stopped_several_files_alike_is_said_once_with_its_detail() -> None:
    stop = problem("sign-in-refused", detail="AADSTS7000215: Invalid client secret")

    text = page(*(report(input=f"{n}.csv", problems=(stop,)) for n in range(3))).one("main").text

    assert (text.count("Sign-in was refused"), text.count("AADSTS7000215")) == (1, 1)


def test_rows_of_a_check_are_ready() -> None:
    waiting = row(2, Status.NOT_ATTEMPTED, meeting=None, checked_at=None)

    found = read(render([report(waiting)], facts(sends=False, command="validate")))

    assert "ready" in found.one("tbody").text
    assert "not attempted" not in found.one("main").text


def test_the_powershell_lines_have_the_ids_of_these_organizers() -> None:
    def refused(number: int, organizer: str) -> Row:
        detail = f"HTTP 403\n{policy_commands(APP, [(organizer, '')])}"
        found = problem("access-policy-missing", column="organizer", value=organizer, organizer="x", detail=detail)
        return row(number, Status.FAILED, meeting=None, problems=(found,))

    lines = page(report(refused(2, ANA), refused(3, BEN), refused(4, ANA))).one("pre").text.splitlines()

    assert [line.partition("-Identity ")[2] for line in lines if "-Identity" in line][1:3] == [f'"{ANA}"', f'"{BEN}"']
    assert f'-AppIds "{APP}"' in lines[2]
    assert not any("<organizer" in line or "<application" in line for line in lines)
