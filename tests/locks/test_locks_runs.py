"""Of two runs for one place one waits or stops, whatever machine they are on; and no dead run is ever in the way."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from importer.cli.run.run_lock import RunLock, WaitUntilStable
from importer.core.model import ExitCode, Stop
from importer.locks import AGED, UNFILLED, HeldError, LockOwner, ShareLock, StateLock, read_holder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)


def me(host: str = "pc-1", pid: int = 7, machine: str = "card-1") -> LockOwner:
    return LockOwner(born="then", since=NOW, machine=machine, host=host, user="bo", pid=pid)


def beside(target: Path, holder: LockOwner, *, alive: bool = True, pause: Callable[[float], object] = abs) -> ShareLock:
    return ShareLock(target, holder, goes_on=lambda _pid, _born: alive, pause=pause)


@contextmanager
def held(lock: ShareLock | StateLock) -> Iterator[None]:
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


def age(path: Path, seconds: float) -> None:
    moment = path.stat().st_mtime - seconds
    os.utime(path, (moment, moment))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "share" / "r-results.xlsx"


@pytest.fixture(autouse=True)
def share(target: Path) -> Path:
    target.parent.mkdir()
    return target.parent


@pytest.mark.parametrize("other", [me("pc-1", 8), me("pc-2")])
def test_the_second_learns_who_holds_the_lock(target: Path, other: LockOwner) -> None:
    first = me()
    with held(beside(target, first)), pytest.raises(HeldError) as found:
        beside(target, other).acquire()
    assert found.value.holder == first


def test_a_lock_that_is_let_go_leaves_nothing(target: Path, share: Path) -> None:
    for holder in (me(), me("pc-2")):
        with held(beside(target, holder)):
            assert [path.name for path in share.iterdir()] == [".r-results.xlsx.lock"]
    assert list(share.iterdir()) == []


def test_a_run_whose_process_is_gone_on_this_machine_is_not_waited_for(target: Path, share: Path) -> None:
    beside(target, me()).acquire()
    with held(beside(target, me(pid=8), alive=False)):
        pass
    assert list(share.iterdir()) == []


def test_a_run_on_another_machine_is_believed_dead_only_when_its_lock_has_aged(target: Path, share: Path) -> None:
    first = beside(target, me())
    first.acquire()
    age(first.path, AGED - 60)
    with pytest.raises(HeldError):
        beside(target, me("pc-2"), alive=False).acquire()
    first.renew()
    age(first.path, AGED - 60)
    with pytest.raises(HeldError):
        beside(target, me("pc-2"), alive=False).acquire()
    age(first.path, 61)
    second = beside(target, me("pc-2"))
    with held(second):
        first.release()  # it was only asleep, and must not let go of what is another's now
        assert (read_holder(first.path) or me()).host == "pc-2"
    assert list(share.iterdir()) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (me(), me(machine="card-2")),
        (me(), me(machine="")),
        (me(machine=""), me()),
        (me(machine=""), me(machine="")),
    ],
    ids=["a clone", "it can't tell", "the other did not say", "neither can tell"],
)
def test_a_machine_of_the_same_name_is_another_one_until_it_proves_that_it_is_not(
    target: Path, first: LockOwner, second: LockOwner
) -> None:
    lock = beside(target, first)
    lock.acquire()
    with pytest.raises(HeldError) as found:
        beside(target, second, alive=False).acquire()
    assert found.value.holder == first
    age(lock.path, AGED + 60)
    with held(beside(target, second, alive=False)):
        pass


def test_a_run_that_slept_neither_renews_nor_holds_what_is_anothers_now(target: Path, share: Path) -> None:
    first, second = beside(target, me()), beside(target, me("pc-2"))
    first.acquire()
    assert first.still_holds()
    age(first.path, AGED + 60)
    with held(second):
        age(second.path, AGED - 60)
        first.renew()
        assert not first.still_holds()
        assert second.still_holds()
        age(second.path, 120)  # had the first one renewed it, this would not make it old
        with held(beside(target, me("pc-3"))):
            pass
    assert not first.still_holds()
    first.release()
    assert list(share.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a file's size can only be limited on POSIX")
def test_a_lock_whose_text_finds_no_room_leaves_no_empty_file_to_block(target: Path, share: Path) -> None:
    import resource  # noqa: PLC0415 - POSIX only

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        with pytest.raises(OSError, match="large"):
            beside(target, me()).acquire()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(share.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there a folder can't be moved away while a file in it is open")
@pytest.mark.parametrize("away", [1, 3, 7])
def test_a_lock_is_let_go_when_the_share_is_back(target: Path, share: Path, away: int) -> None:
    elsewhere, pauses = share.with_name("elsewhere"), []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == away:
            share.unlink()
            elsewhere.rename(share)

    lock = beside(target, me(), pause=pause)
    lock.acquire()
    share.rename(elsewhere)
    share.symlink_to(share)  # whatever is asked below it now is answered with an error (ELOOP), not with "not there"
    lock.release()
    assert (len(pauses), list(share.iterdir())) == (away, [])


@pytest.mark.parametrize("text", ["", "{", "[]", '{"since": 1}', '{"host": {}, "since": "x"}', "[" * 9000])
def test_a_lock_that_says_nothing_holds_until_it_has_aged(target: Path, text: str) -> None:
    lock = beside(target, me(), alive=False)
    lock.path.write_text(text, encoding="utf-8")
    with pytest.raises(HeldError) as found:
        lock.acquire()
    assert found.value.holder is None
    age(lock.path, AGED + 60)
    with held(lock):
        pass


def test_a_run_killed_before_it_wrote_its_name_is_in_the_way_for_moments_only(target: Path) -> None:
    lock = beside(target, me())
    lock.path.touch()
    age(lock.path, UNFILLED - 1)
    with pytest.raises(HeldError):
        lock.acquire()
    age(lock.path, 2)
    with held(lock):
        assert (read_holder(lock.path) or me()).pid == 7


def test_a_run_killed_while_it_judged_locks_nobody_out_for_ever(target: Path, share: Path) -> None:
    beside(target, me()).acquire()
    judge = share / ".r-results.xlsx.lock-judged"
    judge.touch()
    later = beside(target, me(pid=8), alive=False)
    with pytest.raises(HeldError):
        later.acquire()
    age(judge, AGED + 60)
    with pytest.raises(HeldError):
        later.acquire()
    with held(later):
        pass
    assert list(share.iterdir()) == []


def test_the_systems_lock_names_its_holder_and_frees_itself(target: Path, tmp_path: Path) -> None:
    folder, first = tmp_path / "state", me()
    with held(StateLock(folder, target, first)), held(StateLock(folder, target.with_name("other.xlsx"), me())):
        with pytest.raises(HeldError) as found:
            StateLock(folder, target.parent / "." / target.name, me()).acquire()
        assert found.value.holder == first
    with held(StateLock(folder, target, me())):
        pass
    assert not list(folder.glob("*.json"))


class Waiting:
    """A turn whose clock is moved by sleeping, and what it said."""

    def __init__(self, folder: Path, wait: float, act: Callable[[float], None] = lambda _: None) -> None:
        self.said: list[str] = []
        self.slept = 0.0
        self.act = act
        self.turn = RunLock(
            folder=folder,
            wait=wait,
            now=lambda: NOW + timedelta(minutes=12),
            sleep=self.sleep,
            say=self.said.append,
            until_stable=WaitUntilStable(files=(), seconds=0, now=lambda: NOW, sleep=self.sleep),
        )

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.act(self.slept)


def test_a_second_run_stops_and_says_who_is_at_work_since_when(target: Path, tmp_path: Path) -> None:
    with (
        held(beside(target, me())),
        pytest.raises(Stop) as stopped,
        Waiting(tmp_path / "state", 0).turn.at(target),
    ):
        pass
    assert (stopped.value.exit_code, stopped.value.problem.code) == (ExitCode.LOCKED, "another-run")
    since = f"{NOW.astimezone():%Y-%m-%d %H:%M}"
    assert f"bo on pc-1, process 7, since {since} (12 min)" in stopped.value.problem.message


def test_a_run_waits_as_long_as_it_is_told(target: Path, tmp_path: Path) -> None:
    waiting = Waiting(tmp_path / "state", 90)
    with held(beside(target, me())), pytest.raises(Stop), waiting.turn.at(target):
        pass
    assert (waiting.slept, len(waiting.said)) == (90, 1)


def test_a_run_goes_on_when_the_other_has_ended(target: Path, tmp_path: Path) -> None:
    first = beside(target, me())
    first.acquire()

    def end(slept: float) -> None:
        if slept == 3:
            first.release()

    waiting = Waiting(tmp_path / "state", 60, end)
    with waiting.turn.at(target):
        assert waiting.slept == 3
        with pytest.raises(Stop), Waiting(tmp_path / "state", 0).turn.at(target):
            pass
        with Waiting(tmp_path / "state", 0).turn.at(target.with_name("other.xlsx")):
            pass
    with waiting.turn.at(target):
        pass


def test_a_lock_that_was_not_got_is_not_kept_half(target: Path, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with held(beside(target, me())), suppress(Stop), Waiting(folder, 0).turn.at(target):
        pass
    with Waiting(folder, 0).turn.at(target):
        pass


def test_folders_that_take_no_lock_are_left_to_those_who_save(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with Waiting(tmp_path / "file", 0).turn.at(tmp_path / "none" / "r.xlsx"):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="getpass asks the environment only, which Windows always has")
def test_an_account_without_a_name_can_hold_a_lock() -> None:
    assert LockOwner(born="", since=NOW, user="").words(NOW).startswith(LockOwner(born="", since=NOW).host)
