"""Edm.DateTimeOffset to and from 100-nanosecond ticks: Graph keeps seven decimals, Python's datetime six."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from importer.sandbox.errors import GraphError, bad_request

TICKS_A_SECOND = 10_000_000
HOUR = 3600 * TICKS_A_SECOND
DAY = 24 * HOUR

_ZERO = datetime(1, 1, 1, tzinfo=UTC)

LAST = (datetime.max.replace(tzinfo=UTC) - _ZERO) // timedelta(seconds=1) * TICKS_A_SECOND
"""The last second of year 9999."""

_FORM = re.compile(
    r"(?P<instant>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,12}))?(?P<offset>Z|[+-]\d\d:\d\d)",
    re.ASCII,
)
"""The pattern of Edm.DateTimeOffset in Microsoft's OpenAPI documents: an offset is needed, and it has a colon."""

_LONGEST = 64
"""Characters that are looked at; the longest DateTimeOffset has 38."""

_OFFSET_WITHOUT_COLON = re.compile(r".*T.*[+-]\d{4}", re.ASCII)


def read(text: object) -> int:
    """Gives the ticks since year 1 of `text`.

    Raises GraphError: 400 with an empty `UnknownError` for an offset without its colon, 400 `BadRequest` for
    anything else that is no DateTimeOffset. Both answers have been seen from Graph
    (github.com/microsoftgraph/msgraph-sdk-objc-models/issues/80, msgraph-sdk-python/issues/566).
    """
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise _unreadable(text)
    if _OFFSET_WITHOUT_COLON.fullmatch(text):
        raise GraphError(400, "UnknownError")
    if not (found := _FORM.fullmatch(text)):
        raise _unreadable(text)
    try:
        whole = datetime.fromisoformat(found["instant"]).replace(tzinfo=_zone(found["offset"]))
    except ValueError:
        raise _unreadable(text) from None
    ticks = of(whole) + int((found["fraction"] or "0").ljust(7, "0")[:7])
    if not 0 <= ticks <= LAST:
        raise _unreadable(text)
    return ticks


def write(ticks: int) -> str:
    """Gives `ticks` as Graph writes an instant: UTC, seven decimals, `Z`."""
    seconds, fraction = divmod(ticks, TICKS_A_SECOND)
    whole = (_ZERO + timedelta(seconds=seconds)).replace(tzinfo=None)
    return f"{whole.isoformat()}.{fraction:07}Z"


def of(moment: datetime) -> int:
    """Gives the ticks of an aware datetime."""
    return (moment - _ZERO) // timedelta(microseconds=1) * 10


def _zone(offset: str) -> timezone:
    if offset == "Z":
        return UTC
    minutes = int(offset[1:3]) * 60 + int(offset[4:6])
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))


def _unreadable(value: object) -> GraphError:
    return bad_request(f"Cannot convert the literal '{value}' to the expected type 'Edm.DateTimeOffset'.")
