"""The file of a tenant's facts names nobody, and is read whole or not at all."""

from __future__ import annotations

import json

import pytest

from importer.core.facts import FACTS, FactOutcome, FactRefusal
from importer.core.transcript import read_transcript, redacted_code, redactor, write_transcript

UPN = "Ana.Lopez-Ruiz@school.contoso.com"
OBJECT_ID = "0a1b2c3d-1111-4222-8333-444455556666"
LINK = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_NDQ4%40thread.v2/0?context=%7b%22Tid%22%7d"
TOKEN = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwcyJ9.c2lnbmF0dXJl"
REDACTED = redactor([UPN, OBJECT_ID, "mi-trial-0123456789ab-", "contoso tenant"])

SAID = [
    f"The organizer {UPN} ({OBJECT_ID}) is not allowed.",
    f"Ana can't: ANA.LOPEZ, Lopez; see {LINK}.",
    f"token {TOKEN} Bearer abcdefghijklmnop",
    "tenant 99999999-8888-7777-6666-555544443333 of Contoso, contoso.onmicrosoft.com",
    "Meeting MSowYTFiMmMzZC0xMTExKjAqKjE5Om1lZXRpbmdfTkRRNEB0aHJlYWQudjI= of mi-trial-0123456789ab-first",
    "call +49 30 1234567, id 234 567 89012, passcode at teams.microsoft.com/meet/23456789?p=xYz",
    "host bn1.prod.exchangelabs.com rid:1234567890",
    "a\x1b[31mb\u202ec\nd",
]
GIVEN_AWAY = (
    "ana",
    "lopez",
    "ruiz",
    "contoso",
    "0a1b2c3d",
    "meetup",
    "teams.",
    "eyj",
    "abcdefghijklm",
    "99999999",
    "mso",
    "0123456789ab",
    "1234567",
    "89012",
    "xyz",
    "exchangelabs",
    "\x1b",
    "\n",
    "school",
)


def test_a_message_is_kept_without_what_names_anybody() -> None:
    for said in SAID:
        kept = REDACTED(said)
        assert [word for word in GIVEN_AWAY if word in kept.casefold()] == [], kept
        assert REDACTED(kept) == kept
    plain = "The endDateTime '2036-06-01T08:07:00Z' is earlier than the startDateTime."
    assert REDACTED(plain) == plain
    assert len(REDACTED("word " * 100)) <= 200
    assert [redacted_code(code) for code in ("BadRequest", "ana@x.y", "x" * 65, "")] == ["BadRequest", "", "", ""]


def test_what_is_written_is_read_again() -> None:
    refusal = FactRefusal(400, "BadRequest", "No.")
    outcomes = {fact.name: FactOutcome([*fact.answers][-1], refusal) for fact in FACTS if fact.trial}
    text = write_transcript(outcomes, program="1.2.3", cloud="global", day="2026-12-01")

    assert read_transcript(text) == outcomes
    document = json.loads(text)
    assert [each["name"] for each in document["facts"]] == [fact.name for fact in FACTS]
    assert (document["schema"], document["kind"], document["program"]) == (1, "tenant-facts", "1.2.3")


LINE = '{"kind": "tenant-facts", "schema": 1, "facts": [{"name": "times-kept", "answer": "no", "refusal": {}}]}'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "no list of a tenant's facts"),
        ('{"schema": 1, "last_complete": null}', "no list of a tenant's facts"),
        ('{"kind": "tenant-facts", "schema": 2}', "a newer version"),
        ('{"kind": "tenant-facts", "schema": 1, "facts": {}}', "no facts"),
        ('{"kind": "tenant-facts", "schema": 1, "facts": [1]}', "no facts"),
        ('{"kind": "tenant-facts", "schema": 1, "facts": [{"name": "x", "answer": "yes"}]}', "not known, 'x'"),
        ('{"kind": "tenant-facts", "schema": 1, "facts": [{"name": ["x"], "answer": "yes"}]}', "not known"),
        ('{"kind": "tenant-facts", "schema": 1, "facts": [{"name": "times-kept", "answer": "x"}]}', "times-kept"),
        ('{"kind": "tenant-facts", "schema": 1, "facts": [{"name": "times-kept", "answer": []}]}', ""),
        ('{"kind": "tenant-facts", "schema": 1, "facts": [{"name": "times-kept", "answer": ["x"]}]}', "not known"),
        (LINE, "times-kept"),
        (LINE.replace("{}", '{"status": 200, "code": "", "message": ""}'), "times-kept"),
    ],
)
def test_anything_else_is_refused_in_words(text: str, reason: str) -> None:
    if not reason:
        assert read_transcript(text) == {}
        return
    with pytest.raises(ValueError, match=reason):
        read_transcript(text)
