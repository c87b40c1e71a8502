"""The Windows Task Scheduler's XML, to be imported with `schtasks /Create /XML` or by hand.

Source of the elements, their order and their values, schema version 1.2:
https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from datetime import timedelta

    from importer.schedule.job import NightlyJob

NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"

_SERVICE_ACCOUNTS = {
    "system": "S-1-5-18",
    "local system": "S-1-5-18",
    "localsystem": "S-1-5-18",
    "local service": "S-1-5-19",
    "localservice": "S-1-5-19",
    "network service": "S-1-5-20",
    "networkservice": "S-1-5-20",
}
"""Accounts of the computer itself, which have no password and whose names are translated: their SIDs are not.

Source: https://learn.microsoft.com/windows-server/identity/ad-ds/manage/understand-security-identifiers
"""

DESCRIPTION = (
    "Makes the Teams meetings of a roster and saves a copy with the links. "
    "Last Run Result is the program's exit code: 0x0 all done, 0x4 finished but rows need somebody, "
    "0x5 an administrator must act, 0x6 the results are elsewhere, 0x7 stopped early, 0x8 another run was at work. "
    "It is not repeated on failure: codes 4 and 5 need somebody first, and the next night takes up the rest."
)


def task(job: NightlyJob) -> ET.Element:
    """Gives the task."""
    root = ET.Element("Task", {"version": "1.2", "xmlns": NAMESPACE})
    _fill(
        ET.SubElement(root, "RegistrationInfo"),
        Description=DESCRIPTION + _variables(job),
        URI=f"\\{job.name}",
    )
    _trigger(ET.SubElement(root, "Triggers"), job)
    _principal(ET.SubElement(ET.SubElement(root, "Principals"), "Principal", {"id": "Author"}), job.user)
    _settings(ET.SubElement(root, "Settings"), job.limit)
    _action(ET.SubElement(ET.SubElement(root, "Actions", {"Context": "Author"}), "Exec"), job)
    ET.indent(root)
    return root


def as_utf16(root: ET.Element) -> bytes:
    """Gives the XML as a file that Task Scheduler imports: UTF-16 with mark and declaration, as it exports itself."""
    text = '<?xml version="1.0" encoding="UTF-16"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
    return b"\xff\xfe" + text.replace("\n", "\r\n").encode("utf-16-le")


def as_ascii(root: ET.Element) -> str:
    """Gives the XML as text that means the same in whatever encoding a shell redirects it: nothing beyond ASCII."""
    data: bytes = ET.tostring(root, encoding="us-ascii")
    return f'<?xml version="1.0"?>\n{data.decode("ascii")}\n'


def _variables(job: NightlyJob) -> str:
    names = [" or ".join((variable.name, *variable.instead)) for variable in job.variables]
    return f" Environment variables that its account needs: {', '.join(names)}." if names else ""


def _trigger(triggers: ET.Element, job: NightlyJob) -> None:
    """A start time without an offset is local time, summer and winter."""
    daily = ET.SubElement(triggers, "CalendarTrigger")
    _fill(daily, StartBoundary=f"{job.first:%Y-%m-%d}T{job.at:%H:%M}:00")
    _fill(ET.SubElement(daily, "ScheduleByDay"), DaysInterval="1")


def _principal(principal: ET.Element, user: str) -> None:
    """Runs whether somebody is logged on or not. S4U would need no password, and would reach no network share."""
    own = _service_account(user)
    if user:
        _fill(principal, UserId=own or user)
    if not own:
        _fill(principal, LogonType="Password")
    _fill(principal, RunLevel="LeastPrivilege")


def is_service_account(user: str) -> bool:
    """Tells whether it is one of the computer's own accounts, which have no password."""
    return bool(_service_account(user))


def _service_account(user: str) -> str:
    return _SERVICE_ACCOUNTS.get(user.rpartition("\\")[2].strip().lower(), "")


def _settings(settings: ET.Element, limit: timedelta) -> None:
    """No RestartOnFailure, on purpose: see the description. A night that was missed is made up for.

    Nor is it only to run with a network: without one it fails, and its exit code is there to be seen.
    """
    _fill(
        settings,
        MultipleInstancesPolicy="IgnoreNew",
        DisallowStartIfOnBatteries="false",
        StopIfGoingOnBatteries="false",
        StartWhenAvailable="true",
        Enabled="true",
        ExecutionTimeLimit=f"PT{int(limit.total_seconds() // 60)}M",
    )


def _action(action: ET.Element, job: NightlyJob) -> None:
    """Starts the program itself: a batch file or cmd in between would lose the exit code."""
    command, *first = job.program
    _fill(action, Command=command, Arguments=subprocess.list2cmdline([*first, *job.arguments]))
    if job.folder:
        _fill(action, WorkingDirectory=job.folder)


def _fill(parent: ET.Element, **texts: str) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, name).text = text
