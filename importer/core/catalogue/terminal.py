"""What the terminal says while a run goes on, and over and under what it shows at the end."""

from __future__ import annotations

READING = "Reading {name} ..."
LOOKING_UP = "Looking up people ..."
SAVING = "Saving the results ..."

WAITS = "Teams asks for a pause: {seconds} s left."
"""Under the progress bar, where the seconds count down."""
WAITING = "Waiting {seconds} s, as Teams asks. The run goes on by itself."
BUSY = "Waiting {seconds} s, because Teams is busy. The run goes on by itself."
_GIVES_UP = "no answer yet, and the run gives up after {seconds} s."
SILENCE = {
    "sign-in": f"Waiting for Microsoft's sign-in service: {_GIVES_UP}",
    "people": f"Waiting for Microsoft Graph to say who the people are: {_GIVES_UP}",
    "meetings": f"Waiting for Teams' first meeting: {_GIVES_UP}",
    "changes": f"Waiting for Teams' first changed meeting: {_GIVES_UP}",
}
"""What a run waits for that has had no answer of this kind yet."""
STOPPING = "Stopping: what is under way is finished first."
FAILED_SO_FAR = "{count} failed."

STEP = "{name}: {done} of {rows} rows, {failed} failed{left}"
"""Where there is no terminal, now and then."""
LEFT = "{time} left"
RATE = "{rate} rows/s"
SLOW_RATE = "{rate} rows/min"

FIRST = "Row {row}: "
"""Before the sentence of one row, where those of the others are not the same."""

FIRST_OF = "{count} more values. Row {row}: "
"""Before the sentence of one row, where there are too many values to say each."""

GONE = "Gone: {external_id}, {link}"
"""The meeting of a row that is no longer in the sheet, with its link: whoever deletes it has to find it."""

SAID_ABOVE = "as said above ({code})."
"""In place of a sentence that stands over all files, behind `Stopped:`."""

DIFFERING = "Where a row is right and Teams is not, run again with --update: it changes the meetings in Teams."
"""Under everything, for whoever runs the program; the rows themselves name no option."""

TABLE = ("Rows", "Heading", "What to do", "Code")
ROWS_LISTED = 4
"""Rows whose numbers are all named in a narrow column."""
MORE = "More about a code: meeting-importer explain {code}"


def place_in_words(rows: tuple[int, ...]) -> str:
    """Return where, for a narrow column: '5', '10, 11', '4, 7, / 9', or in two lines '31 rows, / 5 to 40'."""
    if len(rows) > ROWS_LISTED:
        return f"{len(rows)} rows,\n{rows[0]} to {rows[-1]}"
    return ",\n".join(", ".join(map(str, rows[at : at + 2])) for at in range(0, len(rows), 2))


def time_in_words(seconds: float) -> str:
    """Gives a time that is left, no more exact than it is known: '18 s', '3 min', '1 h 5 min'."""
    whole = round(seconds)
    if whole < 90:  # noqa: PLR2004 - seconds; above, nobody counts them
        return f"{whole} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"  # noqa: PLR2004 - minutes in an hour
