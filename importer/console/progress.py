"""Progress on stderr while a run goes on: a bar where somebody watches, a line now and then where nobody does."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.constrain import Constrain
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TaskID, TextColumn
from rich.spinner import Spinner
from rich.table import Column
from rich.text import Text

from importer.console import shown
from importer.core.catalogue import words
from importer.core.model import ANSWERED
from importer.core.wording import left_in_words, strip_control_chars

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.console import Console, RenderableType
    from rich.progress import Task

    from importer.core.row import Row

LINE_SECONDS = 30.0
"""Where there is no terminal, a line this often shows that the run is alive without filling a log."""
MARGIN = 4
"""Columns that stay free at the right: a terminal writes ^C there, and on a full line that would begin another one."""
SETTLED, RECENT = 1.0, 30.0
"""Seconds until there is a rate to speak of, and seconds that it is the rate of."""
NAME_SHARE = 4
"""A file's name takes a quarter of the line at most; the bar and the numbers need the rest."""


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
            self._live.start(refresh=True)

    def started(self, name: str, rows: int) -> None:
        """So many rows of this file will be sent."""
        self.ended()
        self._name, self._rows, self._done, self._bad = name, rows, 0, 0
        self._begun = self._said = self.clock()
        if self._watched:
            self._bar = _Bar(self.console, self.clock, self.stopping)
            self._bar.begin(name, rows)

    def advanced(self, result: Row) -> None:
        """One more row has its result."""
        self._done += 1
        self._bad += result.status not in ANSWERED
        if self._bar is not None:
            self._bar.row(self._bad)
        elif self.clock() - self._said >= LINE_SECONDS:
            self._said = self.clock()
            self.say(self._step())

    def pausing(self, seconds: float) -> Callable[[str], None]:
        """Return what says that everybody waits so long: a bar counts it down instead of saying it."""

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
        """Say one line on stderr, unless quiet."""
        if not self.quiet:
            self.prompt(text)

    def prompt(self, text: str) -> None:
        """Say one line even when quiet: without it, nothing goes on."""
        self.console.print(shown(text))

    @property
    def _watched(self) -> bool:
        return self.console.is_interactive and not self.quiet

    def _step(self) -> str:
        pace = (self.clock() - self._begun) / self._done
        left = words.LEFT.format(time=left_in_words(pace * (self._rows - self._done)))
        return words.STEP.format(name=self._name, done=self._done, rows=self._rows, failed=self._bad, left=f", {left}")


class _Bar(Progress):
    """One line of numbers, and under it, where there is something to say, one of words."""

    def __init__(self, console: Console, clock: Callable[[], float], stopping: Callable[[], object]) -> None:
        self._terminal = console
        self._clock = clock
        self._stopping = stopping
        self._until = 0.0
        self._bad = 0
        self._done = 0
        self._marks: deque[tuple[float, int]] = deque()
        self._task: TaskID | None = None
        columns = (
            TextColumn("{task.description}", table_column=Column(no_wrap=True)),
            BarColumn(complete_style="cyan", finished_style="cyan"),  # red, as it comes, looks like an error
            MofNCompleteColumn(),
            _Rate(self.rate),
            _Left(self.rate, self.waiting),
        )
        super().__init__(*columns, console=console, transient=True, get_time=clock)

    def begin(self, name: str, rows: int) -> None:
        label = Text(strip_control_chars(name))
        label.truncate(self.console.width // NAME_SHARE, overflow="ellipsis")
        self._marks.append((self._clock(), 0))
        self._task = self.add_task(shown(label.plain), total=rows)
        self.start()

    def row(self, bad: int) -> None:
        self._bad = bad
        self._done += 1
        if self._clock() - self._marks[-1][0] >= SETTLED:
            self._marks.append((self._clock(), self._done))
        if self._task is not None:
            self.advance(self._task)

    def wait(self, seconds: float) -> None:
        self._until = max(self._until, self._clock() + seconds)

    def rate(self) -> float | None:
        """Return rows per second as of late, pauses included; None while too little is known.

        Rich's own rate is not used: rows come in bursts, as they are committed, and one burst has no duration.
        """
        now = self._clock()
        while len(self._marks) > 1 and now - self._marks[1][0] >= RECENT:
            self._marks.popleft()
        since, done = self._marks[0]
        return None if now - since < SETTLED or done == self._done else (self._done - done) / (now - since)

    def waiting(self) -> float:
        """Return the seconds that everybody waits from now."""
        return max(0.0, self._until - self._clock())

    def get_renderables(self) -> Iterable[RenderableType]:
        """Return the lines to draw."""
        width = self._terminal.width - MARGIN
        yield from (Constrain(line, width) for line in super().get_renderables())
        if note := " ".join(self._notes()):
            yield Constrain(Text(note, style="yellow", overflow="ellipsis", no_wrap=True), width)

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

    def __init__(self, rate: Callable[[], float | None]) -> None:
        self._rate = rate
        super().__init__(Column(no_wrap=True))

    def render(self, task: Task) -> Text:  # noqa: ARG002 - rich's signature
        rate = self._rate()
        if rate is None:
            return Text("")
        slow = rate < 1
        return Text((words.SLOW_RATE if slow else words.RATE).format(rate=round(rate * 60 if slow else rate)))


class _Left(ProgressColumn):
    """How much longer, the waiting that Teams asks for included."""

    max_refresh = 0.5

    def __init__(self, rate: Callable[[], float | None], waiting: Callable[[], float]) -> None:
        self._rate = rate
        self._waiting = waiting
        super().__init__(Column(no_wrap=True))

    def render(self, task: Task) -> Text:
        rate = self._rate()
        if rate is None or task.remaining is None:
            return Text("")
        return Text(words.LEFT.format(time=left_in_words(task.remaining / rate + self._waiting())))
