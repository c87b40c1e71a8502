"""Which columns say when a meeting begins, when it ends, how long it is, and in which zone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from importer.core.cells import text_of
from importer.core.layout import FORM_ENDS, times_of_forms
from importer.core.mapping import NONE_OF_IT, Answers, OpenQuestion, SettingLine, Sure, toml_value
from importer.core.mapping.columns import TIMES, CellKind, Role, SheetColumn, heading_words, possible_orders
from importer.core.model import DateOrder
from importer.core.texts import normalize
from importer.core.times import Range, When, read_when
from importer.core.times.zones import is_zone_like
from importer.core.wording import in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.core.times.words import Words

CHOOSE = "WHICH HEADING?"
"""What stands for a heading that somebody has to choose: no sheet has it, so the file is refused until then."""
ONE_DAY = timedelta(days=1)
WITHIN = timedelta(days=800)
"""Days that the dates of one export are apart: two school years."""
APART = timedelta(days=5 * 365)


@dataclass
class FoundTimes:
    """What was found: lines, questions, and the columns that are taken."""

    lines: list[SettingLine] = field(default_factory=list)
    settings: list[SettingLine] = field(default_factory=list)
    questions: list[OpenQuestion] = field(default_factory=list)
    start: tuple[SheetColumn, ...] = ()
    end: tuple[SheetColumn, ...] = ()
    taken: list[SheetColumn] = field(default_factory=list)


def find_times(columns: Sequence[SheetColumn], answers: Answers) -> FoundTimes:
    """Return what the columns say of when the meetings are."""
    found = FoundTimes()
    mine = [column for column in columns if column.is_of(*TIMES) and not _is_not_ours(column, columns)]
    stated = _order(mine, answers, found)
    _start(mine, columns, answers, found)
    if found.start:
        _end(mine, found, stated, answers)
        _length(columns, found, answers)
    _zone(columns, found, answers)
    found.taken = [*found.start, *found.end, *found.taken]
    return found


def _is_not_ours(column: SheetColumn, columns: Sequence[SheetColumn]) -> bool:
    """Return whether a time is about something else: when a form was opened and sent, when somebody was born."""
    of_form = column.name in times_of_forms({other.name for other in columns})
    return of_form or column.name in FORM_ENDS or column.says(Role.NOT_OURS) or column.is_stamps


def quoted_headings(columns: Iterable[SheetColumn]) -> str:
    """Return the headings for a sentence."""
    return in_words([f"'{column.heading}'" for column in columns])


def heading_names(columns: Iterable[SheetColumn]) -> tuple[str, ...]:
    """Return the headings as a settings file names them."""
    return tuple(column.heading for column in columns)


def _order(mine: Sequence[SheetColumn], answers: Answers, found: FoundTimes) -> DateOrder | None:
    """Return the order of day and month, if the dates need one and it is known."""
    orders, ambiguous, telling = possible_orders(mine)
    if answers.date_order:
        found.settings.append(SettingLine("date_order", answers.date_order, "as you said"))
        return DateOrder(answers.date_order)
    if not ambiguous and not telling:
        return None
    near = [order for order in sorted(orders) if _spread(mine, order) <= WITHIN]
    far = [order for order in orders if _spread(mine, order) > APART]
    left = near if len(near) == 1 and len(far) == len(orders) - 1 else sorted(orders)
    if len(left) == 1:
        reason = (
            f"'{telling}' is a date in this order alone" if len(orders) == 1 else "only so are the dates of one year"
        )
        found.settings.append(SettingLine("date_order", left[0].value, reason))
        return left[0]
    if not left:
        reason = "The dates are in more than one order of day and month: no order makes all of them right."
        found.questions.append(OpenQuestion("date_order", reason, 'date_order = "DMY"', stops=True))
        return None
    if not ambiguous:
        return None
    text = next(
        text_of(column.cells[number]) for column in mine for number, one in column.traits.items() if one.ambiguous
    )
    found.questions.append(
        OpenQuestion(
            "date_order",
            f"Is '{text}' {' or '.join(f'{_day(text, order, mine[0].words)} ({order})' for order in left[:2])}? "
            "All dates of the sheet can be read either way.",
            f'date_order = "{left[0]}"',
            choices=tuple(order.value for order in left),
        )
    )
    return None


def _day(text: str, order: DateOrder, words: Words) -> str:
    day = _date_of(text, order, words)
    return "" if day is None else f"{day.day} {day:%B} {day.year}"


def _date_of(text: object, order: DateOrder | None, words: Words) -> date | None:
    cells = (text,) if isinstance(text, str | datetime | date) else ()
    for read in (read_when(cells, order, words), read_when((*cells, "12:00"), order, words)):
        if isinstance(read, When | Range):
            return (read.start if isinstance(read, Range) else read).local.date()
    return None


def _spread(mine: Iterable[SheetColumn], order: DateOrder) -> timedelta:
    days = [
        day
        for column in mine
        for number, one in column.traits.items()
        if one.orders and one.kind in {CellKind.DAY, CellKind.MOMENT, CellKind.MOMENTS}
        if (day := _date_of(column.cells[number], order, column.words)) is not None
    ]
    return max(days) - min(days) if days else timedelta()


def _start(mine: Sequence[SheetColumn], columns: Sequence[SheetColumn], answers: Answers, found: FoundTimes) -> None:
    if named := answered("start", columns, answers):
        found.start = named
        found.lines.append(SettingLine("start", heading_names(named), "as you said"))
        return
    has_clock = any(column.is_of(CellKind.CLOCK, CellKind.CLOCKS) for column in mine)
    whole = [column for column in mine if column.is_of(CellKind.MOMENT, CellKind.MOMENTS, CellKind.BAD_TIME)]
    whole = [column for column in whole if column.kinds[CellKind.MOMENT] + column.kinds[CellKind.MOMENTS]]
    days = [column for column in mine if _is_days(column, mine)]
    whole = [column for column in whole if not _is_days(column, mine) and not (has_clock and column.is_midnight)]
    if whole:
        _whole(whole, [column for column in mine if column.is_of(CellKind.CLOCK) and column.says(Role.BEGIN)], found)
    elif days:
        _parts(days, mine, columns, found)
    elif not _weekly(mine, columns, answers, found):
        _nothing(mine, columns, found)


def _is_days(column: SheetColumn, mine: Sequence[SheetColumn]) -> bool:
    others = [other for other in mine if other is not column and other.is_of(CellKind.CLOCK, CellKind.CLOCKS)]
    return column.is_of(CellKind.DAY) or (
        column.is_of(CellKind.MOMENT, CellKind.DAY) and column.is_midnight and bool(others)
    )


def _whole(whole: Sequence[SheetColumn], clocks: Sequence[SheetColumn], found: FoundTimes) -> None:
    """Choose among columns that have day and time in one cell."""
    if all(column.is_midnight for column in whole):
        _ask_start(found, f"There are days alone ({quoted_headings(whole)}), and no column has a time of day.", whole)
        return
    chosen, sure = _begin_of(whole)
    if chosen is None or (clocks and not chosen.says(Role.BEGIN)):
        several = [*whole, *clocks]
        _ask_start(
            found, f"These are all times: {quoted_headings(several)}. No heading says which is the meeting's.", several
        )
        return
    found.start = (chosen,)
    said = "a day with a start and an end" if chosen.is_of(CellKind.MOMENTS) else "a day with a time"
    found.lines.append(SettingLine("start", (chosen.heading,), f"{said} in nearly every row", sure))


def _begin_of(columns: Sequence[SheetColumn]) -> tuple[SheetColumn | None, Sure]:
    """Return the column that is the begin, if just one can be."""
    begins = [column for column in columns if column.says(Role.BEGIN) and not column.says(Role.END)]
    others = [column for column in columns if not column.says(Role.BEGIN, Role.END)]
    both = [column for column in columns if column.says(Role.BEGIN) and column.says(Role.END)]
    if len(begins) == 1:
        return begins[0], Sure.SURE
    if not begins and len(both) == 1 and len(columns) == 1:
        return both[0], Sure.LIKELY
    if not begins and len(others) == 1:
        return others[0], Sure.LIKELY
    return None, Sure.GUESS


def _parts(
    days: Sequence[SheetColumn], mine: Sequence[SheetColumn], columns: Sequence[SheetColumn], found: FoundTimes
) -> None:
    """Choose a day and a time of day in columns of their own."""
    day, sure = _begin_of(days)
    if day is None:
        _ask_start(found, f"These are all days: {quoted_headings(days)}. No heading says which is the meeting's.", days)
        return
    ranges = [
        column for column in mine if column.is_of(CellKind.CLOCKS, CellKind.CLOCK) and column.kinds[CellKind.CLOCKS]
    ]
    clocks = [
        column for column in mine if column.is_of(CellKind.CLOCK, CellKind.BAD_TIME) and column.kinds[CellKind.CLOCK]
    ]
    clocks = [column for column in clocks if column not in ranges and not column.says(Role.LENGTH)]
    offsets = [column for column in columns if column.is_of(CellKind.OFFSET)]
    time, how = _begin_of(ranges or clocks)
    if time is None:
        several = f"more than one column could have its time: {quoted_headings([*ranges, *clocks])}."
        reason = f"{quoted_headings([day])} has the day, and "
        reason += several if ranges or clocks else "no column has a time of day."
        _ask_start(found, reason, [day, *ranges, *clocks])
        return
    found.start = (day, time, *offsets[:1])
    said = "the day, and start and end" if ranges else "the day, and the time of day"
    reason = f"{said} in a column of its own"
    found.lines.append(SettingLine("start", heading_names(found.start), reason, max(sure, how, key=list(Sure).index)))


def _weekly(mine: Sequence[SheetColumn], columns: Sequence[SheetColumn], answers: Answers, found: FoundTimes) -> bool:
    """Choose weekdays without a date, and say that their weeks have to be named; return whether there are any."""
    weekdays = [column for column in columns if column.is_of(CellKind.WEEKDAY)]
    whole = [column for column in columns if column.is_of(CellKind.WEEKLY)]
    ranges = [
        column for column in mine if column.is_of(CellKind.CLOCKS, CellKind.CLOCK) and column.kinds[CellKind.CLOCKS]
    ]
    clocks = [column for column in mine if column.is_of(CellKind.CLOCK) and not column.says(Role.LENGTH)]
    time, sure = _begin_of(ranges or clocks)
    if len(whole) == 1 and not weekdays:
        found.start = (whole[0],)
    elif len(weekdays) == 1 and time is not None:
        found.start = (weekdays[0], time)
    else:
        return False
    found.lines.append(
        SettingLine("start", heading_names(found.start), "weekdays and times of day, without a date", sure)
    )
    if not answers.weeks:
        names = quoted_headings(found.start[:1])
        text = f"Which dates are the weekdays ({names})? Name the first and the last day of the term."
        line = "[weeks] with first = 2027-04-05 and last = 2027-07-16; or --week-of 2027-04-05 for one week"
        found.questions.append(OpenQuestion("weeks", text, line))
    return True


def _nothing(mine: Sequence[SheetColumn], columns: Sequence[SheetColumn], found: FoundTimes) -> None:
    weekdays = [column for column in columns if column.is_of(CellKind.WEEKDAY)]
    if weekdays and mine:
        names = quoted_headings(weekdays)
        text = f"There are weekdays ({names}) and times ({quoted_headings(mine)}), and no column has a date."
    elif mine:
        text = f"There are times of day ({quoted_headings(mine)}), and no column has a date."
    else:
        text = "No column has dates and times that can be read."
    _ask_start(found, text, [*weekdays, *mine])


def _ask_start(found: FoundTimes, reason: str, columns: Sequence[SheetColumn]) -> None:
    found.lines.append(SettingLine("start", (CHOOSE,), reason, Sure.GUESS))
    choices = tuple(column.heading for column in columns)
    found.questions.append(
        OpenQuestion("start", f"When does a meeting start? {reason}", 'start = ["Date", "Time"]', choices=choices)
    )


def _end(mine: Sequence[SheetColumn], found: FoundTimes, order: DateOrder | None, answers: Answers) -> None:
    """Choose the column that says when a meeting ends."""
    if answers.columns.get("end"):
        found.end = answered("end", mine, answers)
        found.lines.append(SettingLine("end", answers.columns["end"], "as you said"))
        return
    if any(column.is_of(CellKind.CLOCKS, CellKind.MOMENTS) for column in found.start):
        found.lines.append(SettingLine("end", None, "it stands where the start stands"))
        return
    ends = [column for column in mine if column.says(Role.END) and column not in found.start]
    whole = [
        column for column in ends if column.is_of(CellKind.MOMENT, CellKind.BAD_TIME) and column.kinds[CellKind.MOMENT]
    ]
    whole = [column for column in whole if not column.is_midnight]
    clocks = [
        column for column in ends if column.is_of(CellKind.CLOCK, CellKind.BAD_TIME) and column.kinds[CellKind.CLOCK]
    ]
    days = [column for column in ends if _is_days(column, mine)]
    others = [column for column in mine if column not in found.start and column not in ends]
    if len(whole) == 1:
        found.end = (whole[0],)
        found.lines.append(SettingLine("end", (whole[0].heading,), "a day with a time in nearly every row"))
    elif len(clocks) == 1 and len(found.start) == 1:
        found.end = (clocks[0],)
        found.lines.append(SettingLine("end", (clocks[0].heading,), "a time of day, on the day of the start"))
    elif len(clocks) == 1:
        _end_of_parts(clocks[0], days, found, order)
    elif len(found.start) > 1 and _ask_whether_series(days, found, order):
        found.taken += days
    elif perhaps := [*whole, *clocks] or [column for column in others if _could_be_end(column, found.start)]:
        found.lines.append(SettingLine("end", (CHOOSE,), f"{quoted_headings(perhaps)} could be the end", Sure.GUESS))
        text = (
            f"When does a meeting end? There are other times ({quoted_headings(perhaps)}), and no heading tells which."
        )
        found.questions.append(OpenQuestion("end", text, 'end = "End time"', choices=heading_names(perhaps)))


def _could_be_end(column: SheetColumn, start: Sequence[SheetColumn]) -> bool:
    """Return whether a time that nobody has named could be the end: without one, the meeting would be an hour long."""
    kinds = (CellKind.CLOCK, CellKind.CLOCKS, *([CellKind.MOMENT, CellKind.MOMENTS] if len(start) == 1 else []))
    return column.is_of(*kinds) and not column.says(Role.LENGTH) and not column.is_midnight


def _end_of_parts(clock: SheetColumn, days: Sequence[SheetColumn], found: FoundTimes, order: DateOrder | None) -> None:
    """Take a day and a time of day for the end; a day far from the start's is the last one of a series."""
    day = days[0] if len(days) == 1 else found.start[0]
    offsets = [column for column in found.start if column.is_of(CellKind.OFFSET)]
    found.end = (day, clock, *offsets)
    if day is not found.start[0] and (late := _spans_days(found.start[0], day, clock, order)):
        reason = (
            f"'{late}' under '{day.heading}' is days after the start: one long meeting, or the last day of several?"
        )
        found.lines.append(SettingLine("end", (CHOOSE,), reason, Sure.GUESS))
        line = f"end = {toml_value((found.start[0].heading, clock.heading))}"
        choices = (found.start[0].heading, day.heading, clock.heading)
        found.questions.append(OpenQuestion("end", f"When does a meeting end? {reason}", line, choices=choices))
        found.taken += [day, clock]
        found.end = ()
        return
    found.lines.append(
        SettingLine("end", heading_names(found.end), "the day, and the time of day in a column of its own")
    )


def _ask_whether_series(days: Sequence[SheetColumn], found: FoundTimes, order: DateOrder | None) -> bool:
    """Ask what a last day without a time of its own means; return whether there is one. A row can be a whole term."""
    for day in days:
        if late := _spans_days(found.start[0], day, found.start[1], order):
            many = f"'{late}' under '{day.heading}' is days after the start: the last day of several?"
            reason = f"{many} One row is one meeting, on its first day."
            found.lines.append(SettingLine("end", (CHOOSE,), reason, Sure.GUESS))
            text = f"When does a meeting end? {reason}"
            found.questions.append(OpenQuestion("end", text, "end = false", choices=(day.heading,)))
            return True
    return False


def _spans_days(first: SheetColumn, last: SheetColumn, clock: SheetColumn, order: DateOrder | None) -> str:
    """Return a day of an end that is days after the start, of the rows that have a time of day; else nothing."""
    for number, cell in first.filled.items():
        begun, ended = (_date_of(each, order, first.words) for each in (cell, last.cells.get(number)))
        if number in clock.filled and begun and ended and ended - begun > ONE_DAY:
            return text_of(last.cells[number])
    return ""


def _length(columns: Sequence[SheetColumn], found: FoundTimes, answers: Answers) -> None:
    """Choose a length where no column says the end."""
    kinds = (CellKind.NUMBER, CellKind.LENGTH, CellKind.CLOCK)
    lengths = [column for column in columns if column.says(Role.LENGTH) and column.is_of(*kinds)]
    lengths = [column for column in lengths if column not in found.start and not column.says(Role.NOT_OURS)]
    if any(line.key == "end" for line in found.lines) or not lengths:
        if not any(line.key == "end" for line in found.lines):
            found.lines.append(SettingLine("end", None, "No column says it: each meeting is an hour long", Sure.GUESS))
        return
    if answers.columns.get("duration"):
        lengths = list(answered("duration", columns, answers)) or lengths
    if len(lengths) > 1:
        found.lines.append(
            SettingLine("duration", (CHOOSE,), f"{quoted_headings(lengths)} could all be the length", Sure.GUESS)
        )
        text = f"How long is a meeting? {quoted_headings(lengths)} could all say it."
        line = f"duration = {toml_value(heading_names(lengths[:1]))}"
        found.questions.append(OpenQuestion("duration", text, line, choices=heading_names(lengths)))
        return
    found.lines.append(SettingLine("duration", (lengths[0].heading,), "lengths, and no column says the end"))
    found.taken.append(lengths[0])


def _zone(columns: Sequence[SheetColumn], found: FoundTimes, answers: Answers) -> None:
    """Choose the column of the zone, or ask for one where times have no offset of their own."""
    zones = [column for column in columns if _is_zones(column)]
    zones = [column for column in zones if not column.says(Role.END)] or zones
    told = bool(found.start) and _says_offset(found.start)
    if not told and any({"utc", "gmt"} & {*heading_words(column.heading)} for column in found.start):
        found.settings.append(SettingLine("timezone", "UTC", f"the headings say it: {quoted_headings(found.start)}"))
        if zones:
            found.lines.append(
                SettingLine("time_zone", NONE_OF_IT, f"the times are in UTC ({quoted_headings(zones)} is somebody's)")
            )
        return
    alike = bool(zones) and all(column.cells == zones[0].cells for column in zones)
    alike = alike and (told or not zones[0].says(Role.ATTENDEES, Role.ORGANIZER))
    if alike:
        example = zones[0].texts(zones[0].filled)[0]
        found.lines.append(SettingLine("time_zone", (zones[0].heading,), f"zones, like '{example}'"))
        found.taken.append(zones[0])
        if len(zones[0].filled) == len(zones[0].cells):
            return
    if answers.timezone:
        found.settings.append(SettingLine("timezone", answers.timezone, "as you said"))
    elif told:
        found.settings.append(SettingLine("timezone", None, "the times say by themselves how far from UTC they are"))
    else:
        _ask_zone(zones, found, alike=alike)


def _says_offset(start: Sequence[SheetColumn]) -> bool:
    """Return whether all times have an offset from UTC."""
    return any(column.is_of(CellKind.OFFSET) for column in start) or all(
        one.offset for one in start[0].traits.values() if one.kind is not CellKind.BAD_TIME
    )


def _ask_zone(zones: Sequence[SheetColumn], found: FoundTimes, *, alike: bool) -> None:
    text = "In which time zone are the times? No column says it."
    if alike:
        text = f"Which zone have the rows without one under {quoted_headings(zones)}?"
    elif zones:
        text = (
            f"In which time zone are the times? There are zones ({quoted_headings(zones)}), perhaps of somebody else."
        )
        found.lines.append(SettingLine("time_zone", NONE_OF_IT, "whose zones they are is not clear", Sure.GUESS))
    found.questions.append(OpenQuestion("timezone", text, 'timezone = "Europe/Berlin"'))


def _is_zones(column: SheetColumn) -> bool:
    if column.is_of(CellKind.ZONE):
        return column.says(Role.ZONE) or any("/" in text for text in column.texts(column.filled))
    texts = column.texts(column.filled)
    return (
        column.says(Role.ZONE)
        and bool(texts)
        and sum(is_zone_like(text, column.words) for text in texts) * 2 > len(texts)
    )


def answered(key: str, columns: Sequence[SheetColumn], answers: Answers) -> tuple[SheetColumn, ...]:
    """Return the columns that somebody has named for a key."""
    wanted = [normalize(name) for name in answers.columns.get(key, ())]
    found = [next((column for column in columns if column.name == name), None) for name in wanted]
    return tuple(column for column in found if column is not None)
