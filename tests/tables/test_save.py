"""A file is put in place whole or not at all, and no temporary file stays behind."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from importer.tables.save import TEMPORARY, remove_leftovers, save, try_place

if TYPE_CHECKING:
    from pathlib import Path


def test_a_new_file_is_written(tmp_path: Path) -> None:
    save(tmp_path / "a.xlsx", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.xlsx": b"new"}


def test_an_old_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"an older and longer one")
    save(tmp_path / "a.xlsx", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.xlsx": b"new"}


def test_nothing_stays_behind_where_a_file_is_marked_read_only(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with suppress(PermissionError):  # only Windows minds
        save(path, b"new")
    path.chmod(0o666)
    assert [found.name for found in tmp_path.iterdir()] == ["a.xlsx"]


@pytest.mark.skipif(sys.platform == "win32", reason="modes are a POSIX notion")
def test_the_file_can_be_read_by_those_who_could_before(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    save(path, b"new")
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
    path.chmod(0o640)
    save(path, b"newer")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.skipif(sys.platform == "win32", reason="modes are a POSIX notion")
@pytest.mark.parametrize("before", [None, 0o666, 0o640, 0o600])
@pytest.mark.parametrize(
    ("modes", "most"), [([0o600], 0o600), ([0o640], 0o640), ([0o444], 0o644), ([0o660, 0o604], 0o600)]
)
def test_who_can_not_read_its_sources_can_not_read_a_file(
    tmp_path: Path, modes: list[int], most: int, before: int | None
) -> None:
    sources = [tmp_path / f"{number}.csv" for number in range(len(modes))]
    for source, mode in zip(sources, modes, strict=True):
        source.write_bytes(b"")
        source.chmod(mode)
    path = tmp_path / "a.csv"
    if before is not None:
        path.write_bytes(b"")
        path.chmod(before)
    save(path, b"new", like=sources)
    assert stat.S_IMODE(path.stat().st_mode) == most & (before or 0o777) | 0o600


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="giving files away needs root on POSIX")
def test_another_group_gets_no_more_than_everybody(tmp_path: Path) -> None:
    one, other = tmp_path / "1.csv", tmp_path / "2.csv"
    for source, group in ((one, 4321), (other, 4322)):
        source.write_bytes(b"")
        source.chmod(0o640)
        os.chown(source, 1234, group)
    save(tmp_path / "a.csv", b"new", like=[one])
    facts = (tmp_path / "a.csv").stat()
    assert (facts.st_uid, facts.st_gid, stat.S_IMODE(facts.st_mode)) == (1234, 4321, 0o640)
    save(tmp_path / "b.csv", b"new", like=[one, other])
    assert stat.S_IMODE((tmp_path / "b.csv").stat().st_mode) == 0o600


@pytest.mark.skipif(sys.platform == "win32", reason="modes are a POSIX notion")
def test_a_source_that_has_gone_leaves_the_file_private(tmp_path: Path) -> None:
    save(tmp_path / "a.csv", b"new", like=[tmp_path / "none.csv"])
    assert stat.S_IMODE((tmp_path / "a.csv").stat().st_mode) == 0o600


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.xlsx"
    target.mkdir()
    (target / "inside").write_bytes(b"")
    with pytest.raises(OSError, match=r"a\.xlsx"):
        save(target, b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"]


def test_a_folder_that_is_not_there_is_the_callers_to_explain(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        save(tmp_path / "none" / "a.xlsx", b"new")


def test_trying_leaves_nothing_and_fails_like_saving(tmp_path: Path) -> None:
    try_place(tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []
    for target in (tmp_path, tmp_path / "none" / "a.xlsx"):
        with pytest.raises(OSError, match=r"."):
            try_place(target)


def test_a_name_as_long_as_the_file_system_takes_can_be_saved(tmp_path: Path) -> None:
    save(tmp_path / ("x" * 250 + ".csv"), b"new")
    assert TEMPORARY not in {path.suffix for path in tmp_path.iterdir()}


def test_what_a_killed_run_left_of_its_copy_is_removed_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "r-results.xlsx"
    others = (
        ".r-results.xlsx-0a1b2c3d.tmp.xlsx",
        ".r-results.xlsx-zzzzzzzz.tmp",
        "r-results.xlsx-0a1b2c3d.tmp",
        "r.xlsx",
    )
    for name in (*others, ".r-results.xlsx-0a1b2c3d.tmp", ".s-results.xlsx-0a1b2c3d.tmp"):
        (tmp_path / name).touch()

    remove_leftovers(target)

    assert {path.name for path in tmp_path.iterdir()} == {*others, ".s-results.xlsx-0a1b2c3d.tmp"}


def test_a_folder_that_is_not_there_has_no_leftovers(tmp_path: Path) -> None:
    remove_leftovers(tmp_path / "gone" / "r-results.xlsx")
