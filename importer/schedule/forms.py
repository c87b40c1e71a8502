"""A line for a crontab. Source: crontab(5).

A systemd service and its timer.

Source: systemd.service(5), systemd.exec(5), systemd.timer(5), systemd.time(7).

The Windows Task Scheduler's XML, to be imported with `schtasks /Create /XML` or by hand.

Source of the elements, their order and their values, schema version 1.2:
https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema
"""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from datetime import timedelta

    from importer.schedule.job import NightlyJob, Variable


def cron_environment(job: NightlyJob) -> str:
    """Return where the credentials are to be put; the shell puts the home folder in."""
    return f"$HOME/.config/{job.slug}.env"


def crontab(job: NightlyJob) -> str:
    """Return the crontab's lines. cron itself has no exit codes: it mails what the program prints, if it may."""
    return "\n".join(
        [
            f"# {job.name}. Add it with: crontab {f'-u {job.user} ' if job.user else ''}-e",
            "# cron tells nobody about exit codes: it mails what is printed, to the address behind MAILTO. So let the",
            "# run tell people itself (--notify-url, --notify-smtp).",
            "# No flock is needed: the program sees another run at work, and ends with exit code 8.",
            "#MAILTO=admin@example.com",
            *_credentials(job),
            f"{job.at.minute} {job.at.hour} * * *  {_command(job).replace('%', chr(92) + '%')}",
            "",
        ]
    )


def _credentials(job: NightlyJob) -> list[str]:
    if not job.variables:
        return []
    names = ", ".join(" or ".join((variable.name, *variable.instead)) for variable in job.variables)
    return [
        f"# Credentials: {cron_environment(job)}, mode 0600, one NAME='value' a line for {names}.",
    ]


def _command(job: NightlyJob) -> str:
    """`exec` keeps the program's exit code and return it the signals, with no shell in between."""
    folder = [f"cd {shlex.quote(job.folder)}"] if job.folder else []
    credentials = [f'set -a && . "{cron_environment(job)}" && set +a'] if job.variables else []
    return " && ".join([*folder, *credentials, f"exec {shlex.join(job.line)}"])


STOP_SECONDS = 300
"""Enough for calls in flight, the copy and the notification, once the program has been asked to end."""

STATE_DIR = "MEETING_IMPORTER_STATE_DIR"
"""The setting; an option in the line goes before it."""

_GUARDED = ("/usr", "/boot", "/efi", "/etc")
"""What ProtectSystem=full makes read-only."""
_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108 - named to keep them visible, nothing is written there

_HARDENING = """\
# ProtectHome=, PrivateUsers=, ProtectSystem=strict and IPAddressDeny= are left out on purpose: each of them can cut
# off a home folder, a network share or Microsoft Graph.
NoNewPrivileges=true
ProtectKernelTunables=true
ProtectKernelModules=true
ProtectKernelLogs=true
ProtectControlGroups=true
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
LockPersonality=true
SystemCallArchitectures=native"""


def unit_name(job: NightlyJob, kind: str) -> str:
    """Return the file name of the `service` or the `timer`."""
    return f"{job.slug}.{kind}"


def environment_file(job: NightlyJob) -> str:
    """Return where the credentials are to be put."""
    return f"/etc/{job.slug}.env"


def service(job: NightlyJob) -> str:
    """Return the service's unit file."""
    return "\n".join(
        [
            f"# /etc/systemd/system/{unit_name(job, 'service')}",
            "[Unit]",
            f"Description={job.name}: Teams meetings of a roster",
            "Wants=network-online.target",
            "# Only an order, no requirement: without its share the run starts, fails, and tells you so.",
            "After=network-online.target remote-fs.target",
            "",
            "[Service]",
            "Type=oneshot",
            *([f"User={job.user}"] if job.user else []),
            *([f"WorkingDirectory={_specifiers(job.folder)}"] if job.folder else []),
            *_environment(job),
            "# Where runs are remembered: an account for services often has no home folder. To look at it by hand, add",
            f"# --state-dir /var/lib/{job.slug}",
            f"StateDirectory={job.slug}",
            "StateDirectoryMode=0700",
            f"Environment={STATE_DIR}=%S/{job.slug}",
            f"ExecStart={' '.join(map(_word, job.line))}",
            "# Exit codes: 0 all done, 4 finished but rows need somebody, 5 an administrator must act, 6 the results",
            "# are elsewhere, 7 stopped early, 8 another run was at work. All but 0 count as failed, so that",
            "# `systemctl --failed` and OnFailure= show them. To let 4 pass, remove the # before the next line.",
            "#SuccessExitStatus=4",
            "# No Restart= on purpose: 4 and 5 need somebody first, and the next night takes up the rest.",
            f"TimeoutStartSec={int(job.limit.total_seconds())}",
            f"TimeoutStopSec={STOP_SECONDS}",
            *_file_systems(job),
            _HARDENING,
            "",
        ]
    )


def timer(job: NightlyJob) -> str:
    """Return the timer's unit file. Persistent: a night that was missed is made up for at the next start."""
    return "\n".join(
        [
            f"# /etc/systemd/system/{unit_name(job, 'timer')}",
            "[Unit]",
            f"Description={job.name} every night",
            "",
            "[Timer]",
            f"OnCalendar=*-*-* {job.at:%H:%M}:00",
            "Persistent=true",
            "",
            "[Install]",
            "WantedBy=timers.target",
            "",
        ]
    )


def _environment(job: NightlyJob) -> list[str]:
    if not job.variables:
        return []
    return [
        f"# Credentials: owner root, mode 0600, one NAME='value' a line for {', '.join(map(_named, job.variables))}.",
        f"EnvironmentFile={environment_file(job)}",
    ]


def _named(variable: Variable) -> str:
    return " or ".join((variable.name, *variable.instead))


def _file_systems(job: NightlyJob) -> list[str]:
    """What would take away a place that the run needs is left out."""
    places = (job.folder, *job.places)
    lines = {"ProtectSystem=full": _GUARDED, "PrivateTmp=true": _TEMPORARY}
    return [line for line, roots in lines.items() if not any(_within(place, roots) for place in places)]


def _within(place: str, roots: tuple[str, ...]) -> bool:
    return any(place == root or place.startswith(root + "/") for root in roots)


def _word(text: str) -> str:
    """Quotes a word of ExecStart=, where `$` and `%` stand for something else unless doubled."""
    escaped = _specifiers(text.replace("\\", "\\\\").replace('"', '\\"')).replace("$", "$$")
    plain = text and all(sign.isalnum() or sign in "/._-+:=,@" for sign in text)
    return escaped if plain else f'"{escaped}"'


def _specifiers(text: str) -> str:
    return text.replace("%", "%%")


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
    """Return the task."""
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
    """Return the XML as a file that Task Scheduler imports: UTF-16 with mark and declaration, as it exports itself."""
    text = '<?xml version="1.0" encoding="UTF-16"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
    return b"\xff\xfe" + text.replace("\n", "\r\n").encode("utf-16-le")


def as_ascii(root: ET.Element) -> str:
    """Return the XML as text that means the same in whatever encoding a shell redirects it: nothing beyond ASCII."""
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
    """Run whether somebody is logged on or not. S4U would need no password, and would reach no network share."""
    own = _service_account(user)
    if user:
        _fill(principal, UserId=own or user)
    if not own:
        _fill(principal, LogonType="Password")
    _fill(principal, RunLevel="LeastPrivilege")


def is_service_account(user: str) -> bool:
    """Return whether it is one of the computer's own accounts, which have no password."""
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
    """Start the program itself: a batch file or cmd in between would lose the exit code."""
    command, *first = job.program
    _fill(action, Command=command, Arguments=subprocess.list2cmdline([*first, *job.arguments]))
    if job.folder:
        _fill(action, WorkingDirectory=job.folder)


def _fill(parent: ET.Element, **texts: str) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, name).text = text
