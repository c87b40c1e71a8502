"""Where and among what a sign-in takes place: everything that the outside decides about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.graph.clock import SYSTEM_CLOCK, Clock
from importer.graph.retry import FirstAnswers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from ssl import SSLContext

    from importer.graph.auth.microsoft import Vault


SIGN_IN = "sign-in"
"""What a first answer of the sign-in service is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a sign-in needs besides credentials.

    `authority` is the sign-in service's address (`authority_from`), `graph` the cloud's Graph root that the token
    is for (the cloud's, also when requests go to another address); neither ends in a slash. `tls` is the trust
    shared with Graph. `show` is given sentences for the person at the terminal, and `ask` what they must see, or
    nobody signs in (None: `show`); `person` tells whether there is one. `kept` is the file that a person's sign-in
    is kept in (`kept_file`), None to keep nothing; `vault` opens the encrypted place that goes with it, None for
    the platform's own. `first` is how long the first answer is waited for, and `check` raises Stop once nobody waits
    for any.
    """

    authority: str
    graph: str
    tls: SSLContext
    show: Callable[[str], None]
    ask: Callable[[str], None] | None = None
    person: bool = False
    kept: Path | None = None
    vault: Callable[[str], Vault] | None = None
    clock: Clock = SYSTEM_CLOCK
    first: FirstAnswers = field(default_factory=FirstAnswers)
    check: Callable[[], None] | None = None


def kept_file() -> Path:
    """Gives where this user's sign-in is kept: in the user's own folder of this machine, never a roaming one."""
    from platformdirs import user_state_path  # noqa: PLC0415 - only --delegated needs it

    return user_state_path("meeting-importer", appauthor=False) / "sign-in.cache"
