"""The files in templates/ and samples/ are what this version makes, and what their descriptions say."""

from __future__ import annotations

import importlib.util
import io
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import canonicalize

import pytest
from openpyxl import load_workbook

from importer.core.columns import find_layout

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def _made() -> Mapping[str, bytes]:
    spec = importlib.util.spec_from_file_location("samples", HERE / "samples.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    files: Mapping[str, bytes] = module.files()
    return files


MADE = _made()


def parts(data: bytes) -> dict[str, str]:
    """Gives a package's parts; the compressed bytes are the business of the machine's zlib."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: canonicalize(package.read(name).decode()) for name in package.namelist()}


@pytest.mark.parametrize("name", MADE)
def test_file_is_what_this_version_makes(name: str) -> None:
    """If this is red because the template was meant to change: `python tests/template/samples.py`."""
    stored = (ROOT / name).read_bytes()

    if name.endswith(".xlsx"):
        assert parts(stored) == parts(MADE[name])
    else:
        assert stored == MADE[name]


def test_folders_hold_nothing_else() -> None:
    paths = [path for folder in ("templates", "samples") for path in (ROOT / folder).rglob("*") if path.is_file()]

    assert {path.relative_to(ROOT).as_posix() for path in paths} == set(MADE)


def test_timetable_is_found_through_its_mapping_and_not_without() -> None:
    sheet = load_workbook(io.BytesIO(MADE["samples/timetable/exported-timetable.xlsx"]))["Export"]
    rows = [
        (n, ["" if cell is None else str(cell) for cell in row])
        for n, row in enumerate(sheet.iter_rows(values_only=True), start=1)
    ]
    columns = tomllib.loads(MADE["samples/timetable/meeting-importer.toml"].decode())["columns"]
    mapping = {key: (names,) if isinstance(names, str) else tuple(names) for key, names in columns.items()}
    required = frozenset({"external_id", "organizer"})

    assert find_layout(rows, mapping={}, required=required) is None
    layout = find_layout(rows, mapping=mapping, required=required)
    assert layout is not None
    assert layout.header_row == 4
    assert layout.inputs == {
        "external_id": (0,),
        "subject": (1, 2),
        "start": (3, 4),
        "end": (3, 5),
        "organizer": (7,),
        "attendees": (8,),
    }


def test_timetable_csv_is_as_old_systems_write_it() -> None:
    data = MADE["samples/timetable/exported-timetable.csv"]

    with pytest.raises(UnicodeDecodeError):
        data.decode("utf-8")
    lines = data.decode("cp1252").split("\r\n")
    assert lines[3].startswith("Lesson no.;Class;Lesson;Date;Start time;End time")
    assert lines[4].startswith("0007;5a;Français: les métiers;05/04/2027;08:15;09:00;")
