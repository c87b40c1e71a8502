"""No secret comes out again: whole, in pieces, coded, broken by line ends, or in the other case."""

from __future__ import annotations

import html
import json
import random
import string
from base64 import b64encode, urlsafe_b64encode
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest

from importer.core.wording import PIECE, scrub_strange, scrubber

if TYPE_CHECKING:
    from collections.abc import Callable

CHANCE = random.Random(7)
PAYLOAD = (
    urlsafe_b64encode(json.dumps({"aud": "x", "roles": ["a", "b"] * 20, "tid": "t" * 30}).encode()).decode().rstrip("=")
)
TOKEN = f"eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.{PAYLOAD}." + "".join(CHANCE.choices(string.ascii_letters + "-_", k=300))
OPAQUE = "".join(CHANCE.choices(string.ascii_letters + string.digits, k=900))
PASSWORD = "pa#ss:w0rd~Q8/x+y=z"
SECRETS = {"jwt": TOKEN, "opaque": OPAQUE, "secret": "abC8Q~dEf3.gHiJkLmNoPqRsTuVwXyZ01234567", "password": PASSWORD}

WAYS: dict[str, Callable[[str], str]] = {
    "whole": str,
    "in a header": lambda secret: f"Authorization: Bearer {secret}",
    "percent": lambda secret: quote(secret, safe=""),
    "plus": quote_plus,
    "base64": lambda secret: b64encode(secret.encode()).decode(),
    "basic": lambda secret: b64encode(f"user:{secret}".encode()).decode(),
    "basic of two": lambda secret: b64encode(f"me:{secret}".encode()).decode(),
    "url base64": lambda secret: urlsafe_b64encode(secret.encode()).decode(),
    "hex": lambda secret: secret.encode().hex(),
    "html": html.escape,
    "json": lambda secret: json.dumps({"echo": secret}),
    "lower": str.lower,
    "upper": str.upper,
    "lines": lambda secret: "\r\n  ".join(secret[at : at + 9] for at in range(0, len(secret), 9)),
    "quoted pieces": lambda secret: '" + "'.join(secret[at : at + 10] for at in range(0, len(secret), 10)),
    "begin": lambda secret: secret[: len(secret) // 2],
    "middle": lambda secret: secret[len(secret) // 3 : -len(secret) // 4],
    "end": lambda secret: secret[len(secret) // 2 :],
    "spaced": " ".join,
}


def longest_left(said: str, secret: str) -> int:
    """Return how many letters and digits in a row of a secret can still be read."""
    letters, known = ("".join(sign for sign in text.lower() if sign.isalnum()) for text in (said, secret))
    return max(
        (size for size in range(1, 40) for at in range(len(known) - size + 1) if known[at : at + size] in letters),
        default=0,
    )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", SECRETS)
def test_no_piece_of_a_secret_can_be_read(name: str, way: str) -> None:
    said = f"The thing {WAYS[way](SECRETS[name])} was refused by HTTP 403."

    blotted = scrubber(*SECRETS.values())(said)

    assert longest_left(blotted, SECRETS[name]) < PIECE, blotted
    assert blotted.startswith("The thin")
    assert blotted.endswith(" was refused by HTTP 403.")


def test_any_piece_anywhere_in_any_text() -> None:
    blot = scrubber(TOKEN, OPAQUE)
    for _ in range(500):
        secret = CHANCE.choice([TOKEN, OPAQUE])
        start = CHANCE.randrange(len(secret) - 30)
        piece = secret[start : start + CHANCE.randrange(PIECE + 4, 200)]
        said = f"{'x' * CHANCE.randrange(5)} '{piece}' {CHANCE.randrange(10**6)}"
        assert longest_left(blot(said), piece) < PIECE


@pytest.mark.parametrize(
    "said",
    [
        "HTTP 403; code 'Forbidden'; message 'No application access policy found for this app'",
        "request-id 8f14e45f-ceea-467f-9575-c0ffee15dead; client-request-id 8F14E45FCEEA467F9575C0FFEE15DEAD",
        "AADSTS7000215: Invalid client secret provided. Trace ID: 8f14e45f-ceea-467f-9575-c0ffee15dead",
        "https://dod-graph.microsoft.us/v1.0/users/8f14e45f-ceea-467f-9575-c0ffee15dead/onlineMeetings/createOrGet",
        "Filter expression expected - /onlineMeetings?$filter={ParameterName} eq '{id}'.",
        "OnlineMeetings.ReadWrite.All, User.ReadBasic.All, OnlineMeetingTranscript.Read.Chat",
        '{"ServerInfo":{"DataCenter":"Germany West Central","Slice":"E","RoleInstance":"FR2PEPF00000523"}}',
        "",
    ],
)
def test_what_helps_to_find_the_cause_stays(said: str) -> None:
    assert scrub_strange(scrubber(*SECRETS.values())(said)) == said


@pytest.mark.parametrize("size", [32, 40, 100, 1000])
def test_a_long_word_of_a_stranger_that_nobody_can_say_is_a_secret(size: int) -> None:
    word = "aB3" + "".join(CHANCE.choices(string.ascii_letters + string.digits + "-_.", k=size))

    assert word[5:20] not in scrub_strange(f"it was {word} indeed")


def test_an_unknown_token_is_no_less_one() -> None:
    assert scrub_strange(f"{TOKEN[:200]}") == "…"
