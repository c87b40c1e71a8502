"""What a notification says: enough to know whether to get up, and nothing about anybody."""

from __future__ import annotations

import json
from dataclasses import replace
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Status
from importer.languages import load
from importer.notify import Encryption, MailServer
from importer.notify.delivery import Post, card, letter
from importer.notify.event import counts_in_words, event_text, facts, headline
from tests.notify.events import CLOSED, FINE, MIXED, PERSONAL, ended, row, with_rows
from tests.notify.receivers import texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.notify.event import RunEnded

    Form = Callable[[RunEnded], str]

POST = Post(
    server=MailServer("mail.contoso.example"),
    encryption=Encryption.STARTTLS,
    sender="night@contoso.example",
    recipients=("it@contoso.example", "office@contoso.example"),
)


def mail(event: RunEnded) -> str:
    """Return the mail as somebody reads it."""
    read = message_from_bytes(letter(event, POST).as_bytes(), policy=policy.default)
    return f"{read['Subject']}\n{read.get_content()}"


def whole_card(event: RunEnded) -> str:
    return "\n".join(texts(card(event)))


def whole_json(event: RunEnded) -> str:
    return "\n".join(texts(facts(event)))


@pytest.mark.parametrize("form", [mail, whole_card, whole_json])
def test_it_says_what_happened_where_and_what_is_amiss(form: Form) -> None:
    said = form(ended(MIXED, report="/srv/night.html"))

    for fact in (
        "2 of 5 meetings are in place; 3 rows need somebody",
        "srv-night",
        MIXED.input,
        str(MIXED.result),
        "/srv/night.html",
        "20261122T020000Z-abc123",
        "2026-11-22T02:01:05+00:00",
        "not-a-date",
        "access-policy-missing",
    ):
        assert fact in said, fact


@pytest.mark.parametrize("form", [mail, whole_card, whole_json])
def test_nothing_personal_is_in_it(form: Form) -> None:
    said = form(ended(MIXED, FINE, CLOSED, troubles=[problem("unexpected-error", value="KeyError")]))

    assert [text for text in PERSONAL if text in said] == []


def test_equal_problems_are_one_cause_with_their_rows_errors_first() -> None:
    event = ended(MIXED, FINE, CLOSED, troubles=[problem("unexpected-error", value="KeyError")])

    assert [(cause.code, cause.rows) for cause in event.causes] == [
        ("unexpected-error", 0),
        ("file-not-found", 0),
        ("not-a-date", 2),
        ("required", 1),
        ("access-policy-missing", 1),
        ("subject-blank", 1),
    ]
    assert event.counts == {Status.CREATED: 1, Status.EXISTING: 2, Status.INVALID: 2, Status.FAILED: 1}


@pytest.mark.parametrize("code", ExitCode)
def test_every_ending_has_its_words(code: ExitCode) -> None:
    said = headline(ended(MIXED, code=code))

    assert said.startswith("meeting-importer on srv-night: ")
    assert "{" not in said
    assert len(said) < 120


def test_long_lists_are_cut_with_a_count_and_the_bad_files_come_first() -> None:
    files = [replace(FINE, input=f"f{number}.csv") for number in range(30)] + [MIXED]
    codes = ("held-back", "not-sent", "sign-in-not-set-up", "interrupted")
    event = ended(*files, troubles=[problem(code, missing="x") for code in codes])

    for said in (event_text(event), whole_card(event)):
        assert "and 21 more files" in said
        assert "and 3 more kinds of problem" in said
        assert said.index("_week_3.xlsx") < said.index("f0.csv")
    # A message may have 28 KB: https://learn.microsoft.com/microsoftteams/limits-specifications-teams
    assert len(json.dumps(card(event))) < 28_000


def test_the_card_is_what_a_workflow_posts_and_shows_paths_as_they_are() -> None:
    message = card(ended(MIXED))

    assert message["type"] == "message"
    (attachment,) = message["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert (attachment["content"]["type"], attachment["content"]["version"]) == ("AdaptiveCard", "1.4")
    # A TextBlock would take \\ and _ for Markdown.
    assert {element["type"] for element in attachment["content"]["body"]} == {"RichTextBlock"}
    assert r"Results: \\fs01\links\_week_3-results.xlsx" in list(texts(message))


@pytest.mark.parametrize(
    ("code", "color"), [(ExitCode.DONE, "good"), (ExitCode.ROWS, "warning"), (ExitCode.REFUSED, "attention")]
)
def test_the_cards_colour_says_how_bad_it_is(code: ExitCode, color: str) -> None:
    first = card(ended(MIXED, code=code))["attachments"][0]["content"]["body"][0]["inlines"][0]

    assert first["color"] == color


def test_json_is_versioned_and_complete() -> None:
    document = facts(ended(MIXED, CLOSED))

    assert (document["schema"], document["event"], document["exit_code"]) == (1, "run-ended", 4)
    assert document["files"][0]["counts"] == {"created": 1, "existing": 1, "invalid": 2, "failed": 1}
    assert document["files"][1]["result"] is None
    assert document["problems"][1] == {
        "code": "not-a-date",
        "title": "Not a date",
        "severity": "error",
        "who": "the sheet",
        "rows": 2,
        "row_numbers": [],
        "values": 1,
    }


def test_a_language_has_signs_of_its_own_and_a_status_that_does_not_bend_after_a_number() -> None:
    counts = counts_in_words({Status.CREATED: 6, Status.FAILED: 22})
    standing = ended(MIXED).standing.words

    assert load("fr").say(counts) == "28 lignes\u00a0: créée (6), échec (22)"
    assert load("fr").say(standing) == "2 réunions sur 5 sont en place\u00a0; 3 lignes demandent une intervention"
    assert load("ja").say(counts).startswith("28行：")
    assert (counts, standing) == (
        "28 rows: 6 created, 22 failed",
        "2 of 5 meetings are in place; 3 rows need somebody",
    )


def test_the_rows_of_a_cause_are_named_where_it_is_plain_whose_they_are() -> None:
    assert "2 rows (7 and 8): Not a date (not-a-date" in mail(ended(MIXED))
    assert "2 rows: Not a date (not-a-date" in mail(ended(MIXED, FINE))


def test_a_cause_with_many_values_says_how_many() -> None:
    rows = [row(n, Status.EXISTING, problem("attendee-not-found", value=f"x{n}", hint="")) for n in (5, 6)]

    assert "2 rows (5 and 6), 2 different values: Attendee not" in mail(ended(replace(MIXED, rows=rows)))


def test_a_mail_has_what_mail_programs_want() -> None:
    message = letter(ended(MIXED), POST)

    assert message["To"] == "it@contoso.example, office@contoso.example"
    assert message["Date"] == "Sun, 22 Nov 2026 02:01:05 +0000"
    assert message["Message-ID"].endswith("@contoso.example>")
    assert message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("rows", "code", "changed", "failed"),
    [
        ([Status.EXISTING, Status.UNCHANGED], ExitCode.DONE, False, False),
        ([Status.CREATED], ExitCode.DONE, True, False),
        ([Status.DIFFERS], ExitCode.DONE, True, False),
        ([Status.UPDATED], ExitCode.DONE, True, False),
        ([Status.INVALID], ExitCode.ROWS, True, True),
        ([], ExitCode.LOCKED, True, True),
    ],
)
def test_what_counts_as_changed_and_as_failed(
    rows: list[Status], code: ExitCode, *, changed: bool, failed: bool
) -> None:
    event = ended(with_rows(*rows), code=code)

    assert (event.changed, event.failed) == (changed, failed)
