"""What a `Retry-After` header asks for. Source: RFC 9110, section 10.2.3."""

from __future__ import annotations

import math
from datetime import UTC
from email.utils import parsedate_to_datetime


def read_retry_after(text: str | None, *, date: str | None, now: float) -> float | None:
    """Gives the seconds that a `Retry-After` header asks for, or None where it says nothing believable.

    It may be seconds, a decimal (Graph's batches send 0.249) or an HTTP date. A date is taken relative to the
    answer's own `Date` header, so that a wrong clock here does no harm, and to `now` (seconds since 1970) only
    where there is none. Zero, a negative number and garbage are None.
    """
    if text is None:
        return None
    seconds = _number(text.partition(",")[0])  # two headers arrive joined by a comma; they say the same
    if seconds is None:
        until = _moment(text)
        answered = (_moment(date) if date else None) or now
        seconds = None if until is None else until - answered
    return seconds if seconds is not None and seconds > 0 else None


def _number(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


def _moment(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
