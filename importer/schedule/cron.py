"""A line for a crontab. Source: crontab(5)."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.schedule.job import NightlyJob


def environment_file(job: NightlyJob) -> str:
    """Gives where the credentials are to be put; the shell puts the home folder in."""
    return f"$HOME/.config/{job.slug}.env"


def crontab(job: NightlyJob) -> str:
    """Gives the crontab's lines. cron itself has no exit codes: it mails what the program prints, if it may."""
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
        f"# Credentials: {environment_file(job)}, mode 0600, one NAME='value' a line for {names}.",
    ]


def _command(job: NightlyJob) -> str:
    """`exec` keeps the program's exit code and gives it the signals, with no shell in between."""
    folder = [f"cd {shlex.quote(job.folder)}"] if job.folder else []
    credentials = [f'set -a && . "{environment_file(job)}" && set +a'] if job.variables else []
    return " && ".join([*folder, *credentials, f"exec {shlex.join(job.line)}"])
