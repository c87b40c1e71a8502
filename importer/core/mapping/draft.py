"""A proposal as a settings file, for somebody who has never seen one: lines with reasons, questions as comments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.core.columns import COLUMNS
from importer.core.mapping import SettingLine, Sure, toml_string, toml_value
from importer.core.mapping.times import CHOOSE
from importer.core.wording import rows_counted, strip_control_chars

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from importer.core.mapping import OpenQuestion, Proposal

WIDTH = 110
"""Characters of a comment's line."""
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")


def draft(proposal: Proposal, name: str) -> str:
    """Return the settings file for the export called `name`."""
    return "".join(f"{line}\n" for line in _lines(proposal, name))


def _lines(proposal: Proposal, name: str) -> Iterator[str]:
    where = f"its headings (row {proposal.header_row})" if proposal.header_row else "what stands in its columns"
    yield from _comment(
        f"How meeting-importer reads {name}: proposed by meeting-importer map from {where} and "
        f"{rows_counted(proposal.rows)}. Lines that begin with # say nothing to the program."
    )
    if not proposal.header_row:
        yield from _comment("No row has headings, so columns are named by their letters.")
    yield from _comment("Check it with: meeting-importer validate, which shows how the rows are read.")
    asked = {question.key: question for question in proposal.questions}
    for question in proposal.questions:
        if question.key in {"timezone", "date_order", "sheet"}:
            yield from _question(question)
    for line in proposal.settings:
        yield from _entry(line, f"{line.key} = {toml_value(line.value)}")
    if "organizer" in asked and proposal.line("organizer") in {None, *_unsaid(proposal)}:
        yield from _question(asked["organizer"])
    yield ""
    yield "[columns]"
    for line in proposal.columns:
        yield ""
        if line.key in asked and not (line.key == "organizer" and line.value is None):
            yield from _question(asked[line.key], example=line.value is None or line.value == (CHOOSE,))
        yield from _entry(line, f"{line.key} = {toml_value(line.value)}", COLUMNS[line.key].heading)
    if "weeks" in asked:
        yield ""
        yield from _question(asked["weeks"], example=False)
        yield from ("# [weeks]", "# first = 2027-04-05", "# last = 2027-07-16", "# days_off = [2027-05-06]")
    yield from _rows(proposal)
    yield from _people(proposal, asked.get("people"))


def _unsaid(proposal: Proposal) -> Iterator[SettingLine]:
    return (line for line in proposal.columns if line.value is None)


def _entry(line: SettingLine, text: str, heading: str = "") -> Iterator[str]:
    """Return a line with its reason above; one that says nothing is a comment."""
    sure = "" if line.value is None else f" ({line.sure})"
    named = f"{heading}: " if heading else f"{line.key}: "
    yield from _comment(f"{named}{line.reason.removesuffix('.')}{sure}.")
    if line.value is not None:
        yield text


def _question(question: OpenQuestion, *, example: bool = True) -> Iterator[str]:
    stops = " Nothing is sent until this is answered." if question.stops else ""
    yield from _comment(f"OPEN: {question.text}{stops}")
    if example:
        yield from _comment(question.example, prefix="#   ")


def _rows(proposal: Proposal) -> Iterator[str]:
    skip = {**proposal.skip, **({proposal.undated: ("",)} if proposal.undated else {})}
    if not skip and not proposal.same_id and not proposal.perhaps:
        return
    yield ""
    yield "[rows]"
    if proposal.skip:
        yield from _comment("Rows that do not take place, as their status says, or are whole days of a calendar.")
    if proposal.undated:
        yield from _comment("Rows without a day: a meeting without a start would begin when it is sent.")
    if skip:
        yield f"skip = {_tests(skip)}"
    if proposal.perhaps:
        yield from _comment("OPEN: Do these rows take place? If not, take the # away. As it is, they become meetings.")
        both = {
            **proposal.perhaps,
            **{key: (*values, *proposal.perhaps.get(key, ())) for key, values in skip.items()},
        }
        yield f"# skip = {_tests(both)}"
    if proposal.one_meeting:
        yield from _comment(f"{proposal.same_id}, and they are one meeting, as you said.")
        yield 'same_id = "one meeting"'
    elif proposal.same_id:
        yield from _comment(
            f"OPEN: {proposal.same_id}. If they are one meeting, take the # away: rows with one External ID are "
            "then one meeting, and all their people are in it."
        )
        yield '# same_id = "one meeting"'


def _tests(tests: Mapping[str, tuple[str, ...]]) -> str:
    return "{ " + ", ".join(f"{_key(heading)} = {toml_value(values)}" for heading, values in tests.items()) + " }"


def _people(proposal: Proposal, question: OpenQuestion | None) -> Iterator[str]:
    if question is None:
        return
    yield ""
    yield "[people]"
    yield from _comment(f"OPEN: {question.text} Fill in each, and take the # away.")
    for name in proposal.people:
        yield f'# {toml_string(name)} = "@"'


def _comment(text: str, prefix: str = "# ") -> Iterator[str]:
    """Return a text as comments of some width. No sign in it ends a line, so nothing in a sheet becomes a setting."""
    words = strip_control_chars(" ".join(text.split())).replace("\x7f", "").split(" ")
    line = ""
    for word in words:
        if line and len(line) + 1 + len(word) > WIDTH:
            yield prefix + line
            line = ""
        line = f"{line} {word}" if line else word
    yield prefix + line


def _key(text: str) -> str:
    return text if _PLAIN_KEY.fullmatch(text) else toml_string(text)


def proposal_lines(lines: Iterable[SettingLine]) -> Iterator[tuple[str, str, str, str]]:
    """Return each line as (key, heading or headings, how sure, reason)."""
    for line in lines:
        if isinstance(line.value, tuple):
            value = "?" if line.value == (CHOOSE,) else " + ".join(line.value)
        else:
            value = "none" if line.value is False else str(line.value or "")
        yield line.key, value, "" if line.value is None else line.sure.value, line.reason


__all__ = ["Sure", "draft", "proposal_lines"]
