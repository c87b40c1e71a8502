"""How the directory is asked who somebody is, and what its answer says.

Sources: https://learn.microsoft.com/graph/api/user-get, /graph/api/user-list and /graph/filter-query-parameter
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from importer.core.ports import Person
from importer.graph.answers import Trouble, another_kind, incomplete, text
from importer.graph.faults import Asking, find_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from importer.graph.answers import JsonObject
    from importer.graph.batches import Outcome

VALUES = 15
"""Values that one `in` filter takes: it counts as that many clauses joined by `or`, of which Graph allows 15."""

LENGTH = 1_800
"""Characters that a filter may have: the only limit documented for an address is 2,048, for advanced queries."""

ME = "/me?$select=id,userPrincipalName"

_OBJECT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """One GET that asks for these people: up to fifteen by a filter, or one by name."""

    names: tuple[str, ...]
    path: str
    filtered: bool


def ask_together(names: Iterable[str]) -> list[Question]:
    """Gives as few questions as will do: UPNs in filters, object IDs one by one."""
    upns: list[str] = []
    single: list[Question] = []
    for name in names:
        if _OBJECT_ID.fullmatch(name):
            single.append(ask_for(name))
        else:
            upns.append(name)
    return [*_filters(upns), *single]


def ask_for(name: str) -> Question:
    """Gives the question for one person. A `$` in front is only safe in the longer form, in quotation marks."""
    key = f"('{quote(_doubled(name), safe='')}')" if name.startswith("$") else f"/{quote(name, safe='')}"
    return Question((name,), f"/users{key}?$select=id,userPrincipalName", filtered=False)


def read_people(question: Question, outcome: Outcome) -> Mapping[str, Person] | Trouble | None:
    """Gives the people found, by the name asked for in folded case; those whom the directory lacks are left out.

    Trouble ends the whole lookup. None: the filter was refused or not fully answered, so ask one by one.
    """
    if isinstance(outcome, Trouble):
        if concerns_all(question, outcome):
            return outcome
        return None if question.filtered else {}
    return _listed(question, outcome.data) if question.filtered else _single(question, outcome.data)


def answers_another(question: Question, data: JsonObject) -> str:
    """Return what shows that a 2xx answer is about other people than the question, or nothing.

    It lists people, and nobody of those asked for. How the directory writes a letter is no difference.
    """
    if sign := another_kind(data, "a list" if question.filtered else "a person"):
        return sign
    listed = data.get("value") if question.filtered else [data]
    people = [_person(entry) for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    by_id = not question.filtered and _OBJECT_ID.fullmatch(question.names[0]) is not None
    said = [name for person in people if (name := person.object_id if by_id else person.upn)]
    asked = {_folded(name) for name in question.names}
    if not said or any(_folded(name) in asked for name in said):
        return ""
    return f"it is about {said[0]!r}, who was not asked for"


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def concerns_all(question: Question, trouble: Trouble) -> bool:
    """Tells trouble with the sign-in, the permission, the address or the service from trouble with one question.

    That there is no such user, or that no user can have such a name, Graph says in its own form. A bare 404 may be
    anybody's, and must not make the people of a whole sheet look unknown.
    """
    if find_rule(trouble, Asking.PEOPLE).fault != "lookup-refused":
        return True
    return not question.filtered and not (trouble.status in (400, 404) and trouble.code)


def _filters(upns: list[str]) -> Iterator[Question]:
    batch: list[str] = []
    for upn in upns:
        if batch and (len(batch) == VALUES or len(_filter([*batch, upn])) > LENGTH):
            yield Question(tuple(batch), _filter(batch), filtered=True)
            batch = []
        batch.append(upn)
    if batch:
        yield Question(tuple(batch), _filter(batch), filtered=True)


def _filter(upns: list[str]) -> str:
    values = ",".join(f"'{_doubled(upn)}'" for upn in upns)
    return f"/users?$filter={quote(f'userPrincipalName in ({values})', safe='')}&$select=id,userPrincipalName"


def _doubled(name: str) -> str:
    """An apostrophe inside quotation marks is written twice (OData 4.01, URL conventions 5.1.1.6.1)."""
    return name.replace("'", "''")


def _listed(question: Question, data: JsonObject) -> Mapping[str, Person] | None:
    listed = data.get("value")
    if not isinstance(listed, list) or "@odata.nextLink" in data:
        return None
    people = [_person(entry) for entry in listed if isinstance(entry, dict)]
    asked = {name.casefold() for name in question.names}
    return {person.upn.casefold(): person for person in people if person.object_id and person.upn.casefold() in asked}


def _single(question: Question, data: JsonObject) -> Mapping[str, Person] | Trouble:
    person, name = _person(data), question.names[0]
    if not person.object_id:
        return incomplete(200)
    return {name.casefold(): person if person.upn else Person(person.object_id, name)}


def _person(data: JsonObject) -> Person:
    return Person(text(data, "id"), text(data, "userPrincipalName"))
