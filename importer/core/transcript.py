"""What a tenant was found to do, as a file: the facts by name, without anything that names a person or the tenant.

Theory of operation. Of answers only the word that stands for each is kept, and of refusals the status, the code and the
message, which a service can write anything into. So a message is kept without whatever could name anybody: what the
trials sent, the names of those whom they were about and every part of them, addresses, links, IDs, numbers and long
words. What is left of a message is left of it again, so a sandbox that answers by the file is found to do the same.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from importer.core.facts import FACT, FactOutcome, FactRefusal, in_order, state_of
from importer.core.wording import BLOT, json_text, scrub_strange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

SCHEMA = 1
"""Raised when a key changes its meaning or goes; a new key does not raise it."""
KIND = "tenant-facts"
FILE_NAME = "tenant-facts.json"

LONGEST_MESSAGE = 200
"""Characters of a message that are kept."""
LONGEST_CODE = 64

_CODE = re.compile(r"[A-Za-z_]*")
_SHORTEST_PART = 3
"""Letters from which a part of a name is blotted out: shorter ones would take the words apart."""
_COMMON = frozenset({"com", "org", "net", "edu", "gov", "onmicrosoft", "example"})
_NAMING = (
    re.compile(r"\S*://\S*"),  # a link
    re.compile(r"\S*@\S*"),  # an address
    re.compile(r"\S*[0-9A-Fa-f]{8,}-\S*"),  # an ID of Entra ID
    re.compile(r"\S*(?:%[0-9A-Fa-f]{2}|\.(?:com|net|org|ms|us)\b)\S*"),  # a part of a link, a host
    re.compile(r"[^\s'\"(]*\d{5,}[^\s'\")]*"),  # a number that can be somebody's
    re.compile(r"[^\s'\"(]{25,}"),  # a word that nobody says
)


def redactor(known: Iterable[str]) -> Callable[[str], str]:
    """Return what takes out of a message whatever names somebody; `known` are names, IDs and texts it may have."""
    whole = sorted(filter(None, known), key=len, reverse=True)
    parts = {part for text in whole for part in re.split(r"[\W\d_]+", text) if len(part) >= _SHORTEST_PART}
    words = sorted(parts - _COMMON, key=len, reverse=True)
    ours = [re.compile(re.escape(text), re.IGNORECASE) for text in whole]
    ours += [re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE) for word in words]

    def redacted(text: str) -> str:
        line = scrub_strange("".join(sign if sign.isprintable() else " " for sign in text))
        for pattern in (*ours, *_NAMING):
            line = pattern.sub(BLOT, line)
        line = re.sub(rf"{BLOT}(?:[\s.,'-]*{BLOT})+", BLOT, " ".join(line.split()))
        return line[:LONGEST_MESSAGE].rstrip()

    return redacted


def redacted_code(code: str) -> str:
    """Return an error's code where it is a word, else nothing."""
    return code if len(code) <= LONGEST_CODE and _CODE.fullmatch(code) else ""


def facts_as_json(outcomes: Mapping[str, FactOutcome]) -> list[dict[str, Any]]:
    """Return every fact with what became of it, as JSON has it."""
    return [
        {
            "name": fact.name,
            "state": state_of(fact, outcome).value,
            "answer": outcome.answer,
            "refusal": None if outcome.refusal is None else _refusal_as_json(outcome.refusal),
            "reason": outcome.reason,
            "sentence": fact.sentence,
            "means": fact.answers[outcome.answer].means if outcome.answer else "",
            "relied_on": list(fact.relied_on),
        }
        for fact, outcome in in_order(outcomes)
    ]


def _refusal_as_json(refusal: FactRefusal) -> dict[str, Any]:
    return {"status": refusal.status, "code": refusal.code, "message": refusal.message}


def write_transcript(outcomes: Mapping[str, FactOutcome], *, program: str, cloud: str, day: str) -> str:
    """Return the file: what was found on a day by a version of the program, in which cloud."""
    document = {
        "schema": SCHEMA,
        "kind": KIND,
        "program": program,
        "cloud": cloud,
        "day": day,
        "facts": facts_as_json(outcomes),
    }
    return json_text(document) + "\n"


def read_transcript(text: str) -> Mapping[str, FactOutcome]:
    """Return the facts that were tried. Raise ValueError, in words, for anything but a file of these facts.

    One fact that is not known, or one answer, is too much: a sandbox that passes over it would not be that tenant.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON") from None
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise ValueError("it is no list of a tenant's facts")
    if document.get("schema") != SCHEMA:
        raise ValueError("a newer version of this program has written it")
    facts = document.get("facts")
    if not isinstance(facts, list) or not all(isinstance(each, dict) for each in facts):
        raise ValueError("it has no facts")
    return dict(_read(facts))


def _read(facts: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, FactOutcome]]:
    for each in facts:
        name, answer = each.get("name"), each.get("answer")
        if not isinstance(name, str) or name not in FACT:
            raise ValueError(f"it has a fact that is not known, {name!r}")
        if not answer:
            continue
        if not isinstance(answer, str) or answer not in FACT[name].answers:
            raise ValueError(f"it has an answer to {name} that is not known, {answer!r}")
        yield name, FactOutcome(answer, _read_refusal(name, each.get("refusal")))


_ERRORS = range(400, 600)


def _read_refusal(name: str, said: object) -> FactRefusal | None:
    if said is None:
        return None
    match said:
        case {"status": int(status), "code": str(code), "message": str(message)} if status in _ERRORS:
            return FactRefusal(status, code, message)
    raise ValueError(f"the refusal of {name} can't be read")
