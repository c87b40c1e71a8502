"""What the answers about people mean: who is known, for whom meetings may be made, who can have dial-in numbers."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.core.catalogue import CATALOGUE, problem
from importer.core.catalogue.doctor import POLICY_GRANT, POLICY_HEAD, POLICY_MORE, POLICY_TAIL
from importer.core.model import ExitCode
from importer.core.ports import Person, Refusal
from importer.doctor.finding import Finding, State, fine, left_out, named, trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

GRANTS_SHOWN = 20
"""Organizers with a line of their own to type; for more, a group or everybody is the better way."""

_OBJECT_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Teams said about one organizer's meetings: None is yes."""

    person: Person
    refusal: Refusal | None


def known_people(names: Sequence[str], answer: Mapping[str, Person | None] | Refusal) -> list[Person]:
    """Gives the organizers whose object ID is known: as looked up, or as the sheet has it where nobody may look up."""
    if isinstance(answer, Refusal):
        return [Person(name, name) for name in names if _OBJECT_ID.fullmatch(name)]
    people = [person for name in names if (person := answer.get(name)) is not None]
    return list({person.object_id: person for person in people}.values())


def judge_lookup(names: Sequence[str], answer: Mapping[str, Person | None] | Refusal, *, strict: bool) -> Finding:
    """Gives whether people can be looked up, and which organizers are nobody's. `strict` is --strict-attendees."""
    if isinstance(answer, Refusal):
        return _no_lookup(names, answer, strict=strict)
    unknown = [name for name in names if answer.get(name) is None]
    if unknown:
        told = problem("organizers-unknown", count=len(unknown), all=len(names), names=named(unknown))
        found = trouble("lookup", told, detail=", ".join(unknown))
        if len(unknown) == len(names):
            return replace(found, state=State.FAILED, exit_code=ExitCode.INPUT)
        return found
    return fine("lookup", "lookup-organizers", count=len(names)) if names else fine("lookup", "lookup")


def _no_lookup(names: Sequence[str], refusal: Refusal, *, strict: bool) -> Finding:
    """A run can do without where the sheet has object IDs, unless every attendee must be known."""
    if names and not strict and all(_OBJECT_ID.fullmatch(name) for name in names):
        return trouble("lookup", problem("people-not-checked", detail=refusal.problem.detail))
    return trouble("lookup", refusal.problem)


def judge_me(me: Person, names: Sequence[str], answer: Mapping[str, Person | None] | Refusal) -> Finding:
    """Gives who is signed in, and whether the sheet names somebody else as organizer."""
    mine = {me.upn.casefold(), me.object_id.casefold()}
    others = [name for name in names if name and name.casefold() not in mine]
    if others:
        found = problem("organizers-not-signed-in-user", me=me.upn, names=named(others))
        return trouble("lookup", found, detail=", ".join(others))
    if isinstance(answer, Refusal):
        return trouble("lookup", problem("people-not-checked", detail=answer.problem.detail))
    return fine("lookup", "lookup-me", me=me.upn)


def judge_policies(verdicts: Sequence[Verdict], *, client_id: str, permitted: bool) -> Iterator[Finding]:
    """Gives a line for those who may have meetings, and one for each way in which others may not.

    `permitted` is whether the token itself says that it may make meetings: then a refusal without a reason can only
    be about the access policy.
    """
    allowed = [verdict.person.upn for verdict in verdicts if verdict.refusal is None]
    if allowed:
        yield fine("access-policy", "access-policy", organizer=named(allowed))
    refused: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.refusal is not None:
            refused[verdict.refusal.problem.code].append(verdict)
    for code, group in refused.items():
        by_policy = code == "access-policy-missing" or (permitted and code == "meetings-forbidden")
        people = [verdict.person for verdict in group]
        yield _refused(code, group, policy_commands(people, client_id) if by_policy else CATALOGUE[code].fix)


def _refused(code: str, group: Sequence[Verdict], remedy: str) -> Finding:
    people = [verdict.person for verdict in group]
    first = group[0].refusal
    said = first.problem.detail.partition("\n")[0] if first else ""
    everybody = ", ".join(f"{person.upn} ({person.object_id})" for person in people)
    told = problem(code, organizer=named([person.upn for person in people]), detail=f"{said}; organizers: {everybody}")
    return trouble("access-policy", told, remedy=remedy)


def policy_commands(people: Sequence[Person], client_id: str) -> str:
    """Gives the PowerShell lines that let this app make meetings for these people."""
    client = client_id if _OBJECT_ID.fullmatch(client_id) else "<application (client) ID>"
    lines = [POLICY_HEAD.format(client_id=client)]
    lines += [_grant(person) for person in people[:GRANTS_SHOWN]]
    if len(people) > GRANTS_SHOWN:
        lines.append(POLICY_MORE.format(count=len(people) - GRANTS_SHOWN))
    return "\n".join((*lines, POLICY_TAIL.format(client_id=client)))


def _grant(person: Person) -> str:
    """Gives one line to paste: nothing in it comes from outside but an ID of the right form and a comment."""
    object_id = person.object_id if _OBJECT_ID.fullmatch(person.object_id) else "<organizer's object ID>"
    name = "".join(sign for sign in person.upn if sign.isprintable() and not sign.isspace())
    return POLICY_GRANT.format(object_id=object_id, name=name)


def judge_dial_in(people: Sequence[Person], told: Mapping[str, bool]) -> Iterator[Finding]:
    """Gives who has Audio Conferencing and who has not; `told` is by object ID, and may leave people out."""
    if not any(person.object_id in told for person in people):
        yield left_out("audio-conferencing", "audio-unknown")
        return
    having = [person.upn for person in people if told.get(person.object_id)]
    lacking = [person.upn for person in people if told.get(person.object_id) is False]
    if having:
        yield fine("audio-conferencing", "audio-conferencing", organizer=named(having))
    if lacking:
        found = problem("audio-conferencing-missing", organizer=named(lacking), detail=", ".join(lacking))
        yield trouble("audio-conferencing", found)
