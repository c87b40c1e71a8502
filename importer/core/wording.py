"""Small pieces of sentences that several parts need said alike; and what is taken out of texts from outside.

A service can echo the secrets that it was sent, whole, in pieces, or coded. They are blotted out where a text enters,
so that nothing that shows, sends or keeps it has to think of it; what a terminal would obey goes where it is shown.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from importer.core.texts import Sentence, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


NAMED = 5
"""Names or row numbers spelled out before the rest becomes a count: what fits a cell and an eye."""

MINUTE, HOUR, DAY = 60, 3_600, 86_400
"""In seconds."""


_ROWS = Sentence("rows counted", "{count:,} row", "{count:,} rows", "count", note="2,000 rows")
_MEETINGS = Sentence("meetings counted", "{count:,} meeting", "{count:,} meetings", "count", note="2,000 meetings")
_NAMED_ROWS = Sentence("rows named", "row {numbers}", "rows {numbers}", "count", note="rows 5, 6 and 31 more")
_TWO = Sentence("last of a list", "{names} and {last}", note="a, b and c: the last two")
_AND_MORE = Sentence(
    "rest of a list", "{names} and {count} more", "{names} and {count} more", "count", note="a, b, c and 31 more"
)


def rows_counted(count: int) -> str:
    """Return '1 row' or '2,000 rows'."""
    return _ROWS.format(count=count)


def meetings_counted(count: int) -> str:
    """Return '1 meeting' or '2,000 meetings'."""
    return _MEETINGS.format(count=count)


def rows_in_words(numbers: Sequence[int]) -> str:
    """Return 'row 5', 'rows 5 and 9', or 'rows 5, 6, 7, 8, 9 and 31 more'."""
    return _NAMED_ROWS.format(numbers=numbers_in_words(numbers), count=len(numbers))


def numbers_in_words(numbers: Sequence[int]) -> str:
    """Return '5', '5 and 9', or '5, 6, 7, 8, 9 and 31 more'."""
    return in_words([*map(str, numbers)])


def quoted(names: Iterable[str]) -> str:
    """Return "'a', 'b'": names as they are written, of files' sheets or of columns."""
    return joined(f"'{name}'" for name in names)


SAID_OF = Sentence("said of it", "{what}: {said}", note="12 rows: 6 created, 6 failed")
_WHOLE = Sentence("full stop", "{said}.", note="a whole sentence of one that was said without its full stop")


def with_full_stop(said: str) -> str:
    """Return a sentence that was said without a full stop with one."""
    return _WHOLE.format(said=said)


def in_words(names: Sequence[str]) -> str:
    """Return 'a', 'a and b', or 'a, b, c, d, e and 31 more'."""
    if len(names) > NAMED:
        return first_few(names)
    return _TWO.format(names=joined(names[:-1]), last=names[-1]) if len(names) > 1 else "".join(names)


_OR = Sentence("either", "{one} or {other}", note="3 April 2027 or 4 March 2027")


def either(names: Sequence[str]) -> str:
    """Return 'a', 'a or b' or 'a or b or c'."""
    said = names[0]
    for other in names[1:]:
        said = _OR.format(one=said, other=other)
    return said


def first_few(names: Sequence[str], most: int = NAMED) -> str:
    """Return 'a, b, c' and, beyond `most`, how many more there are: 'a, b, c and 31 more'."""
    return and_more(joined(names[:most]), len(names) - most)


def and_more(names: str, count: int) -> str:
    """Return the names with ' and 31 more' for those that are not among them, if there are any."""
    return _AND_MORE.format(names=names, count=count) if count > 0 else names


def took_in_words(seconds: float) -> str:
    """Return how long something took, as exact as it was measured: '0.4 s', '12 s', '5 min 3 s', '2 h 5 min'."""
    whole = round(seconds)
    if seconds < 10 and seconds != whole:  # noqa: PLR2004 - seconds below which a tenth is worth saying
        return _SECONDS.format(seconds=f"{seconds:.1f}")
    if whole < MINUTE:
        return _SECONDS.format(seconds=whole)
    if whole < HOUR:
        return _MINUTES.format(minutes=whole // MINUTE, seconds=whole % MINUTE)
    return _HOURS.format(hours=whole // HOUR, minutes=whole % HOUR // MINUTE)


_SECONDS = Sentence("seconds", "{seconds} s", note="12 s; short for seconds")
_MINUTES = Sentence("minutes and seconds", "{minutes} min {seconds} s", note="5 min 3 s")
_HOURS = Sentence("hours and minutes", "{hours:,} h {minutes} min", note="2 h 5 min")


def left_in_words(seconds: float) -> str:
    """Return a time that is left, no more exact than it is known: '18 s', '3 min', '1 h 5 min'."""
    whole = round(seconds)
    if whole < 90:  # noqa: PLR2004 - seconds; above, nobody counts them
        return f"{whole} s"
    minutes = round(seconds / MINUTE)
    return f"{minutes} min" if minutes < HOUR // MINUTE else f"{minutes // 60} h {minutes % 60} min"


def apart_in_words(seconds: float) -> str:
    """Return how far apart two moments are in the largest fitting unit, rounded down: '12 days', '1 hour'."""
    for unit, length in (("day", DAY), ("hour", HOUR), ("minute", MINUTE)):
        if abs(seconds) >= 2 * length or (unit == "minute" and abs(seconds) >= length):
            count = int(abs(seconds) // length)
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{max(1, round(abs(seconds)))} s"


def join_quoted(values: Iterable[str]) -> str:
    """Return values for a sentence that puts quotes round one value: a', 'b', 'c."""
    return "', '".join(values)


_CONTROLS = re.compile(r"[\x7f-\x9f\ud800-\udfff]")
"""DEL and C1: JSON lets them stand as they are, and some terminals obey them (ECMA-48). And halves of pairs."""
_HALVES = re.compile(r"[\ud800-\udfff]")
"""What stands for the bytes of a file's name that are no text in this locale (PEP 383), and what no encoding takes."""
_OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal acts on instead of showing it: C0 without tab and line feed, DEL, C1 (ECMA-48), and the signs that
turn the direction of all that follows (https://www.unicode.org/reports/tr9/, "Explicit Directional Formatting")."""


def strip_control_chars(text: str) -> str:
    """Return `text` with a sign of replacement for everything that does something to a terminal but be read.

    A cell with an escape sequence in it could otherwise rewrite what stands above it, or fill the clipboard.
    """
    return _OBEYED.sub("\N{REPLACEMENT CHARACTER}", text)


def encodable(text: str) -> str:
    """Return `text` with a sign of replacement for each half of a surrogate pair, which no encoding takes."""
    return _HALVES.sub("\N{REPLACEMENT CHARACTER}", text)


def json_text(document: object) -> str:
    """Return JSON to read, every control character and half of a surrogate pair spelled out: any encoding takes it."""
    import json  # noqa: PLC0415 - kept out of --help

    text = json.dumps(document, ensure_ascii=False, indent=2)
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def system_reason(error: OSError) -> str:
    """Return why a file or an address can't be used, as the system says it, else what kind of error it is."""
    return error.strerror or type(error).__name__


def where_raised(error: BaseException) -> str:
    """Return the functions and lines that an error came through, the innermost first: no secret, unlike its words."""
    import traceback  # noqa: PLC0415 - for bugs only

    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))


SHORTEST = 6
"""Characters from which a value is looked for: shorter ones would blot out ordinary words."""

PIECE = 8
"""Letters and digits in a row that give a secret away, wherever in it they stand."""

BLOT = "…"

_LONG = re.compile(r"[\w+=%~.-]{32,}", re.ASCII)
_KEPT = re.compile(r"[0-9A-Fa-f-]+|[a-z0-9.-]+|[A-Z0-9_]+|[A-Za-z._-]+")
"""Long words that are no secrets: IDs, hosts, names."""

_PATTERNS = (
    (re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*){0,4}"), BLOT),  # a JSON Web Token, RFC 7519
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), rf"\1 {BLOT}"),
    (
        re.compile(
            r"(?i)([?&;](?:p|pwd|passcode|sig|code|key|token|access_token|client_secret|client_assertion)=)[^&\s\"'<>]+"
        ),
        rf"\1{BLOT}",
    ),
    (re.compile(r"(//)[^/@\s]+@"), rf"\1{BLOT}@"),
)
"""Tokens, the passcode in a Teams link (`?p=`), keys in addresses, passwords before a host."""


def scrub(text: str) -> str:
    """Return `text` without what looks like a secret."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def scrub_strange(text: str) -> str:
    """Return a stranger's words without what looks like a secret or a piece of one: long words that nobody can say."""
    return _LONG.sub(lambda found: found[0] if _KEPT.fullmatch(found[0]) else BLOT, scrub(text))


@lru_cache(maxsize=16)
def scrubber(*secrets: str) -> Callable[[str], str]:
    """Return what blots these secrets out of a text, and what looks like one.

    A secret is found as it is, percent-encoded, in base64, as HTML, in hexadecimal, in the other case, broken by line
    ends or anything else but letters and digits, and so is every piece of it of `PIECE` letters and digits or more.
    """
    known = [secret for secret in secrets if len(secret) >= SHORTEST]
    forms = [form for secret in known for form in (secret, *_coded(secret))]
    pieces = frozenset(piece for form in forms for piece in _pieces(_folded(form)[0]))

    def blot(text: str) -> str:
        for secret in known:
            text = text.replace(secret, BLOT)
        return scrub(_without(text, pieces))

    return blot


def _coded(secret: str) -> Iterator[str]:
    data = secret.encode(errors="replace")
    yield quote(secret, safe="", errors="replace")
    yield escape(secret)
    yield data.hex()
    for before in range(3):  # where its first byte falls within the three that make four letters
        coded = b64encode(b" " * before + data).decode().rstrip("=")
        yield coded[4 if before else 0 : -1]


def _folded(text: str) -> tuple[str, list[int]]:
    """Return the letters and digits of `text` in lower case, and where each of them stands."""
    places = [place for place, sign in enumerate(text) if sign.isalnum() and len(sign.lower()) == 1]
    return "".join(text[place].lower() for place in places), places


def _pieces(folded: str) -> Iterator[str]:
    for start in range(len(folded) - PIECE + 1):
        yield folded[start : start + PIECE]


def _without(text: str, pieces: frozenset[str]) -> str:
    folded, places = _folded(text)
    found = [start for start, piece in enumerate(_pieces(folded)) if piece in pieces]
    if not found:
        return text
    kept, at = [], 0
    for start, end in _joined(found):
        kept += [text[at : places[start]], BLOT]
        at = places[end - 1] + 1
    return "".join((*kept, text[at:]))


def _joined(starts: list[int]) -> Iterator[tuple[int, int]]:
    """Return the stretches that pieces which begin at these places cover."""
    first = last = starts[0]
    for start in starts[1:]:
        if start > last + PIECE:
            yield first, last + PIECE
            first = start
        last = start
    yield first, last + PIECE
