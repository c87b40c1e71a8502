"""The tables of a settings file, like `[columns]`: what each may say, and how that is kept for `recover`.

To add one: declare it in `TABLES`, give `Settings` a field of its name, and use that where it has its effect. What a
table says is an object of the core's; no option can say it, and a file that was merely found may.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from importer.cli.config.settings import PeopleFrom
from importer.core.catalogue import shorten
from importer.core.catalogue.words import NOT_A_VALUE
from importer.core.cells import UPN, text_of
from importer.core.columns import COLUMNS, INPUT_KEYS, OPTION_COLUMNS
from importer.core.layout import ByLetter, Measured, measured
from importer.core.meeting_options import NEVER_SET, OPTION, OptionChoice
from importer.core.model import RowChoice, SameId
from importer.core.people import is_sign_in
from importer.core.suggestions import closest
from importer.core.texts import normalize
from importer.paths import ROSTER_SUFFIXES, resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from importer.core.times.weeks import Weeks


def _anything(_path: Path, _said: Any) -> None:
    """Forbid nothing: how a sheet is read, whoever can write beside it may say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsTable:
    """A table: `read` returns what it says, or raises UsageError; `named` are its keys, for saying what was read.

    `kept` returns that as JSON has it, and `restored` returns it back. `check_found` raises UsageError for what a file
    that was merely found may not say.
    """

    read: Callable[[Path, Any], Any]
    named: Callable[[Any], tuple[str, ...]]
    kept: Callable[[Any], Any]
    restored: Callable[[Any], Any]
    check_found: Callable[[Path, Any], None] = _anything


def _check_table(path: Path, table: str, said: Any, example: str, *, known: Sequence[str] = ()) -> None:
    """Raise UsageError for what is no table, and for a key that is none of the `known` ones where there are such."""
    if not isinstance(said, dict):
        raise click.UsageError(f"[{table}] in {path} must be a table, like: {example}.")
    for key in said if known else ():
        if key not in known:
            place = f"'{key}' under [{table}] in {path}"
            raise click.UsageError(f"{place} is not known{closest(key, known)}. There can be: {', '.join(known)}.")


MOST_HEADINGS = 50
"""Headings that are joined into one value. Each of them is looked at for each row."""


def _mapping(path: Path, columns: Any) -> dict[str, tuple[str, ...]]:
    _check_table(path, "columns", columns, 'start = "Start time"')
    mapping = {}
    for key, value in columns.items():
        place = f"'{key}' under [columns] in {path}"
        if key not in COLUMNS:
            known = ", ".join(COLUMNS)
            raise click.UsageError(f"{place} is not a column{closest(key, COLUMNS)}. The columns are: {known}.")
        if value is False and (key not in INPUT_KEYS or key == "external_id"):
            raise click.UsageError(f"{place} can't be false: every run needs it. Name a heading, or delete the line.")
        names = (
            [] if value is False else [_heading(place, one) for one in (value if isinstance(value, list) else [value])]
        )
        if value is not False and not names:
            raise click.UsageError(WANTED_HEADING.format(place=place))
        if key not in INPUT_KEYS and any(isinstance(name, ByLetter) for name in names):
            raise click.UsageError(f"{place} can't be named by a letter: results find their place by themselves.")
        if key != "duration" and any(isinstance(name, Measured) and name.unit for name in names):
            raise click.UsageError(f"{place} has no unit: only a duration has one.")
        if len(names) > MOST_HEADINGS:
            raise click.UsageError(f"{place} has {len(names)} headings. Name at most {MOST_HEADINGS}.")
        mapping[key] = tuple(names)
    return mapping


WANTED_HEADING = (
    '{place} must be a heading or several, like ["Date", "Start time"], a column of a sheet without headings, like '
    '{{ column = "C" }}, or false for a column that the sheet does not have.'
)


def _heading(place: str, said: Any) -> str:
    """Return a heading, or the column that is named by its letters."""
    from importer.core.times.lengths import unit_of  # noqa: PLC0415 - keeps --help quick

    match said:
        case str() if said.strip():
            return said
        case {"column": str(letters), **others} if not others:
            with suppress(ValueError):
                return ByLetter(letters.strip())
        case {"unit": str(unit), **others}:
            name = _heading(place, others.get("heading") if others.keys() == {"heading"} else others)
            if unit_of(unit) is None:
                raise click.UsageError(f"'unit' of {place} must be h or min.")
            return measured(name, unit)
    raise click.UsageError(WANTED_HEADING.format(place=place))


def _kept_mapping(mapping: Mapping[str, tuple[str, ...]]) -> dict[str, list[Any]]:
    return {key: [*map(_kept_heading, names)] for key, names in mapping.items()}


def _kept_heading(name: str) -> Any:
    if not isinstance(name, Measured):
        return name
    where = {"column": name.letters} if isinstance(name, ByLetter) else {"heading": str(name)}
    return {**where, "unit": name.unit} if name.unit else where


def _restored_mapping(kept: Mapping[str, list[Any]]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(_heading(key, name) for name in names) for key, names in kept.items()}


ROWS_SAY = ("only", "skip", "same_id")
"""What may stand under [rows]."""


def _rows(path: Path, rows: Any) -> RowChoice:
    _check_table(path, "rows", rows, 'skip = { Status = "Cancelled" }', known=ROWS_SAY)
    same_id = rows.get("same_id", SameId.ERROR)
    if same_id not in [*SameId]:
        known = " or ".join(f'"{each}"' for each in SameId)
        raise click.UsageError(f"'same_id' under [rows] in {path} must be {known}.")
    chosen = {key: _values(f"'{key}' under [rows] in {path}", rows[key]) for key in rows if key != "same_id"}
    return RowChoice(**chosen, same_id=SameId(same_id))


def _values(place: str, chosen: Any) -> dict[str, tuple[str, ...]]:
    """Return {heading: values}, each as a cell would show it."""
    wanted = f'{place} must say under which heading there is what, like {{ Status = ["Cancelled", "Draft"] }}.'
    if not isinstance(chosen, dict) or not chosen:
        raise click.UsageError(wanted)
    found = {}
    for heading, value in chosen.items():
        values = value if isinstance(value, list) else [value]
        if not heading.strip() or not values or any(isinstance(one, dict | list) for one in values):
            raise click.UsageError(wanted)
        found[heading] = tuple(map(text_of, values))
    return found


def _kept_rows(choice: RowChoice) -> dict[str, Any]:
    return {"only": _kept_mapping(choice.only), "skip": _kept_mapping(choice.skip), "same_id": choice.same_id}


def _restored_rows(kept: Mapping[str, Any]) -> RowChoice:
    return RowChoice(
        only=_restored_mapping(kept["only"]), skip=_restored_mapping(kept["skip"]), same_id=SameId(kept["same_id"])
    )


def _people(path: Path, people: Any) -> PeopleFrom:
    """Return who is meant by names: a table says it, or names the file or the sheet that does."""
    if isinstance(people, dict):
        return PeopleFrom(entries=tuple(_entries(path, people)))
    if not isinstance(people, str) or not people.strip():
        raise click.UsageError(
            f'[people] in {path} must be a table, like: "Ana Ruiz" = "ana@contoso.com", or people = with the name of '
            "a CSV, or of a sheet of the workbook."
        )
    named = people.strip()
    is_file = Path(named).suffix.lower() in ROSTER_SUFFIXES
    return PeopleFrom(file=path.parent / named, named=named) if is_file else PeopleFrom(sheet=named, named=named)


def _entries(path: Path, people: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in people.items():
        place = f"'{shorten(name)}' under [people] in {path}"
        if not name.strip():
            raise click.UsageError(f"{place} is no name. Write the name as it stands in the sheet.")
        if not isinstance(value, str) or not is_sign_in(value.strip()):
            raise click.UsageError(f'{place} must be one sign-in name in quotes, like "ana@contoso.com".')
        yield name, value.strip()


def _refuse_people_elsewhere(path: Path, people: PeopleFrom) -> None:
    """Raise UsageError for a list that is not in the settings file's own folder: others' files stay others'."""
    if people.file is None:
        return
    if not _is_plain_name(people.named):
        raise click.UsageError(
            f"'people' in {path} names {people.named}, and a settings file that was only found may name a file in its "
            f'own folder and no other. If you trust it, name it: --config "{path}".'
        )
    if resolved(people.file).parent != resolved(path.parent):
        raise click.UsageError(
            f"'people' in {path} names {people.named}, which leads out of its folder. Put the list itself there."
        )


def _is_plain_name(name: str) -> bool:
    """Return whether this is the name of a file and no path, on any system."""
    return PureWindowsPath(name).name == name == PurePosixPath(name).name and ":" not in name


def _kept_people(people: PeopleFrom) -> list[list[str]]:
    return [[name, sign_in] for name, sign_in in people.entries]


def _restored_people(kept: list[list[str]]) -> PeopleFrom:
    return PeopleFrom(entries=tuple((name, sign_in) for name, sign_in in kept))


WEEKS_SAY = ("first", "last", "days_off")
"""What may stand under [weeks]."""


def _weeks(path: Path, weeks: Any) -> Weeks:
    """Return the weeks of a timetable: both days, as dates, and the days off, as dates or spans of them."""
    from importer.core.times.weeks import LONGEST, Weeks, days_between  # noqa: PLC0415 - keeps --help quick

    _check_table(path, "weeks", weeks, "first = 2027-04-05", known=WEEKS_SAY)
    first, last = (_date(f"'{key}' under [weeks] in {path}", weeks.get(key)) for key in WEEKS_SAY[:2])
    if not timedelta() <= last - first <= LONGEST:
        raise click.UsageError(f"'last' under [weeks] in {path} must be after 'first', by two years at most.")
    off = weeks.get("days_off", [])
    spans = [_span(f"'days_off' under [weeks] in {path}", each) for each in (off if isinstance(off, list) else [off])]
    days = frozenset(day for begin, end in spans for day in days_between(max(begin, first), min(end, last)))
    return Weeks(first, last, days)


def _date(place: str, said: Any) -> date:
    try:
        return date.fromisoformat(str(said).strip())
    except ValueError:
        raise click.UsageError(f"{place} must be a day like 2027-04-05.") from None


def _span(place: str, said: Any) -> tuple[date, date]:
    first, _, last = str(said).partition(" to ")
    try:
        return _date(place, first), _date(place, last or first)
    except click.UsageError:
        raise click.UsageError(f'{place} must be days, like [2027-05-06, "2027-05-24 to 2027-05-28"].') from None


def _kept_weeks(weeks: Weeks | None) -> Any:
    if weeks is None:
        return None
    return {"first": str(weeks.first), "last": str(weeks.last), "days_off": sorted(map(str, weeks.off))}


def _restored_weeks(kept: Any) -> Weeks | None:
    if kept is None:
        return None
    from importer.core.times.weeks import Weeks  # noqa: PLC0415 - keeps --help quick

    off = frozenset(map(date.fromisoformat, kept["days_off"]))
    return Weeks(date.fromisoformat(kept["first"]), date.fromisoformat(kept["last"]), off)


Chosen: TypeAlias = "OptionChoice | tuple[str, ...]"
"""What is chosen for an option of all meetings, or the people who are named instead."""


def _chosen(path: Path, meeting: Any) -> dict[str, Chosen]:
    _check_table(path, "meeting", meeting, 'lobby = "organizer only"')
    return {key: _choice(f"'{key}' under [meeting] in {path}", key, value) for key, value in meeting.items()}


def _choice(place: str, key: str, value: Any) -> Chosen:
    from importer.core.readings import read_option  # noqa: PLC0415 - times and zones load only where there is such a table

    if normalize(key) in NEVER_SET or key == "passcode":
        raise click.UsageError(
            f"{place} can't be set on meetings that are found again by an External ID. "
            "Set it in each meeting's options, or by the organizer's policy."
        )
    if key not in {column.key for column in OPTION_COLUMNS}:
        known = [column.key for column in OPTION_COLUMNS]
        near = closest(key, known)
        raise click.UsageError(f"{place} is not an option of a meeting{near}. They are: {', '.join(known)}.")
    option = OPTION.get(key)
    if option is not None and isinstance(value, str | bool):
        read = read_option(option, (value,))
        if isinstance(read, OptionChoice):
            return read
    people = tuple(value if isinstance(value, list) else [value])
    if (option is None or option.by_name is not None) and people and all(map(_is_address, people)):
        return people
    words = [f'"{word}"' for word in option.words] if option is not None else []
    if option is None or option.by_name is not None:
        words.append('people like ["ana@contoso.com"]')
    raise click.UsageError(NOT_A_VALUE.format(place=place, wanted=f"one of {', '.join(words)}"))


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and UPN.fullmatch(value) is not None


def _kept_choices(chosen: Mapping[str, Chosen]) -> dict[str, str | list[str]]:
    return {key: said.word if isinstance(said, OptionChoice) else list(said) for key, said in chosen.items()}


def _restored_choices(kept: Mapping[str, str | list[str]]) -> dict[str, Chosen]:
    """Return the choices that words stand for; what this version does not know is left out."""
    people: dict[str, Chosen] = {key: tuple(said) for key, said in kept.items() if isinstance(said, list)}
    known = ((key, choice) for key in kept if key in OPTION for choice in OPTION[key].choices)
    return people | {key: choice for key, choice in known if choice.word == kept[key]}


def _sheets(path: Path, sheets: Any) -> dict[str, dict[str, Any]]:
    """Return {worksheet's name or pattern: its table}; what that says is checked like a file that says it for all."""
    if not isinstance(sheets, dict) or not all(isinstance(own, dict) for own in sheets.values()):
        raise click.UsageError(
            f'[sheets] in {path} must have a table for each worksheet, like [sheets."Maths"] with header_row = 3 below.'
        )
    return sheets


TABLES: Mapping[str, SettingsTable] = {
    "columns": SettingsTable(read=_mapping, named=tuple, kept=_kept_mapping, restored=_restored_mapping),
    "people": SettingsTable(
        read=_people,
        named=lambda people: (people.named,) if people.named else (),
        kept=_kept_people,
        restored=_restored_people,
        check_found=_refuse_people_elsewhere,
    ),
    "meeting": SettingsTable(read=_chosen, named=tuple, kept=_kept_choices, restored=_restored_choices),
    "rows": SettingsTable(read=_rows, named=RowChoice.named, kept=_kept_rows, restored=_restored_rows),
    "weeks": SettingsTable(read=_weeks, named=lambda _: WEEKS_SAY, kept=_kept_weeks, restored=_restored_weeks),
    # What was read is kept for each worksheet by itself, so of this table nothing is left to keep.
    "sheets": SettingsTable(read=_sheets, named=tuple, kept=lambda _: {}, restored=dict),
}
"""Every table, by its name and the field of `Settings` that has what it says."""
