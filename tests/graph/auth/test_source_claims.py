"""What a token says about itself, and what a Conditional Access challenge asks for; anything may come in here."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.graph.auth import challenge_in, claims_of

JSON = st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.text()))


def coded(claims: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


@given(JSON)
def test_the_claims_of_a_token_come_back_as_they_went_in(claims: dict[str, object]) -> None:
    assert claims_of(f"{coded({'alg': 'none'})}.{coded(claims)}.signature") == claims


@given(st.text())
def test_any_other_text_has_no_claims(text: str) -> None:
    assert claims_of(text) == {}


@pytest.mark.parametrize(
    "token", ["opaque", "a.b", "a.b.c.d", "a.!!.c", f"a.{coded([1])}.c", "a.bm90IGpzb24.c", "a." + "A" * 70_000 + ".c"]
)
def test_an_opaque_token_has_no_claims(token: str) -> None:
    assert claims_of(token) == {}


@given(JSON.filter(bool))
def test_a_challenge_gives_its_claims(claims: dict[str, object]) -> None:
    header = f'Bearer realm="", error="insufficient_claims", claims="{coded(claims)}"'

    assert json.loads(challenge_in(header)) == claims


@pytest.mark.parametrize(
    "header",
    ["", 'Bearer error="invalid_token"', 'error="insufficient_claims", claims="###"', f'claims="{coded({"a": 1})}"'],
)
def test_anything_else_is_no_challenge(header: str) -> None:
    assert challenge_in(header) == ""
