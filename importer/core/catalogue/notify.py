"""The night: what a schedule can't do, and what keeps a run from telling people how it ended."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from importer.core.catalogue.entry import Entry, Who, error, warning
from importer.core.model import ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping

_error = partial(error, who=Who.ADMINISTRATOR)
_warning = partial(warning, who=Who.ADMINISTRATOR)


_SCHEDULE: tuple[Entry, ...] = (
    _error(
        "drive-mapped",
        "A drive that a task does not have",
        "{value} is on {drive}, which is a drive of your own session: a task that runs at night does not have it. "
        "Write {instead} instead.",
        means="A mapped (or subst) drive letter belongs to one sign-in session. A task that runs whether somebody is logged on or not has a session of its own, without these letters.",
        fix="Write the path as \\\\server\\share\\folder. `net use` shows which share a drive letter stands for.",
    ),
    _error(
        "drive-unknown",
        "It is unclear what this drive is",
        "{value} is on {drive}, and from this computer it is unclear whether that is a disk or a mapped drive, which a task does not have. "
        "Write it as \\\\server\\share\\..., or make the schedule on the computer that is to run it.",
        means="Drive letters other than C: and D: are mapped drives more often than not, and a task has no mapped drives. Only the computer itself can tell.",
        fix="Write network paths as \\\\server\\share\\folder. For a local disk, run `schedule` on that computer.",
    ),
    _error(
        "schedule-path-relative",
        "Not a full path",
        "'{value}' is not a full {system} path, and it is not known here where it would start from. Write it in full, like {example}.",
        means="A schedule for another kind of computer can only hold full paths.",
        fix="Write the path in full, or make the schedule on the computer that is to run it.",
    ),
    _error(
        "schedule-program-unknown",
        "The program's place is not known",
        "This schedule is for another kind of computer. Say where the program is there, with --program {example}.",
        means="On the same kind of computer the schedule starts this very program; for another one its place has to be named.",
        fix="Give --program with the full path of meeting-importer there.",
    ),
    _error(
        "schedule-text-unusable",
        "It can't be put into a schedule",
        "{value} has a line break or an invisible character in it, and can't be put into a schedule. Take it out.",
        means="Schedules are lines of text; such characters would break them or say something else.",
        fix="Rename the file or the folder, or type the argument again.",
    ),
    _error(
        "schedule-secret",
        "A secret in a schedule",
        "The address given with {value} is a secret, and everybody on the computer can read a schedule. "
        "Leave the option out, and put the address into the environment variable {name}.",
        means="Who knows a webhook's address can write to its channel, and a task's arguments are visible to all.",
        fix="Leave the option out of the schedule, and set the environment variable for the account that runs it.",
    ),
)

_TELLING: tuple[Entry, ...] = (
    _warning(
        "log-not-written",
        "The log can't be written",
        "The log {value} can't be written ({reason}). The run itself is not affected. Choose another place with --log-file.",
        means="The log's file or folder can't be written, or the disk is full.",
        fix="Check the path and that the account may write there, or choose another place with --log-file.",
    ),
    _warning(
        "heartbeat-not-written",
        "The heartbeat can't be written",
        "{value}, which tells others when the last run was, can't be written ({reason}). The run itself is not affected. Choose another place with --heartbeat.",
        means="The file's folder can't be written, or the disk is full. Whoever watches the file will think that there was no run.",
        fix="Check the path and that the account may write there, or choose another place with --heartbeat.",
    ),
    _warning(
        "notification-failed",
        "The notification did not get through",
        "The notification could not be delivered to {value}: {reason}. The run itself is not affected. Check the address and the network.",
        means="The webhook or the mail server could not be reached, or said no. It was tried within a stated time, and no more.",
        fix="Check the address and the network, then try it with: run --sandbox and the same --notify options.",
    ),
    _error(
        "notification-not-set-up",
        "Notifications are not set up",
        "Notifications are not set up: {reason}. Nothing was sent. Complete the settings, or leave them out.",
        means="A mail needs a server, a sender and at least one recipient; a user name needs a password.",
        fix="Give --notify-smtp, --notify-from and --notify-to together.",
    ),
    _error(
        "unexpected-error",
        "An unexpected error",
        "The program broke off with an unexpected error ({value}). Report what it printed.",
        means="This is a bug in the program. What was done until then is in the results.",
        fix="Report what the program printed on stderr. Running again is safe.",
    ),
    _error(
        "usage",
        "Wrong usage",
        "The command line or a setting is wrong, so the run did not start. Try the line by hand: it says what to correct.",
        means="An option, an environment variable or the settings file contains something that is not known or not allowed.",
        fix="Run the same line at a terminal: the screen then says what is wrong.",
    ),
)

NIGHT: tuple[Entry, ...] = (*_SCHEDULE, *_TELLING)

VERDICTS: Mapping[ExitCode, str] = MappingProxyType(
    {
        ExitCode.DONE: "All is done: there was nothing to do",
        ExitCode.BUG: "The program broke off with an unexpected error",
        ExitCode.USAGE: "The run did not start: wrong usage or configuration",
        ExitCode.INPUT: "Nothing was sent: the input can't be used",
        ExitCode.ROWS: "Finished, with something to look at",
        ExitCode.REFUSED: "Nothing can succeed until an administrator acts",
        ExitCode.RESULTS: "The results could not be saved where asked",
        ExitCode.STOPPED: "Stopped early; the next run takes up the rest",
        ExitCode.LOCKED: "The run did not start: another one is at work",
        ExitCode.INTERRUPTED: "Interrupted; the next run takes up the rest",
    }
)
"""How a run without a row that went well ended, for people who were asleep."""

ENDINGS: Mapping[ExitCode, str] = MappingProxyType(
    {
        ExitCode.BUG: "an unexpected error broke it off",
        ExitCode.USAGE: "the rest was wrong usage",
        ExitCode.REFUSED: "an administrator must act",
        ExitCode.RESULTS: "the results are elsewhere",
        ExitCode.STOPPED: "stopped early, the next run goes on",
        ExitCode.LOCKED: "another run was at work",
        ExitCode.INTERRUPTED: "interrupted, the next run goes on",
    }
)
"""What comes behind the rows that went well, where their numbers don't say it all."""

UNDELIVERED: Mapping[str, str] = MappingProxyType(
    {
        "late": "no answer within {seconds:.0f} s, so it may have arrived",
        "unreachable": "it can't be reached",
        "broken": "the connection ended before it answered, so it may have arrived",
        "untrusted": "its certificate is not trusted",
        "refused": "it answered {status}",
        "gone": "it answered {status}: the address is no longer valid",
        "not-encrypted": "the mail server offers no encryption; on a trusted network add --notify-smtp-security none",
        "no-handshake": "no encrypted connection could be made; the port may be for another --notify-smtp-security",
        "sign-in": "the mail server refused user name and password",
        "sender": "the mail server refused the sender ({status})",
        "recipients": "the mail server refused the recipients",
        "some": "the mail server refused some of the recipients",
        "proxy": "the proxy does not pass it on; it answered {status}",
    }
)
"""Why a notification did not get through."""
