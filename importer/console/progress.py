"""Progress on stderr while a run goes on: a bar where somebody watches, a line now and then where nobody does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TaskID, TextColumn
from rich.spinner import Spinner
from rich.table import Column
from rich.text import Text

from importer.console.terminal import shown
from importer.core.catalogue import terminal as words
from importer.core.report import ANSWERED
from importer.core.wording import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.console import Console, RenderableType
    from rich.progress import Task

    from importer.core.model import RowResult

LINE_SECONDS = 30.0
"""Where there is no terminal, a line this often shows that the run is alive without filling a log."""
NAME_SHARE = 3
"""A file's name takes a third of the line at most; the bar and the numbers need the rest."""


@dataclass(slots=True)
class Watch:
    """Progress for whoever watches: a bar on a terminal, a line now and then elsewhere, nothing when quiet."""

    console: Console
    quiet: bool
    clock: Callable[[], float]
    stopping: Callable[[], object] = bool
    """Tells whether the run is to end."""
    _bar: _Bar | None = None
    _live: Live | None = None
    _name: str = ""
    _rows: int = 0
    _done: int = 0
    _bad: int = 0
    _begun: float = 0.0
    _said: float = field(default=0.0)

    def doing(self, text: str) -> None:
        """This is being done, and rows do not come of it: said while it lasts, and only to somebody who watches."""
        self.ended()
        if self._watched:
            self._live = Live(Spinner("line", shown(text)), console=self.console, transient=True)
            self._live.start()

    def started(self, name: str, rows: int) -> None:
        """So many rows of this file will be sent."""
        self.ended()
        self._name, self._rows, self._done, self._bad = name, rows, 0, 0
        self._begun = self._said = self.clock()
        if self._watched:
            self._bar = _Bar(self.console, self.clock, self.stopping)
            self._bar.begin(name, rows)

    def advanced(self, result: RowResult) -> None:
        """One more row has its result."""
        self._done += 1
        self._bad += result.status not in ANSWERED
        if self._bar is not None:
            self._bar.row(self._bad)
        elif self.clock() - self._said >= LINE_SECONDS:
            self._said = self.clock()
            self.say(self._step())

    def pausing(self, seconds: float) -> Callable[[str], None]:
        """Gives what says that everybody waits so long: a bar counts it down instead of saying it."""

        def say(text: str) -> None:
            if self._bar is None:
                self.say(text)
            else:
                self._bar.wait(seconds)

        return say

    def ended(self) -> None:
        """Nothing more is going on; what was shown of it is wiped away."""
        for shown_now in (self._bar, self._live):
            if shown_now is not None:
                shown_now.stop()
        self._bar = self._live = None

    def say(self, text: str) -> None:
        """Says one line on stderr, unless quiet."""
        if not self.quiet:
            self.ask(text)

    def ask(self, text: str) -> None:
        """Says one line even when quiet: without it, nothing goes on."""
        self.console.print(shown(text))

    @property
    def _watched(self) -> bool:
        return self.console.is_interactive and not self.quiet

    def _step(self) -> str:
        pace = (self.clock() - self._begun) / self._done
        left = words.LEFT.format(time=words.time_in_words(pace * (self._rows - self._done)))
        return words.STEP.format(name=self._name, done=self._done, rows=self._rows, failed=self._bad, left=f", {left}")


class _Bar(Progress):
    """One line of numbers, and under it, where there is something to say, one of words."""

    def __init__(self, console: Console, clock: Callable[[], float], stopping: Callable[[], object]) -> None:
        self._clock = clock
        self._stopping = stopping
        self._until = 0.0
        self._bad = 0
        self._task: TaskID | None = None
        columns = (
            TextColumn("{task.description}", table_column=Column(no_wrap=True, overflow="ellipsis")),
            BarColumn(complete_style="cyan", finished_style="cyan"),  # red, as it comes, looks like an error
            MofNCompleteColumn(),
            _Rate(),
            _Left(self.waiting),
        )
        super().__init__(*columns, console=console, transient=True, get_time=clock)

    def begin(self, name: str, rows: int) -> None:
        label = Text(harmless(name))
        label.truncate(self.console.width // NAME_SHARE, overflow="ellipsis")
        self._task = self.add_task(shown(label.plain), total=rows)
        self.start()

    def row(self, bad: int) -> None:
        self._bad = bad
        if self._task is not None:
            self.advance(self._task)

    def wait(self, seconds: float) -> None:
        self._until = max(self._until, self._clock() + seconds)

    def waiting(self) -> float:
        """Gives the seconds that everybody waits from now."""
        return max(0.0, self._until - self._clock())

    def get_renderables(self) -> Iterable[RenderableType]:
        """Gives the lines to draw."""
        yield from super().get_renderables()
        if note := " ".join(self._notes()):
            yield Text(note, style="yellow", overflow="ellipsis", no_wrap=True)

    def _notes(self) -> Iterable[str]:
        if self._bad:
            yield words.FAILED_SO_FAR.format(count=self._bad)
        if self._stopping():
            yield words.STOPPING
        elif (left := self.waiting()) >= 1:
            yield words.WAITS.format(seconds=round(left))


class _Rate(ProgressColumn):
    """Rows per second; per minute where that is less than one."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        speed = task.speed
        if not speed:
            return Text("")
        if speed < 1:
            return Text(words.SLOW_RATE.format(rate=round(speed * 60)))
        return Text(words.RATE.format(rate=round(speed)))


class _Left(ProgressColumn):
    """How much longer, the waiting that Teams asks for included."""

    max_refresh = 0.5

    def __init__(self, waiting: Callable[[], float]) -> None:
        self._waiting = waiting
        super().__init__()

    def render(self, task: Task) -> Text:
        left = task.time_remaining
        return Text("" if left is None else words.LEFT.format(time=words.time_in_words(left + self._waiting())))
