"""Unzips a workbook and its copy, and names every difference: forgiven ones by name, all others in full.

What is forgiven is what design and format force: result cells and their headings, the dimension, row spans, widths
of new columns, hyperlinks on result cells and their relationships, a table or the sheet's filter grown by the new
columns, the flag that asks for calculation.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, fromstring

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_TAG = re.compile(r"\{[^}]*\}")


@dataclass
class Comparison:
    """`forgiven` are kinds of difference, `others` whole sentences; a true copy has no others."""

    forgiven: set[str] = field(default_factory=set)
    others: list[str] = field(default_factory=list)


def compare(before: bytes, after: bytes, *, sheet: str, columns: Collection[str]) -> Comparison:
    """Compare a workbook with its copy; results are in the sheet part `sheet`, under the columns (letters) given."""
    found = Comparison()
    old, new = _members(before), _members(after)
    order = [name for name in new if name in old]
    if order != list(old):
        found.others.append(f"members are {list(new)}, were {list(old)}")
    for name in new.keys() - old.keys():
        _judge(found, "relationships added" if _is_rels(name, sheet) else "", f"{name} is new")
    for name in old.keys() & new.keys():
        if old[name] != new[name]:
            _compare_member(found, name, old[name], new[name], sheet=sheet, columns=columns)
    return found


def _parse(part: bytes) -> Element:
    return fromstring(part)  # noqa: S314 - parts that the tests themselves or the program under test have written


def _members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _is_rels(name: str, sheet: str) -> bool:
    folder, _, base = sheet.rpartition("/")
    return name == f"{folder}/_rels/{base}.rels"


def _judge(found: Comparison, kind: str, sentence: str) -> None:
    if kind:
        found.forgiven.add(kind)
    else:
        found.others.append(sentence)


def _compare_member(
    found: Comparison, name: str, old: bytes, new: bytes, *, sheet: str, columns: Collection[str]
) -> None:
    if name == sheet:
        _compare_lines(found, name, list(_sheet_lines(old, columns)), list(_sheet_lines(new, columns)))
    elif _is_rels(name, sheet):
        lost = set(_lines(_parse(old))) - set(_lines(_parse(new)))
        kept = [line for line in lost if "hyperlink" not in line]
        _judge(found, "" if kept else "relationships of links", f"{name} lost {kept}")
    elif "/tables/" in name:
        _judge(found, "table grown" if _grown(old, new) else "", f"{name} differs")
    else:
        flag = rb"""<(?:\w+:)?calcPr fullCalcOnLoad="1"/>| fullCalcOnLoad=["'][01]["']"""
        same = re.sub(flag, b"", new) == re.sub(flag, b"", old)
        named = rb"(_FilterDatabase[^>]*>[^<]*:)[^<]*"
        grown = re.sub(named, rb"\1", re.sub(flag, b"", new)) == re.sub(named, rb"\1", re.sub(flag, b"", old))
        kind = "calculation asked for" if same else "filter grown" if grown else ""
        _judge(found, kind, f"{name} differs")


def _grown(old: bytes, new: bytes) -> bool:
    """A table may get a wider range and more columns at the end, and nothing else."""
    before, after = list(_lines(_parse(old))), list(_lines(_parse(new)))
    added = [line for line in after if line.startswith("tableColumn ") and line not in before]
    rest = [_unranged(line) for line in after if line not in added]
    return rest == [_unranged(line) for line in before]


def _unranged(line: str) -> str:
    return re.sub(r" (ref|count)='[^']*'", "", line)


def _compare_lines(found: Comparison, name: str, old: list[tuple[str, str]], new: list[tuple[str, str]]) -> None:
    plain_old = [line for kind, line in old if not kind]
    plain_new = [line for kind, line in new if not kind]
    for kind, line in set(new) ^ set(old):
        if kind:
            found.forgiven.add(kind)
        elif plain_old != plain_new:
            found.others.append(f"{name}: {line[:200]}")


def _sheet_lines(data: bytes, columns: Collection[str]) -> Iterator[tuple[str, str]]:
    """Return the sheet's elements as lines, each with the kind of difference it may have, if any."""
    root = _parse(data)
    for child in root:
        match _local(child):
            case "sheetData":
                for row in child:
                    yield from _row_lines(row, columns)
            case "dimension":
                yield "dimension", _line(child)
            case "cols":
                yield from ((_width_kind(col, columns), _line(col)) for col in child)
            case "hyperlinks":
                yield from ((_link_kind(link, columns), _line(link)) for link in child)
            case "autoFilter" | "sortState":
                yield from (("", _unranged(line)) for line in _lines(child))
            case _:
                yield from (("", line) for line in _lines(child))


def _row_lines(row: Element, columns: Collection[str]) -> Iterator[tuple[str, str]]:
    spans = {name: value for name, value in row.attrib.items() if name != "spans"}
    yield "spans", f"{row.get('r')} {row.get('spans')}"
    cells = [cell for cell in row if re.sub(r"\d", "", cell.get("r", "")) not in columns]
    yield "" if cells else "rows of results only", f"row {sorted(spans.items())}"
    for cell in row:
        mine = re.sub(r"\d", "", cell.get("r", "")) in columns
        yield "result cells" if mine else "", " ".join(_lines(cell))


def _width_kind(col: Element, columns: Collection[str]) -> str:
    return "widths" if _letters(int(col.get("min", "0"))) in columns and col.get("min") == col.get("max") else ""


def _link_kind(link: Element, columns: Collection[str]) -> str:
    return "links" if re.sub(r"\d", "", link.get("ref", "")) in columns else ""


def _lines(element: Element) -> Iterator[str]:
    yield _line(element)
    for child in element:
        yield from _lines(child)


def _line(element: Element) -> str:
    facts = "".join(f" {_TAG.sub('', name)}='{value}'" for name, value in sorted(element.attrib.items()))
    return f"{_local(element)}{facts} {element.text or ''}".rstrip() + (element.tail or "").strip()


def _local(element: Element) -> str:
    return _TAG.sub("", element.tag)


def _letters(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number - 1, 26)
        text = chr(65 + digit) + text
    return text
