"""Whatever people with a sheet read can be said in their language, from right to left too: nothing English is left.

Each thing that they are given is made in a language of its own letters (pseudo.py). What English letters are left must
be somebody's text, or what is the same in every language.
"""

from __future__ import annotations

import html
import io
import json
import re
from dataclasses import replace

from openpyxl import load_workbook

from importer.cli.commands.cancel import list_of_cancelled
from importer.cli.run.saving import as_list, listed_of
from importer.core.cancelling import CancelStatus, Candidate
from importer.core.catalogue import problem
from importer.core.columns import COLUMNS
from importer.core.inviting import events_of
from importer.core.memory import UNKNOWN
from importer.core.model import Status
from importer.core.results import invitation_text
from importer.core.row import Key
from importer.invitations import event_file
from importer.notify.delivery import card
from importer.notify.event import event_text, headline
from importer.report.page import render
from importer.template import TemplateFormat, TemplateOptions, template_bytes
from tests.core.planning import plan
from tests.core.planning import row as planned_row
from tests.core.test_catalogue import OWN, TYPICAL
from tests.core.test_rules import ONE_EACH
from tests.invitations.invited import NOW, invitation, read
from tests.languages.declared import IN_A_SHEET, LISTED, OF_A_FILE
from tests.languages.pseudo import PSEUDO
from tests.notify.events import ended
from tests.report.reports import facts, failed, invalid, report, row
from tests.rows import a_meeting

SAME = re.compile(
    r"https?://\S+|\S+@\S+|\S+\.(?:xlsx|csv)|\[\w+\]|--[a-z-]+|meeting-importer(?: \w+)?"
    r"|\b[a-z]\w*(?:-[a-z]+)+\b|\b[A-Z][A-Za-z_]+/[A-Za-z_/+-]+|\bUTC\b|\bU\+[0-9A-F]{4}|\b\w+ = .*"
)
"""Addresses, files, codes, options, settings, and zones by their own names."""
WORD = re.compile(r"[A-Za-z]{2,}")
A_TIME = "2027-01-11 08:00"


def english_in(text: str, *known: object) -> list[str]:
    """Return the English words of a text that are nobody's own: `known` has what people and programs have said."""
    own = {word for each in known for word in WORD.findall(str(each))}
    return sorted({word for word in WORD.findall(SAME.sub(" ", text)) if word not in own})


def shown(page: str) -> str:
    """Return what a page shows, and says of what it shows; not the commands to copy, which are the same for all."""
    body = re.sub(r"<(script|style|pre|meta)\b(?:[^>]*>.*?</\1>|[^>]*>)", " ", page, flags=re.DOTALL)
    said = re.findall(r'(?:title|alt|aria-label|placeholder|data-label)="([^"]*)"', body)
    return html.unescape(" ".join((*said, re.sub(r"<[^>]*>", " ", body))))


def test_each_mistake_of_a_sheet_is_told_without_a_word_of_english() -> None:
    planned = plan([planned_row(number, **cells) for number, (cells, _) in enumerate(ONE_EACH, start=2)])
    for found in (*planned.ready, *planned.rejected):
        for each in found.problems:
            cells = [cell for group in found.cells.values() for cell in group]
            assert english_in(PSEUDO.say(each.message), each.value, *cells) == [], each


def test_each_message_of_a_sheet_and_of_a_file_is_translatable() -> None:
    for entry in (*IN_A_SHEET, *OF_A_FILE):
        example = {**TYPICAL, **OWN.get(entry.code, {})}
        found = problem(entry.code, **{name: said for name, said in example.items() if f"{{{name}" in entry.message})
        assert english_in(PSEUDO.say(found.message), *example.values()) == [], entry.code


def test_the_template_is_from_right_to_left_and_has_no_word_of_english() -> None:
    made = template_bytes(TemplateFormat.XLSX, TemplateOptions(columns=tuple(COLUMNS), language=PSEUDO, rows=5))
    meetings, guide, _ = load_workbook(io.BytesIO(made)).worksheets
    for sheet in (meetings, guide):
        assert sheet.sheet_view.rightToLeft
        texts = [sheet.title, *(f"{cell.value or ''}" for line in sheet.iter_rows() for cell in line)]
        for rule in sheet.data_validations.dataValidation:
            texts += [rule.prompt or "", rule.promptTitle or "", rule.error or "", rule.errorTitle or ""]
        assert [(text, left) for text in texts if (left := english_in(text)) and not text.startswith("=")] == []


def test_the_report_is_from_right_to_left_and_has_no_word_of_english() -> None:
    blank = problem("subject-blank", column="subject")
    rows = [
        *(row(2), row(3, Status.EXISTING), row(4, Status.DIFFERS, problems=(blank,)), invalid(5), failed(6)),
        *(row(7, Status.NOT_ATTEMPTED, meeting=None, checked_at=None), row(8, Status.UPDATED)),
    ]
    made = report(*rows, language=PSEUDO, titles={})
    page = render([made], replace(facts(), language=PSEUDO))

    own = [text for each in rows for text in (each.subject, each.external_id, each.organizer)]
    assert 'dir="rtl"' in page.partition(">")[0] + page[: page.index("<head")]
    assert english_in(shown(page), *own, made.sheet) == []


def test_invitations_and_calendar_files_have_no_word_of_english() -> None:
    invited = invitation()
    event = read(event_file(invited, sequence=1, stamp=NOW, language=PSEUDO))
    for text in (invitation_text(invited, PSEUDO), event.description.value):
        assert english_in(text, invited.subject, invited.passcode) == []
    made = events_of(row(2), PSEUDO)[0].html
    assert made.startswith('<html><body dir="rtl">')
    assert english_in(shown(made)) == []


def test_mail_and_card_have_no_word_of_english() -> None:
    event = replace(ended(report(row(2), invalid(3), failed(4), language=PSEUDO)), language=PSEUDO)
    sent = card(event)["attachments"][0]["content"]
    inlines = re.findall(
        r'"(?:text|title|value|fallbackText)": "((?:[^"\\]|\\.)*)"', json.dumps(sent, ensure_ascii=False)
    )
    assert sent["rtl"] is True
    for text in (event_text(event), PSEUDO.say(headline(event)), *inlines):
        assert english_in(text, event.run_id, event.host, "out/roster-results") == [], text


def test_lists_of_results_and_of_what_was_cancelled_have_no_word_of_english() -> None:
    results = as_list([listed_of("A", [invalid(3)], ("status", "what_to_do"), PSEUDO)] * 2)
    candidates = [
        Candidate(
            scope=UNKNOWN,
            key=Key("ana@contoso.example", "A-1"),
            meeting=a_meeting(graph_id="g", subject="Algebra"),
            roster=None,
            fate=fate,
            problems=tuple(problem(entry.code, value="A-1", other="b.csv", when=A_TIME) for entry in LISTED),
        )
        for fate in CancelStatus
    ]
    for made in (results, list_of_cancelled(candidates, PSEUDO)):
        text = made.decode("utf-8-sig")
        assert english_in(text, "Algebra") == [], text
