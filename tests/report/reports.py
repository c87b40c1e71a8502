"""Reports to render, with cells as bad as people and strangers make them, and a page read back without a browser."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Status
from importer.core.report import FileReport
from importer.report import RunFacts
from tests.rows import a_meeting, a_row, changed, saying

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.core.row import Row

VOID = frozenset({"input", "meta", "wbr"})
"""Elements without an end, of those on the page."""

STARTED = datetime(2026, 11, 24, 2, 0, 3, tzinfo=UTC)
TITLES = {"external_id": "Course no.", "start": "Start", "organizer": "Teacher", "attendees": "Attendees"}

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></style></script><h1>taken over",
    "javascript:alert(1)",
    "&lt;b&gt; &amp; &#x3c;",
    "<!-- --><![CDATA[ ]]>",
    "{{ 7*7 }} ${7*7}",
    "name\u202egpj.exe",
    "a\x00b\x1b[31mc\ud800",
)


def row(number: int, status: Status = Status.CREATED, **changes: Any) -> Row:  # noqa: ANN401 - any field
    """Return a row that went well, with the fields named replaced."""
    meeting = a_meeting(
        graph_id=f"g-{number}",
        join_url=f"https://teams.example/l/meetup-join/{number}",
        meeting_id=f"311 222 {number:03d}",
        dial_in_number="+49 69 1234 5678",
        conference_id=str(123_000_000 + number),
    )
    made = a_row(
        number,
        external_id=f"A-{number}",
        organizer="ana@contoso.example",
        subject=f"Lesson {number}",
        start=datetime(2027, 1, 11, 8, 0, tzinfo=UTC) + timedelta(hours=number),
        end=datetime(2027, 1, 11, 9, 0, tzinfo=UTC) + timedelta(hours=number),
        attendees=(),
        zone="Europe/Berlin",
        status=status,
        meeting=meeting,
        checked_at=STARTED + timedelta(seconds=number),
    )
    return changed(made, **changes)


def invalid(number: int, value: str = "25/13/2026") -> Row:
    """Return a row with a mistake."""
    mistake = problem("not-a-date", column="start", value=value)
    blank: dict[str, Any] = {"meeting": None, "checked_at": None, "start": None, "end": None, "subject": ""}
    return row(number, Status.INVALID, **blank, problems=(mistake,))


def failed(number: int) -> Row:
    """Return a row that Teams refused."""
    refusal = problem("access-policy-missing", column="organizer", organizer="ana@contoso.example")
    return row(number, Status.FAILED, meeting=None, problems=(refusal,))


def report(*rows: Row, **changes: Any) -> FileReport:  # noqa: ANN401 - any field
    """Return what became of one file."""
    made = FileReport(input="roster.xlsx", result="out/roster-results.xlsx", sheet="Meetings", titles=TITLES, rows=rows)
    return replace(made, **changes)


def facts(**changes: Any) -> RunFacts:  # noqa: ANN401 - any field
    """Return a run of three minutes in the night."""
    made = RunFacts(
        command="run",
        run_id="20261124T020003Z-1a2b3c",
        started=STARTED,
        ended=STARTED + timedelta(seconds=183),
        exit_code=ExitCode.ROWS,
        version="1.2.3",
    )
    return replace(made, **changes)


def hostile() -> FileReport:
    """Return a report in which every text that comes from outside is out to do harm."""
    rows = []
    for number, text in enumerate(HOSTILE, start=2):
        good = row(number)
        assert good.meeting is not None
        meeting = saying(good.meeting, join_url=text, meeting_id=text, dial_in_number=text, conference_id=text)
        mistake = problem("not-a-date", column="start", value=text)
        texts = dict.fromkeys(("external_id", "organizer", "subject"), text)
        rows.append(changed(good, **texts, meeting=meeting, problems=(mistake,)))
    every = "".join(HOSTILE)
    return report(*rows, input=every, result=every, sheet=every, titles={"start": every})


@dataclass
class Element:
    """An element of a page, with the text in and below it."""

    name: str
    attributes: dict[str, str | None]
    parent: Element | None
    pieces: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def all(self, *names: str) -> Iterator[Element]:
        """Return the elements of these names below, in the order of the page."""
        for child in self.children:
            if not names or child.name in names:
                yield child
            yield from child.all(*names)

    def one(self, name: str) -> Element:
        found = list(self.all(name))
        assert len(found) == 1, f"{len(found)} of {name}"
        return found[0]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self.here = Element("", {}, None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs), self.here)
        self.here.children.append(element)
        if tag not in VOID:
            self.here = element

    def handle_endtag(self, tag: str) -> None:
        assert self.here.name == tag, f"</{tag}> in {self.here.name}"
        assert self.here.parent is not None
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        above: Element | None = self.here
        while above is not None:
            above.pieces.append(data)
            above = above.parent


def read(page: str) -> Element:
    """Read a page; fails where an element is not closed in its place."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.here is reader.root, f"{reader.here.name} is not closed"
    return reader.root
