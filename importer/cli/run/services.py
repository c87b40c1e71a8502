"""The composition root's larger half: from settings and environment to somebody who makes meetings.

Everything concrete is made here, each part on first use: the sandbox or Graph, the sign-in, the gate, the client. What
a run asks of Graph is counted on the way, for the report: how many calls, and how long Graph asked it to wait.
"""

from __future__ import annotations

import math
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Self

from importer.cli.config.settings import BROWSER, DEVICE_CODE
from importer.cli.run.file_run import Services
from importer.core.catalogue import problem
from importer.core.catalogue.words import BUSY, SILENCE, WAITING
from importer.core.changing import ComparedMeetings, SettledMeetings, UpdatedMeetings
from importer.core.inviting import InvitedMeetings, InvitingOptions
from importer.core.model import ExitCode, Stop
from importer.graph import Clock, FirstAnswers, Gates
from importer.graph.auth import (
    Place,
    SignIn,
    authority_from,
    client_id_of,
    credentials_from,
    describe,
    kept_file,
    token_source,
)
from importer.graph.client import GraphClient
from importer.graph.endpoints import check_target, find_cloud
from importer.graph.events import PERMISSION, GraphCalendars
from importer.graph.http import trust
from importer.graph.meetings import GraphMeetings
from importer.graph.pacing import Limits, SharedGate, WaitReason
from importer.graph.users import GraphDirectory

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

    from importer.cli.config.settings import Settings
    from importer.core import Meetings
    from importer.core.run import Interrupt
    from importer.graph import Gate, TokenSource
    from importer.graph.auth import Credentials
    from importer.graph.wire import RetryPolicy


class RequestCounter:
    """How many requests were sent, and how long Graph asked to wait. Safe to use from several threads at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._calls = 0
        self._throttles: frozenset[bool] = frozenset()
        self._until = 0.0
        self._waited = 0.0

    def count(self) -> None:
        """Take that a request was sent."""
        with self._lock:
            self._calls += 1

    def throttled(self, *, told_how_long: bool) -> None:
        """Take that Graph told a call to slow down, and whether it said for how long."""
        with self._lock:
            self._throttles |= {told_how_long}

    def told_to_wait(self, seconds: float) -> None:
        """Everybody waits so long from now; what is already being waited for is not counted twice."""
        with self._lock:
            now = self._clock()
            self._waited += max(0.0, now + seconds - max(now, self._until))
            self._until = max(self._until, now + seconds)

    @property
    def calls(self) -> int:
        """Return how many requests were sent, repeated ones too."""
        return self._calls

    @property
    def throttles(self) -> frozenset[bool]:
        """Return whether Graph has said for how long, of the calls that it told to slow down: nothing without any."""
        return self._throttles

    @property
    def waited(self) -> timedelta:
        """Return how long was waited by now."""
        with self._lock:
            ahead = max(0.0, self._until - self._clock())
            return timedelta(seconds=max(0.0, self._waited - ahead))


class CountingGate:
    """A gate that counts what passes another one. Safe to use from several threads at once."""

    def __init__(self, gate: Gate, counter: RequestCounter) -> None:
        self._gate = gate
        self._counter = counter

    def wait(self) -> None:
        """Wait at the other gate."""
        self._gate.wait()

    def answered(self, *, throttled: bool, retry_after: float | None) -> None:
        """Count one call and pass the news on."""
        self._counter.count()
        if throttled:
            self._counter.throttled(told_how_long=retry_after is not None)
        self._gate.answered(throttled=throttled, retry_after=retry_after)

    def unanswered(self) -> None:
        """Count one call that got no answer, and pass the news on."""
        self._counter.count()
        self._gate.unanswered()


WAIT_WORTH_A_LINE = 2.0
"""Seconds. Shorter waits are the normal breathing of a throttled run."""


@dataclass(frozen=True, slots=True)
class UserMessages:
    """Says sentences to whoever is at the terminal.

    `prompt` says what somebody must see, or nothing goes on; `wait` returns what says that everybody waits so many
    seconds.
    """

    say: Callable[[str], None]
    prompt: Callable[[str], None]
    wait: Callable[[float], Callable[[str], None]]


class Connection:
    """Opens what a run needs when it first needs it, and closes it once: several files share one connection."""

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        interrupt: Interrupt,
        messages: UserMessages,
        *,
        retry: RetryPolicy | None = None,
    ) -> None:
        """`retry` is how long each operation is tried (signing in then: once), None for a run's."""
        self._settings = settings
        self._environment = environment
        self._messages = messages
        self._say = messages.say
        self._retry = retry
        self._stack = ExitStack()
        self._services: Services | None = None
        self._address = ""
        self._ended = threading.Event()
        limits = Limits(workers=settings.workers, rate=settings.rate or math.inf)
        self._meetings_gate = SharedGate(limits, on_wait=self._tell_of_wait)
        self._people_gate = SharedGate(limits, on_wait=self._tell_of_wait)
        self._calendars_gate = SharedGate(limits, on_wait=self._tell_of_wait)
        self.counter = RequestCounter()
        self.clock = Clock(sleep=self._sleep)
        self._first = FirstAnswers(settings.first_answer, say=self._tell_of_silence)
        interrupt.wake = self._end

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._first.close()
        self._stack.close()

    def services(self) -> Services:
        """Return the services, the same at every call. Raise Stop when the settings can't be used."""
        if self._services is None:
            self._services = self._open()
        return self._services

    def _open(self) -> Services:
        self.address()
        if self.credentials is not None:
            self._say(describe(self.credentials))
        settled = SettledMeetings(self.meetings)
        compared = UpdatedMeetings(settled) if self._settings.update else ComparedMeetings(settled)
        return Services(directory=self.directory, meetings=self._invited(compared))

    def _invited(self, meetings: Meetings) -> Meetings:
        """Return what puts meetings into calendars too, where that was asked for."""
        if not self._settings.calendar:
            return meetings
        options = InvitingOptions(refresh=self._settings.refresh, update=self._settings.update)
        return InvitedMeetings(meetings, self.calendars, options, lambda: datetime.now(UTC))

    def address(self) -> str:
        """Return where Graph is, having started the sandbox if that is asked for. Raise Stop, as all of these do."""
        if not self._address:
            self._address = self._sandbox() if self._settings.sandbox else self._real()
        return self._address

    def _real(self) -> str:
        return check_target(self._settings.graph_url or find_cloud(self._settings.cloud).graph_root)

    @cached_property
    def trusted(self) -> ssl.SSLContext:
        """Whose certificates are believed."""
        return trust(self._environment)

    @cached_property
    def credentials(self) -> Credentials | None:
        """What there is to sign in with; None for the sandbox, which needs nothing."""
        return None if self._settings.sandbox else credentials_from(self._environment, way_of(self._settings))

    @cached_property
    def client_id(self) -> str:
        """The app's client ID, empty where only a token can tell."""
        return "sandbox" if self.credentials is None else client_id_of(self.credentials)

    @cached_property
    def tokens(self) -> TokenSource:
        """Who signs in."""
        if self.credentials is None:
            from importer.sandbox import APP_TOKEN, DELEGATED_TOKEN  # noqa: PLC0415 - for --sandbox only

            return _Fixed(DELEGATED_TOKEN if self._settings.delegated else APP_TOKEN)
        cloud = find_cloud(self._settings.cloud)
        place = Place(
            authority=authority_from(self._environment, cloud.login_host),
            graph=cloud.graph_root,
            tls=self.trusted,
            show=self._say,
            prompt=self._messages.prompt,
            person=sys.stdin is not None and sys.stdin.isatty(),
            browser=browser_for(self._settings, self._environment),
            kept=kept_file() if self._settings.delegated else None,
            clock=self.clock,
            first=self._first,
            check=self._check,
            also=(PERMISSION,) if self._settings.calendar else (),
        )
        audience = cloud.graph_root if self._settings.graph_url is None else ""
        if self._retry is None:
            return token_source(self.credentials, place, audience=audience)
        return token_source(self.credentials, place, pauses=(), audience=audience)

    @cached_property
    def client(self) -> GraphClient:
        """Who talks to Graph."""
        client = GraphClient(
            self.address(),
            self.tokens,
            gates=Gates(
                CountingGate(self._meetings_gate, self.counter),
                CountingGate(self._people_gate, self.counter),
                CountingGate(self._calendars_gate, self.counter),
            ),
            clock=self.clock,
            limits=self._retry,
            context=self.trusted,
            first=self._first,
            check=self._check,
        )
        return self._stack.enter_context(client)

    @cached_property
    def calendars(self) -> GraphCalendars:
        """Who writes into calendars."""
        return GraphCalendars(self.client, name_of=self.directory.name_of)

    @cached_property
    def directory(self) -> GraphDirectory:
        """Who knows people."""
        return GraphDirectory(self.client)

    @cached_property
    def meetings(self) -> GraphMeetings:
        """Who makes, changes and deletes meetings, without comparing them with anything."""
        return GraphMeetings(
            self.client, client_id=self.client_id, name_of=self.directory.name_of, me=self.directory.my_id
        )

    def _end(self) -> None:
        """Wake whoever waits or sleeps: the run is to end."""
        self._ended.set()
        self._meetings_gate.stop()
        self._people_gate.stop()
        self._calendars_gate.stop()

    def _tell_of_wait(self, why: WaitReason, seconds: float) -> None:
        if why is WaitReason.TOO_LONG:  # nobody waits for that; the row's own problem says so
            return
        self.counter.told_to_wait(seconds)
        if seconds >= WAIT_WORTH_A_LINE:
            words = WAITING if why is WaitReason.TOLD else BUSY
            self._messages.wait(seconds)(words.format(seconds=round(seconds)))

    def _tell_of_silence(self, kind: str, seconds: float) -> None:
        self._say(SILENCE[kind].format(seconds=round(seconds)))

    def _sleep(self, seconds: float) -> None:
        """Sleep; raise Stop once the run is to end."""
        self._ended.wait(seconds)
        self._check()

    def _check(self) -> None:
        """Raise Stop once the run is to end."""
        if self._ended.is_set():
            raise Stop(problem("interrupted"), ExitCode.INTERRUPTED)

    def _sandbox(self) -> str:
        from importer.sandbox import Sandbox, StoreError, serve  # noqa: PLC0415 - for --sandbox only

        try:
            app = self._stack.enter_context(Sandbox(store=self._settings.sandbox_file, cloud=self._settings.cloud))
        except (StoreError, OSError) as error:
            unusable = problem("sandbox-file-unusable", value=str(self._settings.sandbox_file), reason=str(error))
            raise Stop(unusable, ExitCode.USAGE) from error
        url = self._stack.enter_context(serve(app))
        self._say("Sandbox: nothing leaves this machine, and the links are not real.")
        return check_target(url)


class _Fixed:
    """The sandbox's token: always the same, and never refused."""

    def __init__(self, token: str) -> None:
        self._token = token

    def token(self) -> str:
        return self._token

    def refresh(self, rejected: str, *, claims: str = "") -> str:  # noqa: ARG002 - nothing to prove to a sandbox
        return rejected


def browser_for(settings: Settings, environment: Mapping[str, str]) -> Callable[[str], bool] | None:
    """Return what opens the browser that somebody signs in in, None where a code is to be shown.

    Where a browser was asked for and there is none, it raises Stop (`sign-in-browser-missing`, exit 2).
    """
    if not settings.delegated or settings.sign_in == DEVICE_CODE:
        return None
    from importer.graph.auth.browser import find_browser, open_browser  # noqa: PLC0415 - for --delegated only

    def asked_for(address: str) -> bool:
        if not open_browser(address):
            raise Stop(problem("sign-in-browser-missing"), ExitCode.USAGE)
        return True

    return asked_for if settings.sign_in == BROWSER else find_browser(environment)


def way_of(settings: Settings) -> SignIn:
    """Return how to sign in. Raise Stop (`two-ways-to-sign-in`)."""
    asked = {
        SignIn.MACHINE: settings.managed_identity,
        SignIn.WORKFLOW: settings.github_identity,
        SignIn.PERSON: settings.delegated,
    }
    ways = [way for way, wanted in asked.items() if wanted]
    if len(ways) > 1:
        raise Stop(problem("two-ways-to-sign-in"), ExitCode.USAGE)
    return ways[0] if ways else SignIn.APP
