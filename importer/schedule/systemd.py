"""A systemd service and its timer.

Source: systemd.service(5), systemd.exec(5), systemd.timer(5), systemd.time(7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.schedule.job import NightlyJob, Variable

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
    """Gives the file name of the `service` or the `timer`."""
    return f"{job.slug}.{kind}"


def environment_file(job: NightlyJob) -> str:
    """Gives where the credentials are to be put."""
    return f"/etc/{job.slug}.env"


def service(job: NightlyJob) -> str:
    """Gives the service's unit file."""
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
    """Gives the timer's unit file. Persistent: a night that was missed is made up for at the next start."""
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
