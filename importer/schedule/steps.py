"""What a person does next with a schedule: from the text to a job that has run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.schedule import forms as cron
from importer.schedule import forms as systemd
from importer.schedule.forms import is_service_account
from importer.schedule.job import Form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.schedule.job import NightlyJob

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


def steps(form: Form, job: NightlyJob, saved: tuple[str, ...]) -> list[str]:
    """Return the steps in order; `saved` are the files that were written, none where the text went to stdout."""
    match form:
        case Form.TASK:
            return list(_task(job, saved[0] if saved else f"{job.slug}.xml"))
        case Form.SYSTEMD:
            return list(_systemd(job, saved))
        case Form.CRON:
            return list(_cron(job))


def _names(job: NightlyJob) -> str:
    return ", ".join(" or ".join((variable.name, *variable.instead)) for variable in job.variables)


def _task(job: NightlyJob, file: str) -> Iterator[str]:
    account = job.user or r"DOMAIN\account"
    yield f"{account} needs the right 'Log on as a batch job', and must read the rosters and write the results."
    if job.variables:
        yield (
            f"Give the account its environment: {_names(job)}. Signed in as the account: setx NAME value. For the "
            "whole computer, for what is no secret: setx /M NAME value. Keep a client secret in a file that only the "
            "account may read, named in MEETING_IMPORTER_CLIENT_SECRET_FILE, or use a certificate."
        )
    yield f'Import it: schtasks /Create /TN "{job.name}" /XML "{file}" /RU "{account}"{_password(account)}'
    yield (
        f'Try it: schtasks /Run /TN "{job.name}", then look at Last Result in: '
        f'schtasks /Query /TN "{job.name}" /V /FO LIST'
    )


def _password(account: str) -> str:
    """A person's account has a password to ask for, a group managed one an empty one, the computer's own none."""
    if is_service_account(account):
        return ""
    return ' /RP ""' if account.endswith("$") else " /RP *"


def _systemd(job: NightlyJob, saved: tuple[str, ...]) -> Iterator[str]:
    service, timer = systemd.unit_name(job, "service"), systemd.unit_name(job, "timer")
    files = " ".join(saved) or f"{service} {timer}"
    yield f"Put the two files in place: sudo install -m 0644 {files} /etc/systemd/system/"
    if job.variables:
        file = systemd.environment_file(job)
        yield f"Make the credentials' file: sudo install -m 0600 /dev/null {file} && sudoedit {file}"
        yield f"One NAME='value' a line in it: {_names(job)}."
    yield f"Switch it on: sudo systemctl daemon-reload && sudo systemctl enable --now {timer}"
    yield (
        f"Try it: sudo systemctl start {service}, then look at: systemctl status {service}; "
        f"journalctl -u {service} -n 50; systemctl list-timers {timer}"
    )


def _cron(job: NightlyJob) -> Iterator[str]:
    yield f"Add the line: crontab {f'-u {job.user} ' if job.user else ''}-e"
    if job.variables:
        file = cron.cron_environment(job)
        yield f'Make the credentials\' file: mkdir -p ~/.config && install -m 0600 /dev/null "{file}"'
        yield f"One NAME='value' a line in it: {_names(job)}."
    yield "Try it: paste what follows the five times into a shell of that account, without the \\ before each %."
