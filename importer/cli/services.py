"""The composition root's larger half: from settings and environment to somebody who makes meetings."""

from __future__ import annotations

import sys
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from importer.cli.job import Services
from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.graph.auth import Place, SignIn, authority_from, credentials_from, describe, kept_file, token_source
from importer.graph.client import GraphClient
from importer.graph.clock import Clock
from importer.graph.clouds import check_target, find_cloud
from importer.graph.meetings import GraphMeetings
from importer.graph.tls import trust
from importer.graph.users import GraphDirectory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.cli.options import Settings
    from importer.core.run import Interrupt
    from importer.graph.tokens import TokenSource


class Connection:
    """Opens what a run needs when it first needs it, and closes it once: several files share one connection."""

    def __init__(
        self, settings: Settings, environment: Mapping[str, str], interrupt: Interrupt, say: Callable[[str], None]
    ) -> None:
        self._settings = settings
        self._environment = environment
        self._say = say
        self._stack = ExitStack()
        self._services: Services | None = None
        self._ended = threading.Event()
        interrupt.wake = self._ended.set

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def services(self) -> Services:
        """Gives the services, the same at every call. Raises Stop when the settings can't be used."""
        if self._services is None:
            self._services = self._open()
        return self._services

    def _open(self) -> Services:
        clock = Clock(sleep=self._sleep)
        root, tokens, client_id = self._sandbox() if self._settings.sandbox else self._graph(clock)
        client = self._stack.enter_context(GraphClient(root, tokens, clock=clock, context=trust(self._environment)))
        directory = GraphDirectory(client)
        return Services(
            directory=directory, meetings=GraphMeetings(client, client_id=client_id, name_of=directory.name_of)
        )

    def _sleep(self, seconds: float) -> None:
        """Sleeps unless the run is to end: then whoever sleeps stops in order."""
        if self._ended.wait(seconds):
            raise Stop(problem("interrupted"), ExitCode.INTERRUPTED)

    def _graph(self, clock: Clock) -> tuple[str, TokenSource, str]:
        cloud = find_cloud(self._settings.cloud)
        root = check_target(self._settings.graph_url or cloud.graph_root)
        credentials = credentials_from(self._environment, _way(self._settings))
        self._say(describe(credentials))
        place = Place(
            authority=authority_from(self._environment, cloud.login_host),
            graph=cloud.graph_root,
            tls=trust(self._environment),
            show=self._say,
            person=sys.stdin is not None and sys.stdin.isatty(),
            kept=kept_file() if self._settings.delegated else None,
            clock=clock,
        )
        return root, token_source(credentials, place), getattr(credentials, "client_id", "")

    def _sandbox(self) -> tuple[str, TokenSource, str]:
        from importer.sandbox import (  # noqa: PLC0415 - for --sandbox only
            APP_TOKEN,
            DELEGATED_TOKEN,
            Sandbox,
            StoreError,
            serve,
        )

        try:
            app = self._stack.enter_context(Sandbox(store=self._settings.sandbox_file))
        except (StoreError, OSError) as error:
            unusable = problem("sandbox-file-unusable", value=str(self._settings.sandbox_file), reason=str(error))
            raise Stop(unusable, ExitCode.USAGE) from error
        url = self._stack.enter_context(serve(app))
        self._say("Sandbox: nothing leaves this machine, and the links are not real.")
        return check_target(url), _Fixed(DELEGATED_TOKEN if self._settings.delegated else APP_TOKEN), "sandbox"


class _Fixed:
    """The sandbox's token: always the same, and never refused."""

    def __init__(self, token: str) -> None:
        self._token = token

    def token(self) -> str:
        return self._token

    def refresh(self, rejected: str) -> str:
        return rejected


def _way(settings: Settings) -> SignIn:
    if settings.managed_identity and settings.delegated:
        raise Stop(problem("two-ways-to-sign-in"), ExitCode.USAGE)
    if settings.managed_identity:
        return SignIn.MACHINE
    return SignIn.PERSON if settings.delegated else SignIn.APP
