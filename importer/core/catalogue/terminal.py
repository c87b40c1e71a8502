"""What the terminal says while a run goes on, and over and under what it shows at the end."""

from __future__ import annotations

READING = "Reading {name} ..."
LOOKING_UP = "Looking up people ..."
SAVING = "Saving the results ..."

WAITS = "Teams asks to wait {seconds} s, then it goes on."
"""Under the progress bar, where the seconds count down."""
WAITING = "Waiting {seconds} s: Teams asks for it. It goes on by itself."
BUSY = "Waiting {seconds} s: Teams is busy. It goes on by itself."
STOPPING = "Stopping: what is under way is finished first."
FAILED_SO_FAR = "{count} failed."

STEP = "{name}: {done} of {rows} rows, {failed} failed{left}"
"""Where there is no terminal, now and then."""
LEFT = "{time} left"
RATE = "{rate} rows/s"
SLOW_RATE = "{rate} rows/min"

FIRST = "Row {row}: "
"""Before the sentence of one row, where those of the others are not the same."""

TABLE = ("Rows", "Heading", "What to do", "Code")
MORE = "More about a code: meeting-importer explain {code}"


def place_in_words(rows: tuple[int, ...]) -> str:
    """Gives where, for a narrow column: '5', '10, 11', or in two lines '31 rows, / 5 to 40'."""
    shown = ", ".join(map(str, rows))
    return shown if len(rows) <= 2 else f"{len(rows)} rows,\n{rows[0]} to {rows[-1]}"  # noqa: PLR2004 - two fit in a column


def time_in_words(seconds: float) -> str:
    """Gives a time that is left, no more exact than it is known: '18 s', '3 min', '1 h 5 min'."""
    whole = round(seconds)
    if whole < 90:  # noqa: PLR2004 - seconds; above, nobody counts them
        return f"{whole} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"  # noqa: PLR2004 - minutes in an hour
