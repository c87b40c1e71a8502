"""What a scheduler understands of a nightly job, and what a person does next with it.

The texts are templates beside this file: `task.xml.j2` for Task Scheduler, `service.j2` and `timer.j2` for systemd,
`crontab.j2`, and `steps.j2`, a step a line. Here is how each form quotes what a job says.

Sources: https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema (version 1.2), systemd.service(5),
systemd.exec(5), systemd.timer(5), systemd.time(7), crontab(5).
"""

from __future__ import annotations

import shlex
import subprocess
import textwrap
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from importer.core.catalogue.words import EXIT_BRIEFLY
from importer.core.model import ExitCode
from importer.schedule import SchedulerKind

if TYPE_CHECKING:
    from jinja2 import Environment

    from importer.schedule import NightlyJob


NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"

STATE_DIR = "MEETING_IMPORTER_STATE_DIR"
"""The setting; an option in the line goes before it."""

STOP_SECONDS = 300
"""Enough for calls in flight, the copy and the notification, once the program has been asked to end."""

_GUARDED = {
    "ProtectSystem=full": ("/usr", "/boot", "/efi", "/etc"),
    "PrivateTmp=true": ("/tmp", "/var/tmp"),  # noqa: S108 - named to keep them visible, nothing is written there
}
"""What systemd makes read-only or hides. What would take away a place that the run needs is left out."""

WIDTH = 105
"""Characters in a comment of several lines."""

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

NOBODY_HEARS = (
    "Nobody is notified how a run ended. Add --notify-url (in MEETING_IMPORTER_NOTIFY_URL) or --notify-smtp, "
    "or watch the heartbeat: see meeting-importer guide nightly."
)
NO_TIME_LIMIT = (
    "After {hours} hours the scheduler stops the run by force. Add a --time-limit that is shorter than that, "
    "and the run stops by itself in time, with a copy of what was done."
)
PERSON = (
    "The run signs in as a person (--delegated): the job's account must have signed in once, at a terminal of its own, "
    "with: meeting-importer doctor --delegated. For nightly runs an app with a certificate is better."
)
TOO_SHORT = (
    "MEETING_IMPORTER_ACCESS_TOKEN is set here. A token lives about an hour, "
    "so the job needs the credentials of an app."
)
IN_ANOTHERS_HOME = (
    "{path} is in somebody's home folder, which other accounts usually can't read. Put it elsewhere, or make sure "
    "that {user} may read it."
)
NOT_THERE = (
    "{path} is not there, or can't be seen from here. Check its name: while it is missing, the job ends with "
    "exit code 3."
)
SETTINGS_HERE = (
    "The settings file {path} was read here. On the computer that runs the job, put it beside the input, or give "
    "--config with its full path there."
)


def task(job: NightlyJob) -> str:
    """Return the task's XML, without a declaration: that depends on how it is saved."""
    return _rendered("task.xml.j2", job, hex_codes=_codes("0x"), namespace=NAMESPACE)


def as_utf16(xml: str) -> bytes:
    """Return the XML as a file that Task Scheduler imports: UTF-16 with mark and declaration, as it exports itself."""
    text = '<?xml version="1.0" encoding="UTF-16"?>\n' + xml
    return b"\xff\xfe" + text.replace("\n", "\r\n").encode("utf-16-le")


def as_ascii(xml: str) -> str:
    """Return the XML as text that means the same in whatever encoding a shell redirects it: nothing beyond ASCII."""
    return '<?xml version="1.0"?>\n' + xml.encode("ascii", "xmlcharrefreplace").decode("ascii")


def service(job: NightlyJob) -> str:
    """Return the systemd service's unit file."""
    kept = {"state_dir": STATE_DIR, "stop_seconds": STOP_SECONDS, "guarded": _GUARDED}
    return _rendered(
        "service.j2", job, codes=_codes(), credentials=_environment_file(SchedulerKind.SYSTEMD, job), **kept
    )


def timer(job: NightlyJob) -> str:
    """Return the systemd timer's unit file."""
    return _rendered("timer.j2", job)


def unit_name(job: NightlyJob, kind: str) -> str:
    """Return the file name of the `service` or the `timer`."""
    return f"{job.slug}.{kind}"


def crontab(job: NightlyJob) -> str:
    """Return the crontab's lines. cron itself has no exit codes: it mails what the program prints, if it may."""
    return _rendered(
        "crontab.j2", job, locked=int(ExitCode.LOCKED), credentials=_environment_file(SchedulerKind.CRON, job)
    )


def steps(form: SchedulerKind, job: NightlyJob, saved: tuple[str, ...]) -> list[str]:
    """Return the steps in order; `saved` are the files that were written, none where the text went to stdout."""
    credentials = _environment_file(form, job)
    return _rendered("steps.j2", job, form=form, saved=saved or ("",), credentials=credentials).splitlines()


def _environment_file(form: SchedulerKind, job: NightlyJob) -> str:
    """Return where the credentials are to be put; in a crontab the shell puts the home folder in."""
    return f"$HOME/.config/{job.slug}.env" if form is SchedulerKind.CRON else f"/etc/{job.slug}.env"


def _codes(prefix: str = "") -> str:
    return ", ".join(f"{prefix}{int(code)} {words}" for code, words in EXIT_BRIEFLY.items())


def _rendered(name: str, job: NightlyJob, **facts: Any) -> str:  # noqa: ANN401 - whatever a template names
    environment = _environment(xml=".xml" in name)
    return environment.get_template(name).render(job=job, service_account=_service_account(job.user), **facts)


@cache
def _environment(*, xml: bool) -> Environment:
    """Return what the templates are filled in with; in XML every value is escaped, whatever it is."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - kept out of --help

    environment = Environment(  # noqa: S701 - no HTML: each form has quoting of its own, here and in its template
        loader=PackageLoader("importer", "schedule"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=(lambda value: escape(str(value))) if xml else None,
    )
    environment.filters |= {
        "commented": _commented,
        "shell": shlex.quote,
        "specifiers": _specifiers,
        "systemd_word": _systemd_word,
        "windows_line": subprocess.list2cmdline,
    }
    return environment


def _commented(text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def _systemd_word(text: str) -> str:
    """Quote a word of ExecStart=, where `$` and `%` stand for something else unless doubled."""
    escaped = _specifiers(text.replace("\\", "\\\\").replace('"', '\\"')).replace("$", "$$")
    plain = text and all(sign.isalnum() or sign in "/._-+:=,@" for sign in text)
    return escaped if plain else f'"{escaped}"'


def _specifiers(text: str) -> str:
    return text.replace("%", "%%")


def _service_account(user: str) -> str:
    return _SERVICE_ACCOUNTS.get(user.rpartition("\\")[2].strip().lower(), "")
