"""Which paths of a job lie in a home folder that is not its account's: those fail at night with 'permission denied'."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.schedule.job import NightlyJob

_HOME = re.compile(
    r"/(?:home|Users)/(?P<linux>[^/]+)/|(?P<root>/root)/|[A-Za-z]:\\Users\\(?P<windows>[^\\]+)\\", re.IGNORECASE
)
"""Where systems keep homes by default; /Users and C:\\Users have a common one too, `Shared` and `Public`."""

_COMMON = frozenset({"shared", "public"})


def anothers(job: NightlyJob) -> list[str]:
    """Gives the paths in another account's home, the program's own first."""
    user = job.user.rpartition("\\")[2].casefold()
    paths = dict.fromkeys((*job.program[:1], *filter(None, (job.folder,)), *job.places))
    return [path for path in paths if (owner := _owner(path)) and owner not in {user, *_COMMON}]


def _owner(path: str) -> str:
    found = _HOME.match(path + ("\\" if "\\" in path else "/"))
    return "" if found is None else (found["linux"] or found["windows"] or "root").casefold()
