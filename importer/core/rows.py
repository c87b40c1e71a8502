"""Which rows of a sheet become meetings.

Reports have headings said again, totals, legends and footnotes among their data. A row is passed over only where it
can't be a meeting that somebody has begun to fill in: one that has an ID like the others', an organizer, or a date of
its own is left to the rules, which say what it lacks.

Of the others, the settings choose by what stands under a heading, whether or not the column is read for anything else.
A row of which a Status of the sheet's own says that it is cancelled is not made, unless the settings say something of
that column. Rows that are left out are none that were read: they are counted beside those, and always said.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from importer.core.catalogue import problem, shorten
from importer.core.catalogue.headings import ROWS_BY_SETTINGS, ROWS_BY_STATUS
from importer.core.cells import ParseError, is_blank, likeness, text_of
from importer.core.model import CellError, ExitCode, Stop
from importer.core.suggestions import SIMILAR, most_alike
from importer.core.texts import Sentence, clauses, normalize
from importer.core.times import When, read_when
from importer.core.times.words import words_in
from importer.core.wording import SAID_OF, first_few, rows_counted, rows_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

    from importer.core.layout import Layout
    from importer.core.model import Cell, Problem, RowChoice
    from importer.core.row import Row
    from importer.core.times.words import Words


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows that were read, how many were left out by what, and what there is to say about those."""

    rows: Sequence[Row]
    left_out: Mapping[str, int] = field(default_factory=dict)
    notices: tuple[Problem, ...] = ()


PASSED_OVER, CANCELLED = "passed_over", "cancelled"
"""What rows are left out by, beside the settings `only` and `skip`."""


def select(
    layout: Layout, read: Callable[[Layout], Iterable[Row]], choice: RowChoice, *, name: str, settings: str
) -> Selection:
    """Return the rows of a sheet that are or may be meetings; `read` gives its rows as they are by a layout.

    `name` is the file's, and `settings` the settings file's, for saying so. Raise Stop (exit 3) where no row is left.
    """
    found = [*read(layout)]
    rows, notes = without_passed_over(found, layout)
    left_out = Counter({PASSED_OVER: len(found) - len(rows)}) if len(rows) < len(found) else Counter()
    tests = [*_tests(layout, choice)]
    if rows and tests:
        seen = _seen(layout, read, tests)
        reasons = {row.number: _reason(seen.get(row.number, {}), tests) for row in rows}
        kept = [_doubtful(row, reasons[row.number]) for row in rows if not _is_out(reasons[row.number])]
        out = [reason for reason in reasons.values() if reason is not None and _is_out(reason)]
        near = tuple(_near(tests, seen, [row.number for row in rows], settings))
        if not kept:
            raise Stop(_none_left(out, near, name=name, settings=settings), ExitCode.INPUT)
        rows = kept
        left_out.update(reason.test.setting for reason in out)
        notes = (*notes, *_left_out(reasons, settings), *near, *_called_off(layout, tests, seen, rows))
    return Selection(rows, dict(left_out), notes)


@dataclass(frozen=True, slots=True)
class _Test:
    """One column that is looked at: its heading and place, the setting that names it, and the values asked for.

    `values` gives each as it is written, by what its spellings have in common.
    """

    heading: str
    place: int
    setting: str
    values: Mapping[str, str]

    @property
    def key(self) -> str:
        """Return what its cells are called among a row's."""
        return f"#{self.place}"


@dataclass(frozen=True, slots=True)
class _Reason:
    """Why a row is left out: which test, and the text in its cell; `unclear` where that can't be read."""

    test: _Test
    text: str
    unclear: bool = False


def _tests(layout: Layout, choice: RowChoice) -> Iterator[_Test]:
    """Return what to look at. What the sheet's own Status says counts where the settings say nothing of it."""
    known = {normalize(text): place for place, text in reversed([*enumerate(layout.texts)])}
    asked = {known[normalize(name)] for name, _ in choice.headings if normalize(name) in known}
    for setting, columns in (("only", choice.only), ("skip", choice.skip)):
        for name, values in columns.items():
            if (place := known.get(normalize(name))) is not None:
                yield _Test(
                    " ".join(layout.texts[place].split()), place, setting, {_alike(value): value for value in values}
                )
    read = {place for places in layout.inputs.values() for place in places}
    others = (place for name, place in known.items() if name in OWN_STATUS and place not in read)
    for place in dict.fromkeys((*layout.own.get("status", ()), *others)):
        if place not in asked:
            yield _Test(" ".join(layout.texts[place].split()), place, CANCELLED, dict.fromkeys(CALLED_OFF_FOR_GOOD, ""))


def _seen(
    layout: Layout, read: Callable[[Layout], Iterable[Row]], tests: Iterable[_Test]
) -> Mapping[int, Mapping[str, Cell]]:
    """Return the cell of each test in each row, by row number and the test's key."""
    places = {test.key: (test.place,) for test in tests}
    rows = read(replace(layout, inputs={**layout.inputs, **places}))
    return {row.number: {key: row.cells[key][0] for key in places} for row in rows}


def _reason(cells: Mapping[str, Cell], tests: Iterable[_Test]) -> _Reason | None:
    unclear: _Reason | None = None
    for test in tests:
        cell = cells.get(test.key)
        if isinstance(cell, CellError):
            unclear = unclear or _Reason(test, cell.text, unclear=test.setting != CANCELLED)
        elif (_alike(text_of(cell)) in test.values) is not (test.setting == "only"):
            return _Reason(test, " ".join(text_of(cell).split()))
    return unclear


def _is_out(reason: _Reason | None) -> bool:
    return reason is not None and not reason.unclear


def _alike(text: str) -> str:
    """Return what texts have in common that differ in capitals, blanks and the like alone."""
    return "".join(likeness(text).split())


def _doubtful(row: Row, reason: _Reason | None) -> Row:
    """Return the row, with an error where it can't be told whether it was chosen."""
    if reason is None:
        return row
    found = problem("row-choice-unclear", value=reason.text, heading=reason.test.heading, setting=reason.test.setting)
    return replace(row, problems=(*row.problems, found))


def _left_out(reasons: Mapping[int, _Reason | None], settings: str) -> Iterator[Problem]:
    """Yield a note for the rows that the settings leave out, and one for those that the sheet calls off."""
    for code, of in (("rows-left-out", {"only", "skip"}), ("rows-cancelled", {CANCELLED})):
        out = {
            n: reason for n, reason in reasons.items() if reason and not reason.unclear and reason.test.setting in of
        }
        if out:
            numbers = f"rows {', '.join(map(str, out))}"
            facts = {"count": rows_counted(len(out)), "found": _counted(out.values()), "settings": settings}
            line = f'only = {{ "{next(iter(out.values())).test.heading}" = [...] }}'
            yield problem(code, detail=numbers, line=line, **facts)


def _counted(reasons: Iterable[_Reason]) -> str:
    """Return how many rows say what: "Status: 'Draft' (2), blank (1)"."""
    columns: dict[str, Counter[str]] = {}
    for reason in reasons:
        columns.setdefault(reason.test.heading, Counter())[_brief(reason.text)] += 1
    said = [
        SAID_OF.format(what=heading, said=first_few([_TIMES.format(text=text, count=n) for text, n in texts.items()]))
        for heading, texts in columns.items()
    ]
    return clauses(said)


_TIMES = Sentence("", "{text} ({count})")
_BLANK = Sentence("rows-left-out blank", "blank", note="Status: 'Draft' (2), blank (1)")


def _brief(text: str) -> str:
    return f"'{shorten(text)}'" if text else _BLANK.format()


def _near(
    tests: Iterable[_Test], seen: Mapping[int, Mapping[str, Cell]], numbers: Iterable[int], settings: str
) -> Iterator[Problem]:
    """Yield a note for each value of the settings that no row has, while one that is nearly the same is there."""
    rows = [seen.get(number, {}) for number in numbers]
    for test in tests:
        if test.setting == CANCELLED:
            continue
        there = {_alike(text): text for row in rows if (text := text_of(row.get(test.key)))}
        unasked = {folded: text for folded, text in there.items() if folded not in test.values}
        for alike, value in test.values.items():
            near = most_alike(alike, unasked, likeness=SIMILAR) if alike and alike not in there else ""
            if near:
                facts = {"heading": test.heading, "setting": test.setting, "near": unasked[near], "settings": settings}
                yield problem("row-choice-near", value=value, **facts)


def _none_left(out: Sequence[_Reason], near: Iterable[Problem], *, name: str, settings: str) -> Problem:
    said = " ".join(found.message for found in near)
    chosen = {reason.test.setting for reason in out} - {CANCELLED}
    who = ROWS_BY_SETTINGS.format(settings=settings) if chosen else ROWS_BY_STATUS.format()
    return problem("no-rows-left", value=name, who=who, found=_counted(out), detail=said)


def _called_off(
    layout: Layout, tests: Iterable[_Test], seen: Mapping[int, Mapping[str, Cell]], rows: Iterable[Row]
) -> Iterator[Problem]:
    """Yield a note where the sheet's own Status says of rows that are made that they may not take place."""
    for test in tests:
        if test.setting == CANCELLED:
            texts = (text_of(seen.get(row.number, {}).get(test.key)) for row in rows)
            if off := Counter(text for text in texts if normalize(text) in CALLED_OFF):
                said = ", ".join(f"{shorten(text)} ({count})" for text, count in off.items())
                facts = {"found": said, "line": f'skip = {{ "{test.heading}" = "{next(iter(off))}" }}'}
                yield problem("rows-called-off", column="status", value=layout.texts[test.place], **facts)


OWN_STATUS = frozenset("statut estatus situación situação situacao situazione ステータス 状況".split())  # noqa: SIM905 - as below
"""What a sheet's own Status is headed where that is not what ours is called in a language."""
CALLED_OFF_FOR_GOOD = frozenset(
    """
    cancelled canceled abgesagt storniert annulé annulée annule annulee supprimé cancelado cancelada anulado anulada
    annullato annullata cancellato geannuleerd afgelast deleted calledoff entfällt entfaellt ausgefallen fälltaus
    gestrichen gelöscht supprimée supprime supprimee annulés annulées cancelados canceladas anulados eliminado eliminada
    cancelou desmarcado desmarcada excluído annullati annullate cancellata soppresso disdetto disdetta eliminato
    afgezegd vervallen vervalt gaatnietdoor geschrapt verwijderd
    odwołane odwołany odwołana odwołano odwolane odwolany odwolana anulowane anulowany anulowana anulowano skreślone
    usunięte 中止 キャンセル キャンセル済み 取消 取消し 取り消し 休講 廃止 削除
    """.split()  # noqa: SIM905 - a list of words is read as words
)
"""What an export's own status says of something that will not take place: it is not made."""
CALLED_OFF = frozenset(
    """
    draft tentative postponed rejected declined withdrawn inactive archived onhold
    entwurf verschoben abgelehnt brouillon reporté reporte borrador aplazado bozza rinviato concept uitgesteld
    verlegt reportée ajourné ajournée suspendu aplazada pospuesto pospuesta suspendido suspendida rinviata sospeso
    sospesa adiado adiada suspenso rascunho verplaatst przełożone przełożony przełożona przeniesione wstrzymane szkic
    延期 保留 下書き 仮 未定
    """.split()  # noqa: SIM905 - a list of words is read as words
)
"""What it says of something that may not take place, or not yet: it is made, and said."""


TOTALS = frozenset(
    """
    total totals subtotal grandtotal sum average count
    summe gesamt gesamtsumme zwischensumme teilsumme insgesamt ergebnis gesamtergebnis teilergebnis anzahl durchschnitt
    mittelwert somme soustotal moyenne totale subtotale somma media suma promedio soma totaal gemiddelde
    """.split()  # noqa: SIM905 - a list of words is read as words
)
"""How a line of totals begins or ends, as spreadsheet programs and reports write it: `Total`, `MA1 Ergebnis`."""
TOTAL_WORDS = 4
"""Words of such a beginning at most; more are a sentence."""
FEWEST_IDS = 2
"""External IDs from which it is told what those of a sheet have in common."""
SENTENCE = 4
"""Words from which a text alone in its row is no ID."""
NO_DAY = frozenset(
    {
        "not-a-date",
        "date-missing",
        "number-not-time",
        "time-in-text",
        "serial-number",
        "epoch-time",
        "cell-error",
        "cell-not-calculated",
    }
)
"""What is said of a time cell in which nobody has written a day; anything else is a day, if one with a mistake."""
_NOTE = re.compile(r"[*†‡§•^#(\[–—-]\s*\S.*|\S[^:]{0,30}:(?:\s.*)?", re.DOTALL)  # noqa: RUF001 - the dashes are meant
"""A legend or a footnote: a mark in front, or a word and a colon."""


def without_passed_over(rows: Sequence[Row], layout: Layout) -> tuple[Sequence[Row], tuple[Problem, ...]]:
    """Return the rows that are or may be meetings, and a note that names the others.

    A sheet of which nothing would be left is returned whole: then the guess is wrong, and the rules say what is amiss.
    """
    over = {normalize(text) for text in layout.over("organizer")}
    odd = [(row, dict(_filled(row.cells))) for row in rows if not _is_plain(row, over)]
    alone = any(filled.keys() == {"external_id"} for _, filled in odd)
    alike = _likeness(row for row in rows if len(dict(_filled(row.cells))) > 1) if alone else frozenset()
    others = [
        row.number for row, filled in odd if _is_no_meeting(row, filled, layout) or _is_unlike(row, filled, alike)
    ]
    if not layout.header_row and rows and _says_headings(rows[0]) and rows[0].number not in others:
        others = [rows[0].number, *others]
    if not others or len(others) == len(rows):
        return rows, ()
    gone = frozenset(others)
    note = problem("rows-passed-over", rows=rows_in_words(others), detail=f"rows {', '.join(map(str, others))}")
    return [row for row in rows if row.number not in gone], (note,)


def _is_plain(row: Row, over: Container[str]) -> bool:
    """Whether a row has an ID and an organizer, and not its heading: nearly every row, and sure to be a meeting."""
    who = row.cells.get("organizer", ())
    named = not all(map(is_blank, who)) and not all(map(is_blank, row.cells.get("external_id", ())))
    return named and not any(_plain(text_of(cell)) in over for cell in who)


_plain = lru_cache(maxsize=1024)(normalize)
"""Organizers are few, and each has many rows."""


def _is_no_meeting(row: Row, filled: Mapping[str, tuple[Cell, ...]], layout: Layout) -> bool:
    words = words_in(layout.languages)
    return _repeats_headings(row, layout) or _is_total(filled, words) or _is_note(filled) or _is_sums(filled, words)


def _likeness(rows: Iterable[Row]) -> frozenset[str]:
    """Return what all external IDs of a sheet have in common: a figure, no blank. Nothing where there is one alone."""
    ids = [text for row in rows if (text := row.text("external_id"))]
    if len(ids) < FEWEST_IDS:
        return frozenset()
    return frozenset.intersection(*map(_traits, ids))


def _traits(text: str) -> frozenset[str]:
    said = {"figure": any(map(str.isdecimal, text)), "no blank": len(text.split()) == 1}
    return frozenset(name for name, there in said.items() if there)


def _is_unlike(row: Row, filled: Mapping[str, tuple[Cell, ...]], alike: frozenset[str]) -> bool:
    """Whether a text stands alone in its row, under the ID, and lacks what every ID of the sheet has."""
    return filled.keys() == {"external_id"} and not alike <= _traits(row.text("external_id"))


def _filled(cells: Mapping[str, tuple[Cell, ...]]) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    for key, group in cells.items():
        if some := tuple(cell for cell in group if not is_blank(cell)):
            yield key, some


def _repeats_headings(row: Row, layout: Layout) -> bool:
    """Whether each of several filled cells says what stands over it."""
    said: set[int] = set()
    for key, places in layout.inputs.items():
        for place, cell in zip(places, row.cells.get(key, ()), strict=False):
            if is_blank(cell):
                continue
            if place >= len(layout.texts) or normalize(text_of(cell)) != normalize(layout.texts[place]):
                return False
            said.add(place)
    return len(said) > 1


def _says_headings(row: Row) -> bool:
    """Whether the first row of a sheet whose columns are named by letters has headings: words, also for its times."""
    filled = dict(_filled(row.cells))
    words = all(re.search(r"[\d@]", text_of(cell)) is None for cells in filled.values() for cell in cells)
    return words and len(filled) > 1 and bool(filled.keys() & {"start", "end"})


def _is_total(filled: Mapping[str, tuple[Cell, ...]], words: Words) -> bool:
    """Whether the ID, the subject, or all there is, is a word for a total, in a row without people and a start."""
    if (filled.keys() & {"organizer"} and len(filled) > 1) or _has_day(filled, words):
        return False
    alone = next(iter(filled.values())) if len(filled) == 1 else ()
    first = next((filled[key] for key in ("external_id", "subject") if key in filled), alone)
    names = [name for word in " ".join(map(text_of, first)).split() if (name := normalize(word))]
    whole = "".join(names)
    ends = {*names[:1], *names[-1:], whole} if len(names) <= TOTAL_WORDS else set()
    return bool(ends & TOTALS) and not _is_people(filled.get("attendees", ()))


def _is_note(filled: Mapping[str, tuple[Cell, ...]]) -> bool:
    """Whether a text that is neither an ID nor a title is all that the row has."""
    if len(filled) != 1 or not filled.keys() <= {"external_id", "subject"}:
        return False
    (key, cells), *_ = filled.items()
    text = " ".join(map(text_of, cells))
    return (
        _NOTE.fullmatch(text) is not None
        if key == "subject"
        else _NOTE.fullmatch(text) is not None or _is_sentence(text)
    )


def _is_sentence(text: str) -> bool:
    return len(text.split()) >= SENTENCE


def _is_sums(filled: Mapping[str, tuple[Cell, ...]], words: Words) -> bool:
    """Whether the row has nothing but numbers, under Duration, Attendees and the like."""
    if not filled or filled.keys() & {"external_id", "organizer", "subject"} or _has_day(filled, words):
        return False
    return all(_is_number(cell) for cells in filled.values() for cell in cells)


def _is_number(cell: Cell) -> bool:
    if isinstance(cell, CellError):
        return True
    return isinstance(cell, int | float) or (
        isinstance(cell, str) and re.fullmatch(r"\d+(?:[.,]\d+)?", cell.strip()) is not None
    )


def _has_day(filled: Mapping[str, tuple[Cell, ...]], words: Words) -> bool:
    read = (read_when(filled[key], None, words) for key in ("start", "end") if key in filled)
    return any(isinstance(one, When) or (isinstance(one, ParseError) and one.code not in NO_DAY) for one in read)


def _is_people(cells: Sequence[Cell]) -> bool:
    return any("@" in text_of(cell) for cell in cells)
