"""The report as a page: its values, prepared for `report.html.j2`, which is where all of its markup stands.

Source of the policy: https://www.w3.org/TR/CSP3/. Everything is forbidden but this page's own style and script, known
by their hashes: a cell that got past the escaping could still run nothing and fetch nothing.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections import Counter
from datetime import timedelta
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias

from importer.core.catalogue import fix_of, title_of
from importer.core.catalogue.words import ATTENDED_BY, READY_WORDS, STATUS_WORDS, exit_words, status_word
from importer.core.columns import COLUMNS as DECLARED
from importer.core.model import Status
from importer.core.preview import preview
from importer.core.report import (
    HEADINGS,
    NOBODY_TOLD,
    READY,
    counts_by_word,
    group,
    invited_in_words,
    needs_somebody,
    of_several_files,
    status_in_words,
    stops_the_run,
)
from importer.core.results import when_in_words
from importer.core.texts import ENGLISH, Sentence, fixed, joined
from importer.core.web import is_web_address
from importer.core.wording import SAID_OF, rows_counted, took_in_words, with_full_stop
from importer.report import class_of, ranges, severity_class, showable, stamp, verdict, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from jinja2 import Template

    from importer.core.model import Problem
    from importer.core.report import FileReport, Group
    from importer.core.roster import RosterDiff
    from importer.core.row import Row
    from importer.core.texts import Language
    from importer.report import RunFacts


Values: TypeAlias = "dict[str, Any]"
"""What a part of the template names. A name that is missing stops the page (StrictUndefined)."""

COLUMNS = (
    words.ROW,
    DECLARED["external_id"].named,
    DECLARED["subject"].named,
    words.WHEN,
    DECLARED["organizer"].named,
    DECLARED["status"].named,
    words.LINK,
    DECLARED["what_to_do"].named,
)
UNSORTED = (words.LINK,)
"""Links have no order anybody would look for."""
MOST = 20_000
"""Rows in a table. From here on a page takes long to open on a phone; these are about 18 MB already."""
SHOWN = 8
"""Places shown before the rest goes behind a click that needs no script: about what a phone shows at once."""
MORE_LINES = 200
"""Rows whose details are looked at for further lines to type: more than this nobody types."""
BARS = 60
"""At most so many bars: on a phone each is still a few points wide."""
FEWEST = 10
"""Answers from which a drawing says more than a number."""
WIDTHS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
"""Seconds that a bar may stand for; longer runs use multiples of the last."""


def render(reports: Sequence[FileReport], facts: RunFacts, *, most: int = MOST) -> str:
    """Return the whole report as one HTML page that needs nothing else; a table has `most` rows at most."""
    rows = [row for report in reports for row in report.rows]
    answered = [row for row in rows if row.checked_at is not None and facts.started <= row.checked_at <= facts.ended]
    language = facts.language or ENGLISH
    style, script, said = _style(language), _asset("report.js"), of_several_files(reports)
    page = _template(language).render(
        language=language,
        words=words,
        verdict=verdict(reports, facts),
        severity=severity_class(rows, facts.exit_code),
        facts=facts,
        policy=_policy(style, script),
        style=style,
        script=script,
        notices=said,
        files=[_file(report, place, facts, said, most=most) for place, report in enumerate(reports, start=1)],
        nobody_told=fixed("nobody told", NOBODY_TOLD)
        if any(row.status is Status.CREATED and not row.events for row in rows)
        else "",
        timeline=_known(len(answered), facts),
        drawn=_drawing(answered, facts),
        columns=COLUMNS,
        unsorted=UNSORTED,
        shown=SHOWN,
    )
    return showable(page)


@cache
def _template(language: Language) -> Template:
    """Return the template, ready for use, in a language; Jinja2 is loaded here, as few calls write a report."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - see above

    environment = Environment(
        loader=PackageLoader("importer", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "colour": class_of,
        "counted": lambda count: f"{language.fact(count):,}",
        "ranges": ranges,
        "rows_counted": lambda count: language.say(rows_counted(count)),
        "say": language.say,
        "stamp": stamp,
    }
    environment.tests |= {"stopping": stops_the_run, "web_address": is_web_address}
    return environment.get_template("report.html.j2")


@cache
def _asset(name: str) -> str:
    return (files("importer.report") / name).read_text(encoding="utf-8")


def _style(language: Language) -> str:
    """Return the page's style. On a phone each row is a card, where a cell's heading stands before the cell."""
    says = [language.say(name).replace("\\", "\\\\").replace('"', '\\"') for name in COLUMNS]
    cells = [f'.rows tr > :nth-child({place}) {{ --heading: "{said}"; }}\n' for place, said in enumerate(says, start=1)]
    return _asset("report.css") + "".join(cells)


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _file(report: FileReport, place: int, facts: RunFacts, said: Collection[Problem], *, most: int) -> Values:
    """Return the section of one file; `said` is what was said of several files already."""
    rows = _shown(report.rows, most)
    return {
        "place": place,
        "name": report.input,
        "sheet": report.sheet,
        "result": report.result,
        "link": facts.links.get(report.input),
        "titles": report.titles,
        "notices": [found for found in report.problems if found not in said],
        "bar": _bar(report.rows, facts),
        "attention": _attention(report.rows, facts.language or ENGLISH),
        "told": report.told_in_words,
        "invited": invited_in_words(report.rows, sends=facts.sends),
        "changes": None if report.diff is None else _changes(report.diff),
        "caption": _caption(len(rows), len(report.rows), report.input),
        "some_bad": any(map(needs_somebody, rows)),
        "shown_statuses": [*map(status_word, counts_by_word(rows, sends=facts.sends))],
        "rows": [_row(row, sends=facts.sends) for row in rows],
    }


def _attention(rows: Sequence[Row], language: Language) -> list[tuple[str, list[Values]]]:
    """Return what is wrong, by how bad it is and who can put it right, each kind of problem once."""
    groups = groupby(group(rows, most=None), key=lambda entry: (entry.example.severity, entry.who))
    return [
        (
            fixed("group heading", HEADINGS[key]),
            [_issue([*kind], language) for _, kind in groupby(members, key=lambda entry: entry.kind)],
        )
        for key, members in groups
    ]


def _bar(rows: Sequence[Row], facts: RunFacts) -> list[Values]:
    """Return how many rows have each status, as a bar for the eye and as its legend, which says it all."""
    parts: list[Values] = []
    start = 0.0
    for word, (status, count) in counts_by_word(rows, sends=facts.sends).items():
        width = 100 * count / len(rows)
        meaning = fixed(f"{word} meaning", READY_WORDS if word == READY else STATUS_WORDS[status].replace("`", ""))
        part = {"word": status_word(word), "status": status, "count": count, "meaning": meaning}
        parts.append({**part, "start": f"{start:.3f}", "width": f"{width:.3f}"})
        start += width
    return parts


def _issue(kind: Sequence[Group], language: Language) -> Values:
    """Return one kind of problem: its sentence once, or `lines` for each value or row where the sentences differ."""
    example = kind[0].example
    return {
        "severity": example.severity,
        "code": example.code,
        "title": title_of(example.code),
        "rows": len({number for entry in kind for number in entry.rows}),
        "alike": kind[0] if len(kind) == 1 and kind[0].alike else None,
        "lines": [line for entry in kind for line in _lines(entry)],
        **_fix(kind, language),
    }


def _fix(kind: Sequence[Group], language: Language) -> Values:
    """Return how to fix it: words, and lines to type."""
    said, *typed = language.say(fix_of(kind[0].example.code)).replace("`", "").splitlines()
    return {"fix": words.HOW_TO_FIX.format(fix=said), "typed": _filled_in(typed, kind) if typed else []}


def _lines(entry: Group) -> list[tuple[list[tuple[int, int]], Problem]]:
    if entry.alike:
        return [(ranges(entry.rows), entry.example)]
    return [([(number, number)], found) for number, found in entry.members]


def _filled_in(typed: Sequence[str], kind: Iterable[Group]) -> list[str]:
    """Return the lines to type as the rows' details have them, with their IDs; else the catalogue's own lines.

    Details of other rows differ in a few lines, say one for each organizer; those go behind the last one that begins
    like them.
    """
    known = [
        lines
        for entry in kind
        for _, found in entry.members
        if (lines := found.detail.splitlines()[1:]) and lines[0] == typed[0]
    ]
    if not known:
        return list(typed)
    filled = list(known[0])
    for line in dict.fromkeys(line for lines in known[1 : 1 + MORE_LINES] for line in lines if line not in filled):
        like = [at for at, one in enumerate(filled) if one.rpartition(" ")[0] == line.rpartition(" ")[0]]
        filled.insert(like[-1] + 1 if like else len(filled), line)
    return filled


def _changes(diff: RosterDiff) -> Values:
    kinds = ((diff.new, words.NEW), (diff.changed, words.CHANGED), (len(diff.gone), words.GONE))
    said = [what.format(rows=rows_counted(count)) for count, what in kinds if count]
    changed = with_full_stop(joined(said)) if said else words.NOTHING
    return {"since": diff.since, "words": changed, "gone": diff.gone_with_links}


def _shown(rows: Sequence[Row], most: int) -> list[Row]:
    """Return the rows that the table has: all of them, or of too many those that have something to say."""
    worst_first = sorted(rows, key=lambda row: (not needs_somebody(row), not row.problems))[:most]
    return sorted(worst_first, key=lambda row: row.number)


def _caption(listed: int, rows: int, file: str) -> str:
    if listed == rows:
        return words.ALL_OF.format(count=rows, file=file)
    return words.SOME_OF.format(listed=listed, count=rows, file=file)


def _row(row: Row, *, sends: bool) -> Values:
    meeting, start, seen = row.meeting, row.start, preview(row)
    numbers = () if meeting is None else tuple(map(meeting.text, ("meeting_id", "dial_in_number", "conference_id")))
    return {
        "number": row.number,
        "external_id": row.external_id,
        "subject": row.subject,
        "when": when_in_words(start, row.end, row.zone) or (seen.times if seen.unread or seen.start else ""),
        "in_utc": seen.in_utc,
        "sort": "" if start is None else f"{start:%Y%m%d%H%M}",
        "organizer": seen.organizer_in_words.partition(
            "@"
        ),  # a sign-in name breaks after its @, not in the middle of a word
        "attendees": ATTENDED_BY.format(names=seen.attendees_in_words) if seen.attendees else "",
        "status": row.status,
        "word": status_word(status_in_words(row, sends=sends)),
        "join_url": "" if meeting is None else meeting.join_url,
        "numbers": tuple(zip((words.ID, words.PHONE, words.CONFERENCE), numbers, strict=False)),
        "problems": row.problems,
        "bad": needs_somebody(row),
    }


def _known(answered: int, facts: RunFacts) -> list[tuple[str, str]]:
    took = (facts.ended - facts.started).total_seconds()
    known = [
        (words.STARTED, stamp(facts.started)),
        (words.ENDED, stamp(facts.ended)),
        (words.TOOK, took_in_words(took)),
    ]
    if answered:
        known.append((words.ANSWERS, _rate(answered, took)))
    if facts.calls is not None:
        known.append((words.CALLS, _NUMBER.format(count=facts.calls)))
    if facts.waited is not None:
        known.append((words.WAITED, took_in_words(facts.waited.total_seconds())))
    ending = SAID_OF.format(what=int(facts.exit_code), said=exit_words(facts.exit_code))
    return [*known, (words.EXIT_CODE, ending), (words.RUN, facts.run_id), (words.VERSION, facts.version)]


_NUMBER = Sentence("", "{count:,}")


def _rate(count: int, seconds: float) -> str:
    each = count / max(seconds, 0.001)
    often, rate = (words.A_SECOND, each) if each >= 1 else (words.A_MINUTE, each * 60)
    return often.format(count=count, rate=f"{rate:,.1f}")


def _drawing(answered: Sequence[Row], facts: RunFacts) -> Values | None:
    """Return the answers over time as bars, refusals on top; None where there are too few."""
    if len(answered) < FEWEST:
        return None
    width = _width((facts.ended - facts.started).total_seconds())
    good, bad = Counter[int](), Counter[int]()
    for row in answered:
        if row.checked_at is not None:
            side = bad if needs_somebody(row) else good
            side[int((row.checked_at - facts.started).total_seconds() / width)] += 1
    bars = max(*good, *bad, 0) + 1
    most = max(good[at] + bad[at] for at in range(bars))
    said = words.IN_EACH.format(time=took_in_words(width), most=most)
    if bad:
        facts_ = {"time": took_in_words(width), "most": most, "refused": sum(bad.values()), "count": len(answered)}
        said = words.IN_EACH_REFUSED.format(**facts_)
    return {
        "said": said,
        "bars": bars,
        "parts": [part for at in range(bars) for part in _bars(at, good[at] / most, bad[at] / most)],
        "first": facts.started,
        "last": facts.started + timedelta(seconds=bars * width),
    }


def _width(seconds: float) -> float:
    least = seconds / BARS
    return next((width for width in WIDTHS if width >= least), WIDTHS[-1] * math.ceil(least / WIDTHS[-1]))


def _bars(at: int, good: float, bad: float) -> list[tuple[str, str, str, str]]:
    """Return one bar as (kind, x, top, height), refusals on top; the gap beside it keeps bars apart."""
    heights = (("good", good, 1 - good), ("bad", bad, 1 - good - bad))
    return [(kind, f"{at + 0.05:.2f}", f"{top:.4f}", f"{height:.4f}") for kind, height, top in heights if height]
