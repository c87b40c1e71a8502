"""From a row's result to the texts of its result cells, and how such texts are told from a person's own.

An invitation's text is for people whom nobody else tells: these meetings are on no calendar and no mail is sent.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from math import ceil
from string import Formatter
from typing import TYPE_CHECKING

from importer.core.body import NO_MOMENT, text_at
from importer.core.catalogue import CATALOGUE, problem
from importer.core.catalogue.headings import OURS_ELSEWHERE
from importer.core.catalogue.words import status_word
from importer.core.columns import COLUMNS, EXTRA_COLUMNS, RESULT_COLUMNS, WHAT_TO_DO_WIDTH, FilledFrom
from importer.core.layout import ByLetter, free_heading, letters
from importer.core.model import ANSWERED, DEFAULT_LENGTH, Occurrence, Severity, Status
from importer.core.people import distinct, is_name
from importer.core.properties import DAY_AND_TIME, IN_ZONE, TO, full_day_in_words, on_clocks
from importer.core.texts import ENGLISH, Sentence, clauses, fixed, width_of
from importer.core.wording import encodable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from importer.core.body import Body
    from importer.core.columns import ResultColumn
    from importer.core.layout import Layout
    from importer.core.model import Meeting, Problem
    from importer.core.row import Row
    from importer.core.texts import Language, Languages


MAILABLE = re.compile(r"[^\s@<>()\[\]\\,;:\"#]+@[^\s@<>()\[\]\\,;:\"#]+\.[^\s@<>()\[\]\\,;:\"#.]+")
"""What can be written to. A guest's sign-in name (`ana_fabrikam.com#EXT#@...`) can't, and neither can an object ID."""

NAMESPACE = uuid.UUID("5f3f2d0c-3a8e-5b51-9d0b-6d1c8a0f7e42")
"""Makes this program's identifiers its own (RFC 9562, section 5.5). Never changed: calendars know events by them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Everything to tell about one meeting. `organizer` and `attendees` are as the sheet names them.

    Times are instants, None where nobody said one; `zone` is the row's. `occurrences` are all times of a meeting that
    takes place more than once, from `start` to `end`, and empty for others. The passcode is part of an invitation:
    without it the meeting ID lets nobody in.
    """

    number: int
    external_id: str
    organizer: str
    subject: str
    start: datetime | None
    end: datetime | None
    zone: str
    attendees: tuple[str, ...]
    join_url: str
    meeting_id: str = ""
    passcode: str = field(default="", repr=False)
    dial_in_number: str = ""
    conference_id: str = ""
    occurrences: tuple[Occurrence, ...] = ()

    @property
    def uid(self) -> str:
        """Return what a calendar knows the event by: the same for the same organizer and external ID, always."""
        return str(uuid.uuid5(NAMESPACE, encodable(f"{self.organizer.casefold()}\n{self.external_id}")))

    @property
    def times(self) -> Iterator[tuple[str, Occurrence]]:
        """Return each time with what a calendar tells it from the others by: of several, the day (`20270115`).

        So an hour may change, and the event moves with it; what takes place on another day is another event.
        """
        if not self.occurrences and self.start is not None:
            yield "", Occurrence(self.start, self.end)
        days: Counter[str] = Counter()
        for time in self.occurrences:
            day = f"{on_clocks(time.start, self.zone):%Y%m%d}"
            days[day] += 1
            yield f"{day}-{days[day]}" if days[day] > 1 else day, time

    @property
    def when(self) -> str:
        """Return the time in words, on the clocks of the row's zone; several with a semicolon between."""
        if not self.occurrences:
            return when_in_words(self.start, self.end, self.zone)
        times = (_span_in_words(each.start, each.end, self.zone) for each in self.occurrences)
        return IN_ZONE.format(time=clauses(times), zone=self.zone)


def invitation_of(row: Row) -> Invitation | None:
    """Return the invitation to a row's meeting, None where there is no link to pass on.

    It says what the row says, and what Teams says where a cell is blank: it has to agree with the sheet it stands in,
    and the link works whatever time Teams has.
    """
    meeting = row.meeting
    if row.status not in ANSWERED or meeting is None or not meeting.join_url:
        return None
    start, end = (meeting.start, meeting.end) if row.start is None else (row.start, row.end)
    return Invitation(
        number=row.number,
        external_id=row.external_id,
        organizer=_signed_in(meeting) if is_name(row.organizer) or not row.organizer else row.organizer,
        subject=row.subject or meeting.subject,
        start=start,
        end=end or _end(start, meeting),
        zone=row.zone,
        attendees=_attending(meeting) if any(map(is_name, row.attendees)) or not row.attendees else row.attendees,
        join_url=meeting.join_url,
        meeting_id=meeting.text("meeting_id"),
        passcode=meeting.text("passcode"),
        dial_in_number=meeting.text("dial_in_number"),
        conference_id=meeting.text("conference_id"),
        occurrences=row.occurrences if len(row.occurrences) > 1 else (),
    )


def one_each(invitations: Iterable[Invitation]) -> list[Invitation]:
    """Return one invitation for each meeting: of rows that are one, it has all their times and people."""
    meetings: dict[str, list[Invitation]] = {}
    for invitation in invitations:
        meetings.setdefault(invitation.uid, []).append(invitation)
    return [group[0] if len(group) == 1 else _of_all(group) for group in meetings.values()]


def _of_all(rows: Sequence[Invitation]) -> Invitation:
    known = {Occurrence(row.start, row.end) for row in rows if row.start is not None and not row.occurrences}
    times = sorted(
        known.union(*(row.occurrences for row in rows)), key=lambda time: (time.start, time.end or time.start)
    )
    return replace(
        rows[0],
        start=times[0].start if times else None,
        end=max((time.end for time in times if time.end is not None), default=None),
        attendees=distinct(person for row in rows for person in row.attendees),
        occurrences=tuple(times) if len(times) > 1 else (),
    )


def invitation_text(invitation: Invitation, language: Language = ENGLISH) -> str:
    """Return the invitation as lines of plain text, each with its label: ready for a mail merge."""
    heading = ((_SUBJECT, invitation.subject), (_WHEN, language.say(invitation.when)))
    lines = ((language.say(label), said) for label, said in heading if said)
    return as_text((*lines, *ways_to_join(invitation, language)))


def ways_to_join(invitation: Invitation, language: Language = ENGLISH) -> tuple[tuple[str, str], ...]:
    """Return how people get into the meeting: a label and what it is for each way that there is."""
    lines = (
        (_JOIN, invitation.join_url),
        (_MEETING_ID, invitation.meeting_id),
        (_PASSCODE, invitation.passcode if invitation.meeting_id else ""),
        (_PHONE, invitation.dial_in_number),
        (_CONFERENCE, invitation.conference_id),
    )
    return tuple((language.say(label), said) for label, said in lines if said)


def as_text(lines: Iterable[tuple[str, str]]) -> str:
    """Return lines of plain text, each with its label."""
    return "\n".join(f"{label}: {' '.join(said.split())}" for label, said in lines)


_SUBJECT, _WHEN = fixed("invitation label", "Subject"), fixed("invitation label", "When")
_JOIN, _MEETING_ID = fixed("invitation label", "Join"), fixed("invitation label", "Meeting ID")
_PASSCODE, _PHONE = fixed("invitation label", "Passcode"), fixed("invitation label", "By phone")
_CONFERENCE = fixed("invitation label", "Conference ID")


def when_in_words(start: datetime | None, end: datetime | None, zone: str) -> str:
    """Return 'Mon 23 Nov 2026, 10:00 to 11:00 (Europe/Berlin)', as much of it as is known."""
    return "" if start is None else IN_ZONE.format(time=_span_in_words(start, end, zone), zone=zone)


def _span_in_words(start: datetime, end: datetime | None, zone: str) -> str:
    first = on_clocks(start, zone)
    begins = DAY_AND_TIME.format(day=full_day_in_words(first), time=_clock(first))
    if end is None:
        return begins
    last = on_clocks(end, zone)
    ends = _clock(last)
    if last.date() != first.date():
        ends = DAY_AND_TIME.format(day=full_day_in_words(last), time=ends)
    return TO.format(start=begins, end=ends)


def _end(start: datetime | None, meeting: Meeting) -> datetime | None:
    """Where the row has no end, the meeting that Graph makes of it is an hour long, unless it was there before."""
    if start is None or start == meeting.start:
        return meeting.end
    try:
        return start + DEFAULT_LENGTH
    except OverflowError:  # there is no hour after it
        return None


def _clock(moment: datetime) -> str:
    """The offset is there only in the hour that the clocks repeat, which means nothing without it."""
    twice = moment.utcoffset() != moment.replace(fold=1 - moment.fold).utcoffset()
    return f"{moment:%H:%M} UTC{moment:%z}" if twice else f"{moment:%H:%M}"


def _signed_in(meeting: Meeting) -> str:
    return "" if meeting.organizer is None else meeting.organizer.upn or meeting.organizer.object_id or ""


def _attending(meeting: Meeting) -> tuple[str, ...]:
    return tuple(person.upn for person in meeting.attendees or () if person.upn)


FILLED = (*RESULT_COLUMNS, *EXTRA_COLUMNS)
_ANSWERED = tuple(column for column in FILLED if column.at)
_WRITES = {column.key: column.writes for column in FILLED}

LINK_KEYS = tuple(column.key for column in FILLED if column.source is FilledFrom.MEETING)
"""The columns that hold what Graph gave. A row that was not answered this time leaves them alone."""

KEPT_KEYS = tuple(column.key for column in FILLED if column.source is not FilledFrom.ROW)
"""The columns that a row which is not answered keeps from an earlier copy."""


def text_in(answer: Body, column: ResultColumn) -> str:
    """Return what an answer has for a result column, empty where it has nothing, or a time of the year 1."""
    for at in column.at:
        if found := text_at(answer, at):
            return "" if found.startswith(NO_MOMENT) else found
    return ""


def texts_in(answer: Body) -> dict[str, str]:
    """Return what an answer has for result columns, by the column's key; blank ones left out."""
    return {column.key: text for column in _ANSWERED if (text := text_in(answer, column))}


LINES_SHOWN = 2
"""Lines of What to do that the template's rows are high enough for."""

CELL_LIMIT = 32_767
"""Characters a cell can hold: https://support.microsoft.com/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3"""


_TEAMS_LINK = re.compile(r"https://[^/?#]+/(l/meetup-join|meet)/\S+", re.IGNORECASE)
"""A join link: https://learn.microsoft.com/graph/api/resources/onlinemeeting, joinWebUrl; the host is the cloud's."""

TELLING = frozenset(column.key for column in FILLED if column.source is FilledFrom.ROW)
"""The columns whose texts are this program's words, which nobody else writes. IDs look alike everywhere."""


def looks_written(key: str, text: str, languages: Languages) -> bool:
    """Return whether a result cell holds what this program writes there; of links and IDs, nobody can tell."""
    return key not in TELLING or _fits(key, text, languages)


def _fits(key: str, text: str, languages: Languages) -> bool:
    """Return whether a text has the form of what this program writes in a column, in whichever language it wrote."""
    if key == "what_to_do":
        lines = text.splitlines()
        whole = lines if len(text) < CELL_LIMIT - 1 else lines[:-1]  # the last one of a full cell is cut off
        return all(_is_sentence(line, languages) for line in filter(None, map(str.strip, whole)))
    if re.fullmatch(_WRITES[key] or ".*", text.strip().casefold(), re.DOTALL) is not None:
        return True
    return key == "status" and text.strip().casefold() in _foreign_statuses(languages)


@lru_cache(maxsize=2)
def _foreign_statuses(languages: Languages) -> frozenset[str]:
    said = [languages.sentences(tag) for tag in languages.tags]
    words = (each.get(("status", status.value), ()) for each in said for status in Status)
    return frozenset(form.casefold() for forms in words for form in forms)


_PLACE = re.compile(r"(?:\[.*?\] )?")


def _is_sentence(line: str, languages: Languages) -> bool:
    """Return whether a line is one of ours; the sentences of other languages are looked at where it is not English."""
    counted = re.sub(r"\A\d+ [^:\[]{1,30}: ", "", line, count=1)
    for said in {_PLACE.sub("", each, count=1) for each in (line, counted)}:
        if any(piece in said and re.fullmatch(known, said) for piece, known in _sentences()):
            return True
        if any(piece in said and re.fullmatch(known, said) for piece, known in _foreign_sentences(languages)):
            return True
    return False


@cache
def _sentences() -> tuple[tuple[str, str], ...]:
    """Return the catalogue's sentences as patterns, anything where they are filled in, each with its longest piece.

    Hardly any is ever looked for: most are ruled out by that piece, so none is compiled beforehand.
    """
    return tuple(_pattern(entry.message) for entry in CATALOGUE.values())


@lru_cache(maxsize=2)
def _foreign_sentences(languages: Languages) -> tuple[tuple[str, str], ...]:
    said = [languages.sentences(tag) for tag in languages.tags]
    return tuple(
        _pattern(form)
        for each in said
        for entry in CATALOGUE.values()
        for form in each.get((entry.code, entry.message), ())
    )


def _pattern(sentence: str) -> tuple[str, str]:
    parts = [(text, field is not None) for text, field, *_ in Formatter().parse(sentence)]
    pattern = "".join(re.escape(text) + (".*" if filled else "") for text, filled in parts)
    return max((text for text, _ in parts), key=len), pattern


def result_cells(
    result: Row, layout: Layout, earlier: Mapping[str, str], language: Language = ENGLISH
) -> dict[str, str]:
    """Return the texts for one row, by result column's key; an absent key leaves its cell as it is.

    `earlier` are link texts that a former run gave for the same meeting: they fill in for a row that was not
    answered this time, so that yesterday's link is still there tomorrow.
    """
    status = language.say(status_word(result.status))
    cells = {"status": status, "what_to_do": what_to_do(result.problems, layout, language)}
    if result.checked_at is not None:
        cells["checked_at"] = f"{result.checked_at:%Y-%m-%d %H:%M} UTC"
    if result.meeting is not None and result.status in ANSWERED:
        return cells | {key: result.meeting.text(key) for key in LINK_KEYS}
    return {**earlier, **cells}


def invitation_cell(result: Row, language: Language = ENGLISH) -> dict[str, str]:
    """Return the text of `Invitation text` for a row with a meeting, nothing for others: a text from before stays."""
    invitation = invitation_of(result)
    return {} if invitation is None else {"invitation_text": invitation_text(invitation, language)[:CELL_LIMIT]}


def what_to_do(problems: Iterable[Problem], layout: Layout, language: Language = ENGLISH) -> str:
    """Return one line per problem, errors first, each with its heading in brackets as the sheet spells it.

    Of lines that the template's rows are too low for, the first says how many there are: nobody opens a cell to look
    for what it does not show.
    """
    ordered = sorted(problems, key=lambda problem: problem.severity is not Severity.ERROR)
    lines = [
        f"[{layout.title(found.column)}] {language.say(found.message)}" if found.column else language.say(found.message)
        for found in ordered
    ]
    if len(lines) > 1 and sum(ceil(width_of(line) / WHAT_TO_DO_WIDTH) for line in lines) > LINES_SHOWN:
        several = _PROBLEMS if ordered[0].severity is Severity.ERROR else _NOTES
        lines[0] = language.say(several.format(count=len(lines), first=lines[0]))
    return "\n".join(lines)[:CELL_LIMIT]


_PROBLEMS = Sentence(
    "problems counted", "{count} problems: {first}", counted="count", note="3 problems: [Start] is blank. Fill it in."
)
_NOTES = Sentence(
    "notes counted", "{count} notes: {first}", counted="count", note="2 notes: [Subject] is blank: the meeting ..."
)


def own_results(layout: Layout, rows: Sequence[Mapping[int, str]], mapping: Mapping[str, tuple[str, ...]]) -> Layout:
    """Return the layout with the result columns that are ours, and those under such a heading that are the sheet's own.

    `rows` are the texts of each row, by column, blank ones left out. A column with a result's heading is ours if it is
    blank or holds what this program writes. One that holds anything else is left alone, and where no other is ours a
    heading is found for a new one.
    """
    owner = _Owner(layout, rows)
    results: dict[str, int] = {}
    titles = dict(layout.titles)
    for key in sorted(layout.candidates, key=_BEFORE.index):
        place = next((one for one in layout.candidates[key] if owner.is_ours(key, one, results)), None)
        if place is None:
            titles[key] = free_heading(layout, key, mapping)
        else:
            results[key], titles[key] = place, " ".join(layout.texts[place].split())
    filled = {place for row in rows for place in row}.difference(results.values())
    own = {key: [place for place in places if place in filled] for key, places in layout.candidates.items()}
    kept = {key: tuple(own[key]) for key in own if own[key]}
    return replace(layout, results=results, titles=titles, own=kept)


def unheaded_results(layout: Layout, rows: Sequence[Mapping[int, str]], extra: Sequence[str]) -> Layout:
    """Return the layout of a sheet without headings, the columns in which an earlier run's results stand found.

    They are in their usual order, those that are asked for besides (`extra`) last, and known by what they hold: a
    status in each row that has anything there, and beside it this program's own sentences, links and times.
    """
    keys = [*(column.key for column in RESULT_COLUMNS), *extra]
    for first in range(len(layout.texts)):
        statuses = {row[first] for row in rows if first in row}
        if not statuses or not all(_fits("status", text, layout.languages) for text in statuses):
            continue
        places = {key: first + at for at, key in enumerate(keys)}
        told = {key: [row[places[key]] for row in rows if places[key] in row] for key in keys[: len(RESULT_COLUMNS)]}
        known = told["what_to_do"] or told["checked_at"]
        if known and all(_fits(key, text, layout.languages) for key, texts in told.items() for text in texts):
            texts = [*layout.texts, *(ByLetter(letters(at)) for at in range(len(layout.texts), first + len(keys)))]
            kept = {key: place for key, place in places.items() if _holds_only(key, place, rows, layout.languages)}
            candidates = {key: (place,) for key, place in kept.items()}
            return replace(layout, texts=tuple(texts), candidates=candidates)
    return layout


def _holds_only(key: str, place: int, rows: Sequence[Mapping[int, str]], languages: Languages) -> bool:
    return all(_fits(key, row[place], languages) for row in rows if place in row)


def own_columns(layout: Layout, columns: Collection[str]) -> Iterator[Problem]:
    """Give a note for each column under a result's heading that is left as it is; `columns` are those of the copy."""
    for key, places in layout.own.items():
        elsewhere = OURS_ELSEWHERE.format(ours=layout.title(key)) if key in columns else ""
        for place in places:
            yield problem("column-not-ours", column=key, value=layout.texts[place], elsewhere=elsewhere)


_BEFORE = [
    "status",
    "checked_at",
    "join_url",
    *(key for key in COLUMNS if key not in {"status", "checked_at", "join_url"}),
]
"""Which columns are told first: what stands in these says of the others in a row whether they may be ours."""


@dataclass(frozen=True, slots=True)
class _Owner:
    """Tells whose columns are."""

    layout: Layout
    rows: Sequence[Mapping[int, str]]

    def is_ours(self, key: str, place: int, known: Mapping[str, int]) -> bool:
        """Return whether all that stands in a column is what we write; `known` are columns that are ours."""
        if key == "join_url":
            return self._links(place, known)
        return self._fit(key, place) and (key in TELLING or self._are_answered(place, known))

    def _links(self, place: int, known: Mapping[str, int]) -> bool:
        """Teams' links are ours. Another service has others: then all of them are, and in answered rows."""
        links = [row[place] for row in self.rows if place in row]
        if any(map(_TEAMS_LINK.fullmatch, links)):
            return all(map(_TEAMS_LINK.fullmatch, links))
        return self._fit("join_url", place) and self._are_answered(place, known)

    def _fit(self, key: str, place: int) -> bool:
        """Return whether all texts of a column have the form of ours; what stands in many rows is looked at once."""
        seen: set[str] = set()
        for row in self.rows:
            text = row.get(place)
            if text is not None and text not in seen:
                if not _fits(key, text, self.layout.languages):
                    return False
                seen.add(text)
        return True

    def _are_answered(self, place: int, known: Mapping[str, int]) -> bool:
        """Return whether the column's rows have what only this program writes: IDs look alike anywhere."""
        telling = {known[key] for key in ("checked_at", "join_url") if key in known}
        return not any(place in row and telling.isdisjoint(row) for row in self.rows)
