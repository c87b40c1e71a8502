"""Whom a cell names: addresses as mail programs and other systems write them, and names that `[people]` knows.

People are sign-in names alone, or as mail programs copy them: `Adam, Anna <anna@contoso.com>`. Nobody is dropped
unsaid: a name in front of an address may have one comma, as in `Adam, Anna`, and more only within quotation marks,
where RFC 5322 (3.4) allows them. What has an address and is not understood is kept whole, so that the rules can quote
it.

A `Book` says who is meant by a name. Case, kinds of dashes, how many blanks, and `Ruiz, Ana` for `Ana Ruiz` make no
difference; accents and blanks at all make none where nobody else is found without them. A comma, `and`, `und` and `&`
part people, or are part of a name: a cell is read in the one way in which everybody in it is known, and in none where
there are two. One name for two people is said, never chosen from. A cell without an address in which nobody is known is
kept whole, so that the directory can be asked about all of it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from importer.core.cells import GUID, UPN, ParseError, likeness, spelling, trimmed
from importer.core.wording import in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


_PLAIN = UPN.pattern
_WIDE = str.maketrans(
    "\uff1b\ufe54\u061b\uff0c\ufe50\u060c\u3001\uff20\uff1c\uff1e\uff08\uff09\uff1a\uff06\u3000", ";;;,,,,@<>():& "
)
"""Separators and brackets as Chinese, Japanese and Arabic keyboards write them."""
_CLAIM = re.compile(rf"(?<![\w|])i:0[#e]?\.[a-z]\|[\w.-]*\|({_PLAIN})", re.IGNORECASE)
"""A person as SharePoint encodes who signed in how: `i:0#.f|membership|ana@contoso.com`.
https://learn.microsoft.com/sharepoint/authentication/plan-for-claims-authentication"""
_IN_ROUND = re.compile(rf"\s*\(\s*(?:mailto:)?({_PLAIN})\s*\)", re.IGNORECASE)
_LINK = re.compile(rf"(?<!\S)mailto:({_PLAIN})(?:\?\S*)?", re.IGNORECASE)
"""A link as browsers copy it, with what RFC 6068 lets follow the address left off."""
_AND = re.compile(rf"(>|{_PLAIN}),?\s+(?:and|und|&)\s+", re.IGNORECASE)
"""What parts people as a comma does, where an address stands before it."""
_SEPARATORS = re.compile(r"[;,\r\n]+")
_BREAKS = re.compile(r"[;\r\n]+")
_QUOTED = re.compile(r'"[^"<>@\r\n]*"\s*(?=<)')
"""A display name in quotation marks; never one with an address in it, which could be somebody else."""
_NAMED = re.compile(r"(?P<name>[^<>]*)<\s*(?:mailto:)?(?P<address>[^<>\s]+)\s*>")


def people_in(text: str) -> list[str]:
    """Return whom a cell names, in its order: their addresses, and what is none as it is written."""
    text = _as_mail_programs_write(text)
    if "<" not in text:
        return [person for part in _SEPARATORS.split(text) for person in _apart(trimmed(part))]
    return [person for part in _BREAKS.split(_QUOTED.sub("", text)) for person in _in_part(part)]


def _as_mail_programs_write(text: str) -> str:
    """Return the cell as a mail program would have written it: what other systems write round an address taken off."""
    if text.isascii() and not any(map(text.__contains__, "(|:#&")) and "nd " not in text:  # nearly every cell
        return text
    if ";#" in text:  # SharePoint's lookups: the numbers are those of its own list
        text = ";".join(part for part in text.split(";#") if not part.strip().isdecimal())
    text = text.translate(_WIDE)
    text = _CLAIM.sub(r"\1", text)
    text = _IN_ROUND.sub(r" <\1>", text)
    text = _LINK.sub(r"\1", text)
    return _AND.sub(r"\1; ", text)


def _apart(part: str) -> list[str]:
    """Return several addresses with blanks between one by one, anything else as it is; nothing for nothing."""
    words = part.split()
    if len(words) > 1:
        words = [*filter(None, map(trimmed, words))]
    return words if len(words) > 1 and all(map(UPN.fullmatch, words)) else [part] if part else []


def _in_part(part: str) -> Iterator[str]:
    """Return the people between two semicolons: a comma there ends a person, or stands in a name before an address."""
    held: list[str] = []
    for piece in filter(None, map(trimmed, part.split(","))):
        if "<" in piece:
            yield _address(", ".join([*held, piece]))
            held = []
        elif "@" in piece:
            yield from (*held, piece)
            held = []
        else:
            held.append(piece)
    yield from held


def _address(piece: str) -> str:
    """Return the address in the angle brackets, or the piece where it is unsure that it names one person."""
    found = _NAMED.fullmatch(piece)
    address = "" if found is None else trimmed(found["address"])
    if found is None or not UPN.fullmatch(address) or found["name"].count(",") > 1:
        return piece
    other = "@" in found["name"] and trimmed(found["name"]).strip(" \"'").casefold() != address.casefold()
    return piece if other else address


def distinct(people: Iterable[str]) -> tuple[str, ...]:
    """Return the people once each, in the order and spelling of their first mention; UPNs don't know case."""
    found: dict[str, str] = {}
    for name in people:
        found.setdefault(name.casefold(), name)
    return tuple(found.values())


class Source(StrEnum):
    """Where it is from who is meant by a name."""

    PEOPLE = "people"
    """What the settings say under `[people]`."""
    MAIL = "mail"
    """The mail address of one user of the directory."""
    NAME = "name"
    """The display name of one user of the directory."""


@dataclass(frozen=True, slots=True)
class Meant:
    """Somebody whose sign-in name is another than what stands in the cell: `name` as it is written there."""

    name: str
    sign_in: str
    source: Source


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a cell names: sign-in names and object IDs, and what is none as it is written. `meant` were told by a name.

    `unclear` is set where a name is two people's, or where the cell can be read in two ways.
    """

    people: tuple[str, ...]
    meant: tuple[Meant, ...] = ()
    unclear: ParseError | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """Who is meant by a name: sign-in names or object IDs, by what spellings of it have in common.

    `exact` is with accents and blanks, `plain` without; what is found exactly goes before. `looks` is by what the names
    look like.
    """

    exact: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    plain: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: Source = Source.PEOPLE
    looks: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[tuple[str, str]], source: Source = Source.PEOPLE) -> Book:
        """Return the book of these names and sign-in names; a name that comes with several is several people's."""
        exact: dict[str, dict[str, str]] = {}
        plain: dict[str, dict[str, str]] = {}
        for name, sign_in in entries:
            key = name_key(name)
            exact.setdefault(key, {}).setdefault(sign_in.casefold(), sign_in)
            plain.setdefault(_plain(key), {}).setdefault(sign_in.casefold(), sign_in)
        return cls(_listed(exact), _listed(plain), source, {likeness(key): key for key in exact})

    def find(self, name: str) -> tuple[str, ...]:
        """Return whom the name can mean: nobody, one person, or several."""
        key = name_key(name)
        return self.exact.get(key) or self.plain.get(_plain(key)) or ()

    def like(self, name: str) -> str:
        """Return a name that somebody would take this one for, as letters of other scripts look alike; else nothing."""
        return self.looks.get(likeness(name_key(name)), "")

    @property
    def entries(self) -> Iterator[tuple[str, str]]:
        """Return names, as they are compared, and sign-in names, from which `of` makes the same book again."""
        return ((name, one) for name, found in self.exact.items() for one in found)

    def __bool__(self) -> bool:
        """Return whether it says anything."""
        return bool(self.exact)


def _listed(people: Mapping[str, Mapping[str, str]]) -> Mapping[str, tuple[str, ...]]:
    return {key: tuple(found.values()) for key, found in people.items()}


def name_key(name: str) -> str:
    """Return what spellings of one name have in common; `Ruiz, Ana` is Ana Ruiz."""
    last, comma, first = spelling(trimmed(name).strip("\"' ")).partition(",")
    if not comma or "," in first or not first.strip() or not last.strip():
        return last + comma + first
    return f"{first.strip()} {last.strip()}"


def is_name(text: str) -> bool:
    """Return whether the text can be somebody's name, for the directory to say whose: no address, no ID, no number."""
    return any(map(str.isalpha, text)) and not any(sign in text for sign in "@<>") and not GUID.fullmatch(text)


_STROKES = str.maketrans({"\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u00e6": "ae", "\u0153": "oe", "\u0131": "i"})
"""Letters with strokes and the like, which Unicode does not take apart."""


def _plain(key: str) -> str:
    """Return the name without accents and blanks."""
    key = "".join(key.split())
    if key.isascii():
        return key
    apart = unicodedata.normalize("NFKD", key.translate(_STROKES))
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


_BETWEEN = re.compile(r"(?:\s*,\s*)+|\s+(?:and|und|&)\s+", re.IGNORECASE)
"""What parts people, or is part of a name: `Ruiz, Ana`, `Procurement and Sales`."""
LONGEST_NAME = 3
"""Pieces between such marks that can be one name."""


def named_in(text: str, book: Book) -> Named:
    """Return whom a cell names, those told whom the book knows."""
    people = people_in(text)
    if not book and all("@" in person for person in people):  # nearly every cell
        return Named(tuple(people))
    text = _as_mail_programs_write(text)
    found: list[str] = []
    meant: list[Meant] = []
    for part in _BREAKS.split(_QUOTED.sub("", text) if "<" in text else text):
        one = _part(trimmed(part).strip(", "), book)
        if one.unclear:
            return one
        found += one.people
        meant += one.meant
    return Named(tuple(found), tuple(dict.fromkeys(meant)))


def _part(part: str, book: Book) -> Named:
    """Return whom the text between two semicolons names."""
    if not part:
        return Named(())
    if "<" in part:
        return Named((part,)) if _hides(part, book) else _together(_one(piece, book) for piece in _in_part(part))
    ways = _ways(part, book)
    if len({way.people for way in ways}) > 1:
        return Named((), unclear=ParseError("names-unclear", part))
    if ways:
        return ways[0]
    pieces = people_in(part) if "@" in part else [piece for piece in _BETWEEN.split(part) if piece]
    if "@" not in part and not any(map(book.find, pieces)) and not any(map(GUID.fullmatch, pieces)):
        return _one(part, book)
    return _together([_one(piece, book) for piece in pieces])


def _hides(part: str, book: Book) -> bool:
    """Return whether a name with a comma before an address can be two people, one of them known to the book."""
    names = (before for before in _BEFORE_ADDRESS.findall(part) if "," in before)
    return any(book.find(piece) for before in names for piece in before.split(",") if piece.strip())


_BEFORE_ADDRESS = re.compile(r"([^<>@;]*)<")


def _one(text: str, book: Book) -> Named:
    """Return the one person whom the text names, by the book where it knows the text, else as it is written."""
    match book.find(text):
        case (sign_in,):
            told = () if sign_in.casefold() == text.casefold() else (Meant(text, sign_in, book.source),)
            return Named((sign_in,), told)
        case (_, _, *_) as several:
            return Named((), unclear=ParseError("name-of-several", text, {"people": in_words(several)}))
    if is_name(text) and (other := book.like(text)):
        return Named((), unclear=ParseError("name-looks-like", text, {"other": other}))
    return Named((text,))


def _together(all_named: Iterable[Named]) -> Named:
    people: list[str] = []
    meant: list[Meant] = []
    for one in all_named:
        if one.unclear:
            return one
        people += one.people
        meant += one.meant
    return Named(tuple(people), tuple(meant))


def _pieces(part: str) -> tuple[list[int], list[int]]:
    """Return where the pieces begin and end between which the text can be parted."""
    marks = [(found.start(), found.end()) for found in _BETWEEN.finditer(part)]
    return [0, *(end for _, end in marks)], [*(start for start, _ in marks), len(part)]


def _ways(part: str, book: Book) -> list[Named]:
    """Return the ways, two at most, to part the text so that everybody is known."""
    begins, ends = _pieces(part)
    count = len(begins)
    ways: list[list[tuple[Named, ...]]] = [[] for _ in range(count)] + [[()]]
    for first in reversed(range(count)):
        for size in range(1, min(LONGEST_NAME, count - first) + 1):
            if ways[first + size] and (one := _known(part[begins[first] : ends[first + size - 1]].strip(), book)):
                ways[first] += [(one, *rest) for rest in ways[first + size]]
        del ways[first][2:]
    return [_together(way) for way in ways[0]]


def possible_names(part: str) -> list[str]:
    """Return each piece of the text that can be one name: `Ruiz, Ana, Bo` holds five."""
    begins, ends = _pieces(part)
    return [
        text
        for first, begin in enumerate(begins)
        for end in ends[first : first + LONGEST_NAME]
        if is_name(text := part[begin:end].strip())
    ]


def _known(text: str, book: Book) -> Named | None:
    if book.find(text):
        return _one(text, book)
    several = _apart(text)
    return _together([_one(one, book) for one in several]) if several and all(map(is_sign_in, several)) else None


NAMES = frozenset(
    """
    displayname name fullname person employee teacher trainer lecturer host organizer organiser
    anzeigename vollername mitarbeiter lehrkraft nom nombre nome naam
    """.split()  # noqa: SIM905 - a list of words is read as words
)
FIRST_NAMES = frozenset(
    {"firstname", "givenname", "vorname", "prenom", "prénom", "nombredepila", "voornaam", "imię", "名"}
)
LAST_NAMES = frozenset(
    """
    lastname surname familyname nachname familienname nomdefamille apellidos apellido cognome sobrenome achternaam
    nazwisko 姓
    """.split()  # noqa: SIM905 - likewise
)
PERHAPS_HALF = frozenset({"name", "nom", "nome", "nombre", "naam"})
"""Headings of a whole name that head the other half of one beside a first or a last name: Nom and Prénom, Name and
Vorname, Nome and Cognome."""
SIGN_INS = (
    *("userprincipalname", "upn", "signinname", "signin", "benutzerprinzipalname", "anmeldename"),
    *("nomdeconnexion", "nomdutilisateurprincipal", "nombredeiniciodesesión", "nombreprincipaldeusuario"),
    *("nomediaccesso", "nomeentitàutente", "nomedelogin", "aanmeldingsnaam", "nazwalogowania", "サインイン名"),
    *("email", "emailaddress", "mail", "emailadresse", "adresseemail", "courriel", "correoelectrónico"),
    *("indirizzoemail", "emailadres", "username", "login", "account", "konto"),
)
"""Headings of a list of people, as the exports of Microsoft's admin centres and of other systems have them, of several
sign-in names the first: a mail address can be another one."""
LIST_HEADINGS_AMONG = 20
"""Rows at the top among which the headings of a list of people are."""


@dataclass(frozen=True, slots=True)
class PeopleList:
    """A list of names and sign-in names. `left_out` are rows that have a name and no sign-in name that can be read."""

    entries: tuple[tuple[str, str], ...]
    left_out: tuple[int, ...] = ()


def read_list(rows: Iterable[tuple[int, Sequence[str]]]) -> PeopleList | None:
    """Return the list that the rows of a sheet are (number, texts), None where it is not clear what is in which column.

    The columns have known headings, or there are two, and in one of them are addresses alone.
    """
    filled = [(number, [trimmed(text) for text in texts]) for number, texts in rows if any(map(str.strip, texts))]
    for place, (_, texts) in enumerate(filled[:LIST_HEADINGS_AMONG]):
        if columns := _columns_of(texts):
            return _listed_in(filled[place + 1 :], *columns)
    places = sorted({place for _, texts in filled for place, text in enumerate(texts) if text})
    addresses = [place for place in places if all(_address_in(at(texts, place)) for _, texts in filled[1:])]
    if len(places) != 2 or len(addresses) != 1 or len(filled) < 2:  # noqa: PLR2004 - names, and sign-in names
        return None
    names = [place for place in places if place not in addresses]
    return _listed_in(filled if _address_in(at(filled[0][1], addresses[0])) else filled[1:], names, addresses[0])


def at(texts: Sequence[str], place: int) -> str:
    """Return the text in that column, blank beyond the last one."""
    return texts[place] if place < len(texts) else ""


def _columns_of(texts: Sequence[str]) -> tuple[list[int], int] | None:
    """Return the columns whose texts make a name, and that of the sign-in names, if these are their headings."""
    seen: dict[str, int] = {}
    for place, text in enumerate(texts):
        seen.setdefault(re.sub(r"[\W_]+", "", text).casefold(), place)
    sign_in = next((seen[heading] for heading in SIGN_INS if heading in seen), None)
    whole = next((heading for heading in seen if heading in NAMES), None)
    first, last = (next((heading for heading in seen if heading in known), None) for known in (FIRST_NAMES, LAST_NAMES))
    if whole in PERHAPS_HALF and (first is None) != (last is None):
        first, last, whole = first or whole, last or whole, None
    names = [whole] if whole else [first, last] if first and last else []
    return ([seen[name] for name in names], sign_in) if names and sign_in is not None else None


def _listed_in(rows: Iterable[tuple[int, Sequence[str]]], names: Sequence[int], sign_in: int) -> PeopleList:
    entries: list[tuple[str, str]] = []
    left_out: list[int] = []
    for number, texts in rows:
        parts = [part for place in names if (part := at(texts, place))]
        name = next((part for part in parts if set(" ".join(parts).split()) <= set(part.split())), " ".join(parts))
        address = _address_in(at(texts, sign_in))
        if name and address:
            entries.append((name, address))
        elif name:
            left_out.append(number)
    return PeopleList(tuple(entries), tuple(left_out))


def _address_in(text: str) -> str:
    """Return the one sign-in name or object ID in the text, else nothing."""
    people = people_in(text)
    return people[0] if len(people) == 1 and is_sign_in(people[0]) else ""


def is_sign_in(text: str) -> bool:
    """Return whether the text has the shape of a sign-in name or an object ID."""
    return bool(UPN.fullmatch(text) or GUID.fullmatch(text))
