"""The columns: their keys, their headings, and how headings in real sheets are recognised."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the sheet: `key` in JSON and configuration, `heading` in the template, synonyms best first."""

    key: str
    heading: str
    synonyms: tuple[str, ...] = ()


INPUT_COLUMNS: tuple[Column, ...] = (
    Column("external_id", "External ID", ("External Identifier", "External Key", "Meeting Key", "Reference", "Ref", "ID")),
    Column("subject", "Subject", ("Title", "Meeting Title", "Meeting Subject", "Topic", "Meeting Name")),
    Column("start", "Start", ("Start time", "Start date and time", "Start date time", "Starts", "Begin", "From")),
    Column("end", "End", ("End time", "End date and time", "End date time", "Ends", "Finish", "To", "Until")),
    Column("duration", "Duration", ("Duration (minutes)", "Duration min", "Length", "Minutes")),
    Column("time_zone", "Time zone", ("Zone", "TZ", "Start time zone")),
    Column("organizer", "Organizer", ("Organiser", "Organizer UPN", "Organiser UPN", "Organizer email", "Organiser email", "Host")),
    Column("attendees", "Attendees", ("Attendee UPNs", "Attendee", "Participants", "Invitees", "Guests")),
)

RESULT_COLUMNS: tuple[Column, ...] = (
    Column("status", "Status"),
    Column("what_to_do", "What to do"),
    Column("join_url", "Join URL", ("Join link", "Teams link")),
    Column("conference_id", "Conference ID"),
    Column("dial_in_number", "Dial-in number"),
    Column("meeting_id", "Meeting ID"),
    Column("graph_id", "Graph ID"),
    Column("checked_at", "Checked at"),
)

EXTRA_COLUMNS: tuple[Column, ...] = (
    Column("passcode", "Passcode"),
    Column("toll_free_number", "Toll-free number"),
    Column("dial_in_url", "Dial-in URL"),
    Column("video_id", "Video ID"),
    Column("options_url", "Options URL"),
    Column("expires", "Expires"),
    Column("chat_thread", "Chat thread"),
)

COLUMNS: Mapping[str, Column] = MappingProxyType(
    {column.key: column for column in (*INPUT_COLUMNS, *RESULT_COLUMNS, *EXTRA_COLUMNS)}
)
INPUT_KEYS = frozenset(column.key for column in INPUT_COLUMNS)

HEADER_SEARCH_ROWS = 60
"""How far down a heading row is looked for: above it stand titles, logos, legends, never a page of data."""
