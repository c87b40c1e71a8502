"""GET /me, GET /users/{id or UPN} and GET /users?$filter=…."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.sandbox import answers, errors, filters
from importer.sandbox.calls import Access, Answer

if TYPE_CHECKING:
    from importer.sandbox.calls import Call
    from importer.sandbox.people import Directory, Person

MOST_VALUES = 15
"""Values of an `in` filter without the advanced query capabilities (microsoft-graph-docs issue 21098)."""

LONGEST_ADVANCED_URL = 2048
"""Characters of the whole URL of an advanced query (microsoft-graph-docs pull 22097)."""

_PAGE = 100
"""Users on a page unless $top says otherwise; source: learn.microsoft.com/graph/api/user-list."""

_LARGEST_PAGE = 999

_CONTEXT = "https://graph.sandbox.invalid/v1.0/$metadata#users"


def me(call: Call, signed_in: Person) -> Answer:
    """Answers GET /me with the signed-in user."""
    if call.access is Access.APP:
        raise errors.app_on_me()
    return _one(call, signed_in)


def one(call: Call, directory: Directory, name: str) -> Answer:
    """Answers GET /users/{name}."""
    person = directory.find(name)
    if person is None:
        raise errors.unknown_user(name)
    return _one(call, person)


def listing(call: Call, directory: Directory) -> Answer:
    """Answers GET /users: those that the filter names, or everyone met so far."""
    people = _filtered(call, directory) if "$filter" in call.query else directory.everybody()
    first, size = _number(call, "$skiptoken", 0), _number(call, "$top", _PAGE)
    page = people[first : first + size]
    payload = {
        "@odata.context": _CONTEXT,
        "value": [answers.user(person, call.select) for person in page],
    }
    if first + size < len(people):
        payload["@odata.nextLink"] = _next_link(call, first + size)
    return Answer(200, payload)


def _one(call: Call, person: Person) -> Answer:
    return Answer(200, {"@odata.context": f"{_CONTEXT}/$entity", **answers.user(person, call.select)})


def _filtered(call: Call, directory: Directory) -> list[Person]:
    clauses = filters.parse(call.query["$filter"])
    count = sum(len(clause.values) for clause in clauses)
    if _is_advanced(call):
        if len(call.headers.get("host", "")) + len("http:///v1.0") + len(call.target) > LONGEST_ADVANCED_URL:
            raise errors.bad_request("The URL of the query is too long.")
    elif count > MOST_VALUES:
        raise errors.too_many_clauses(count, MOST_VALUES)
    found = [_find(directory, clause.name, value) for clause in clauses for value in clause.values]
    return list(dict.fromkeys(person for person in found if person))


def _is_advanced(call: Call) -> bool:
    eventual = call.headers.get("consistencylevel", "").lower() == "eventual"
    return eventual and call.query.get("$count", "").lower() == "true"


def _find(directory: Directory, name: str, value: str) -> Person | None:
    """Finds by the properties that people are looked up by; the sandbox knows a mail address as a UPN only."""
    person = directory.find(value)
    match name:
        case "id":
            return person if person and person.object_id == value.lower() else None
        case "userprincipalname" | "mail":
            return person if person and "@" in value else None
        case _:
            raise errors.bad_request(f"Filtering by '{name}' is not something the sandbox can do.")


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, str(default))
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(_LARGEST_PAGE)) + 3:
        raise errors.bad_request(f"The value of {name} is not a number that can be used.")
    return min(int(text), _LARGEST_PAGE) if name == "$top" else int(text)


def _next_link(call: Call, first: int) -> str:
    kept = [part for part in call.target.partition("?")[2].split("&") if not part.startswith("$skiptoken")]
    query = "&".join([*filter(None, kept), f"$skiptoken={first}"])
    return f"http://{call.headers.get('host', '')}/v1.0/users?{query}"
