"""Progress: a bar with rate, waiting and time left where somebody watches; a line now and then where nobody does."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pytest

from importer.console import console_for
from importer.console.progress import LINE_SECONDS, Watch
from importer.core.model import Status
from tests.console.screens import Tty, Window, row

FINE, FAILED = row(2, Status.CREATED), row(3, Status.FAILED)


@dataclass
class Clock:
    """Time that passes when it is told to."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Watched:
    """A run that is watched, in a window of so many columns."""

    window: Window
    clock: Clock
    watch: Watch
    stopping: list[bool]

    def rows(self, count: int, *, each: float, failed: int = 0) -> None:
        for number in range(count):
            self.clock.now += each
            self.watch.advanced(FAILED if number < failed else FINE)

    @property
    def screen(self) -> list[str]:
        assert self.watch._bar is not None  # noqa: SLF001 - drawn now, and not when its own thread gets to it
        self.watch._bar.refresh()  # noqa: SLF001 - likewise
        return self.window.screen


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def watched(columns: int = 60, *, quiet: bool = False) -> Watched:
    window, clock, stopping = Window(columns), Clock(), [False]
    watch = Watch(window.console, quiet, clock, stopping=lambda: stopping[0])
    return Watched(window, clock, watch, stopping)


@pytest.mark.parametrize(("columns", "bar"), [(60, 13), (80, 33), (140, 40)])
def test_a_bar_says_how_many_how_fast_and_how_much_longer(columns: int, bar: int) -> None:
    run = watched(columns)
    run.watch.started("roster.xlsx", 2000)
    run.rows(500, each=0.01)

    (line,) = run.screen
    run.watch.ended()

    words = line.split()
    assert (words[0], " ".join(words[2:])) == ("roster.xlsx", "500/2000 100 rows/s 15 s left")
    assert len(words[1]) == bar


@pytest.mark.parametrize(
    ("each", "rate", "left"), [(3.0, "20 rows/min", "60 min left"), (0.5, "2 rows/s", "10 min left"), (12, "5", "4 h")]
)
def test_slow_runs_are_told_in_units_a_person_reads(each: float, rate: str, left: str) -> None:
    run = watched(80)
    run.watch.started("r.csv", 1240)
    run.rows(40, each=each)

    assert rate in run.screen[0]
    assert (left in run.screen[0]) or each == 3.0
    run.watch.ended()


def test_a_burst_of_rows_makes_no_rate_and_a_pause_lowers_it() -> None:
    run = watched(80)
    run.watch.started("r.csv", 1000)
    run.clock.now += 1
    run.rows(100, each=0)
    assert " 100 rows/s " in run.screen[0]

    run.clock.now += 9
    assert " 10 rows/s " in run.screen[0]
    run.clock.now += 60
    assert " 1 rows/s " in run.screen[0]
    run.watch.ended()


def test_a_rate_is_told_only_when_there_is_one() -> None:
    run = watched()
    run.watch.started("r.csv", 20)
    run.rows(5, each=0.00001)

    assert run.screen[0].split()[2:] == ["5/20"]
    run.watch.ended()


def test_the_line_leaves_room_for_what_the_terminal_writes_at_ctrl_c() -> None:
    run = watched(60)
    run.watch.started("r.csv", 2000)
    run.rows(500, each=0.01)
    run.stopping[0] = True

    assert max(map(len, run.screen)) <= 60 - len("^C^C")
    run.watch.ended()


def test_waiting_is_counted_down_under_the_bar_and_is_part_of_the_time_left() -> None:
    run = watched()
    run.watch.started("r.csv", 200)
    run.rows(100, each=0.1, failed=2)
    run.watch.pausing(12.0)("Waiting 12 s.")

    assert run.screen[1] == "2 failed. Teams asks for a pause: 12 s left."
    assert run.screen[0].endswith(" 22 s left")
    run.clock.now += 5
    assert run.screen[1] == "2 failed. Teams asks for a pause: 7 s left."
    run.clock.now += 8
    assert run.screen[1] == "2 failed."
    run.watch.ended()


def test_nothing_is_left_of_the_bar_when_it_ends_and_the_cursor_is_back() -> None:
    run = watched()
    run.watch.doing("Reading r.csv ...")
    run.watch.started("r.csv", 10)
    run.rows(4, each=1, failed=1)
    assert len(run.screen) == 2

    run.watch.ended()

    assert run.window.screen == [""]
    assert run.window.stream.getvalue().rindex("\x1b[?25h") > run.window.stream.getvalue().rindex("\x1b[?25l")


def test_a_sentence_said_meanwhile_stands_above_the_bar() -> None:
    run = watched()
    run.watch.started("r.csv", 10)
    run.watch.say("Sandbox: nothing leaves this machine.")

    assert [line.split()[0] for line in run.screen] == ["Sandbox:", "r.csv"]
    run.watch.ended()


def test_an_interrupted_run_says_that_it_is_stopping() -> None:
    run = watched()
    run.watch.started("r.csv", 10)
    run.stopping[0] = True

    assert run.screen[1] == "Stopping: what is under way is finished first."
    run.watch.ended()


@pytest.mark.parametrize(
    "name", ["a-roster-with-quite-a-long-name-for-a-window.xlsx", "会議" * 20 + ".csv", "[red]\x1b[2J.csv"]
)
def test_a_long_or_odd_name_leaves_room_for_the_numbers(name: str) -> None:
    run = watched()
    run.watch.started(name, 2000)
    run.rows(100, each=0.1)

    assert run.screen[0].endswith(" 100/2000 10 rows/s 3 min left")
    assert len(run.screen) == 1
    assert "\x1b[2J" not in run.window.stream.getvalue()
    run.watch.ended()


def test_what_comes_before_rows_is_said_while_it_lasts() -> None:
    run = watched()
    run.watch.doing("Looking up people ...")
    assert "Looking up people ..." in run.window.screen[0]

    run.watch.doing("Saving the results ...")
    assert "Looking up" not in "".join(run.window.screen)
    run.watch.ended()


def said_without_a_terminal(rows: int, *, each: float) -> list[str]:
    stream, clock = io.StringIO(), Clock()
    watch = Watch(console_for(stream, color=True), quiet=False, clock=clock)
    watch.doing("Reading r.csv ...")
    watch.started("r.csv", 2 * rows)
    for _ in range(rows):
        clock.now += each
        watch.advanced(FINE)
    watch.pausing(12)("Waiting 12 s.")
    watch.ended()
    return stream.getvalue().splitlines()


def test_without_a_terminal_there_is_a_line_now_and_then() -> None:
    assert said_without_a_terminal(100, each=LINE_SECONDS / 50) == [
        "r.csv: 50 of 200 rows, 0 failed, 90 s left".replace("90 s", "2 min"),
        "r.csv: 100 of 200 rows, 0 failed, 60 s left",
        "Waiting 12 s.",
    ]
    assert said_without_a_terminal(100, each=0.001) == ["Waiting 12 s."]


@pytest.mark.parametrize(("name", "value"), [("TERM", "dumb"), ("CI", "true"), ("CI", "1")])
def test_a_terminal_that_only_looks_like_one_gets_lines_too(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    run = watched()
    run.watch.doing("Reading ...")
    run.watch.started("r.csv", 10)
    run.rows(4, each=LINE_SECONDS)
    run.watch.ended()

    assert "\x1b[?25l" not in run.window.stream.getvalue()
    assert run.window.screen[0] == "r.csv: 1 of 10 rows, 0 failed, 4 min left"


def test_ci_that_is_switched_off_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "false")

    assert console_for(Tty(), color=True).is_interactive


def test_quiet_shows_nothing_but_what_is_asked() -> None:
    run = watched(quiet=True)
    run.watch.doing("Reading ...")
    run.watch.started("r.csv", 10)
    run.rows(4, each=LINE_SECONDS)
    run.watch.say("Sandbox.")
    run.watch.pausing(3)("Waiting.")
    assert run.window.screen == [""]

    run.watch.prompt("Enter the code ABCD.")

    assert run.window.screen == ["Enter the code ABCD."]


@pytest.mark.parametrize(
    ("color", "variables", "terminal", "coloured"),
    [
        (True, {}, True, True),
        (True, {}, False, False),
        (False, {}, True, False),
        (True, {"NO_COLOR": "1"}, True, False),
        (True, {"FORCE_COLOR": "1"}, False, True),
        (True, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        (False, {"FORCE_COLOR": "1"}, True, False),
        (True, {"TERM": "dumb"}, True, False),
    ],
)
def test_colours_can_be_turned_off_and_on(
    color: bool,  # noqa: FBT001 - a parameter of the test
    variables: dict[str, str],
    terminal: bool,  # noqa: FBT001 - likewise
    coloured: bool,  # noqa: FBT001 - likewise
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    stream = Tty() if terminal else io.StringIO()

    console_for(stream, color=color).print("[bold red]Stopped[/]")

    assert ("\x1b[" in stream.getvalue()) is coloured
