"""Asks everything there is to ask, in order, and returns a finding for each answer. It makes no meeting.

Theory of operation. What is examined is the line of a run, so whoever reads such lines hands it over as `Line`, and
what a run would talk to as `Service`; nothing here knows how a line is read. The order is that of a run: the files, the
settings, Graph's address, the sign-in, Graph itself, its people, the places. A later check needs an earlier one's
answer (no token, nobody to ask about), and is left out with the reason where that is missing.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from importer.core import Failure, Person, Scope, Several
from importer.core.model import ExitCode, Stop
from importer.core.people import is_name
from importer.core.plan import people_by_name
from importer.doctor import Finding, State, finding_for, fine, left_out
from importer.doctor.service import (
    JudgedToken,
    Verdict,
    judge_calendars,
    judge_clock,
    judge_dial_in,
    judge_expiry,
    judge_graph,
    judge_lookup,
    judge_me,
    judge_permissions,
    judge_policies,
    judge_sign_in,
    known_people,
    may_see_plans,
)
from importer.doctor.setup import (
    judge_configuration,
    judge_file,
    judge_place,
    judge_places,
    judge_stop,
)
from importer.graph.auth import claims_of, expiry_of
from importer.graph.faults import Subject
from importer.graph.probe import ConnectivityProbe, ask_policy, dial_in_of, probe_connectivity
from importer.graph.wire import ErrorResponse, RetryPolicy

if TYPE_CHECKING:
    import ssl
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from pathlib import Path

    from importer.doctor.setup import Configured, Inspected, WriteTargets
    from importer.graph import Clock, TokenSource
    from importer.graph.auth import Credentials
    from importer.graph.client import GraphClient
    from importer.graph.events import GraphCalendars
    from importer.graph.users import GraphDirectory

RETRY = RetryPolicy(attempts=3, patience=60.0, connect=10.0, read=30.0, total=30.0, silence=40.0)
"""How long one question is tried: somebody sits there and waits, and a fault is a finding."""

PARALLEL = 8
"""Organizers asked about at a time: reads for one organizer are one call each, and hundreds should take seconds."""

SOMEBODY = "Ana Ruiz"
"""A name to search for where no file has one: whether names can be searched for at all is seen by it."""
NOBODY = "meeting-importer-doctor@example.com"
"""Whom to look up where no file names anybody; example.com is nobody's (RFC 2606), so the answer is an empty list."""

NO_EVENT = "meeting-importer-doctor"
"""The key of an event that no calendar has: keys of real ones are hexadecimal."""

_ABOUT_PEOPLE = ("lookup", "access-policy", "audio-conferencing")
_NETWORK = ("clock", "sign-in", "permissions", "expiry", "graph", *_ABOUT_PEOPLE)


class ExaminedRun(Protocol):
    """The line of a run, as far as it is examined."""

    @property
    def delegated(self) -> bool:
        """Whether a person signs in, for meetings of their own."""
        ...

    @property
    def organizers(self) -> Sequence[str]:
        """Organizers to ask about beside those of the files."""
        ...

    @property
    def find_people(self) -> bool:
        """Whether names are looked up by display name."""
        ...

    @property
    def strict_attendees(self) -> bool:
        """Whether an attendee who is not in the directory fails a row."""
        ...

    @property
    def calendar(self) -> bool:
        """Whether meetings are put into calendars."""
        ...

    @property
    def audience(self) -> str:
        """The address of the cloud's Graph, for which a token has to be."""
        ...

    @property
    def configured(self) -> Configured:
        """Where the settings came from."""
        ...

    @property
    def wanted(self) -> WriteTargets:
        """Where is to be written besides the results."""
        ...

    def inputs(self) -> tuple[list[Path], list[Stop]]:
        """Return the input files, each once, and why others can't be used."""
        ...

    def inspect(self, source: Path) -> Sequence[Inspected]:
        """Read and check a file, sheet by sheet, as a run would before it sends. Raise Stop where it can't be used."""
        ...

    def check(self, sources: Sequence[Path]) -> None:
        """Raise Stop for a setting with which a run would refuse to begin."""
        ...

    def targets(self, sources: Sequence[Path]) -> list[Path]:
        """Return where the results copies would be saved."""
        ...


class Service(Protocol):
    """What a run would talk to; each part is opened when it is first asked for, and raises Stop where it can't be."""

    clock: Clock

    def address(self) -> str:
        """Return where Graph is."""
        ...

    @property
    def trusted(self) -> ssl.SSLContext:
        """Whose certificates are believed."""
        ...

    @property
    def credentials(self) -> Credentials | None:
        """What there is to sign in with; None where nothing is needed."""
        ...

    @property
    def client_id(self) -> str:
        """The app's client ID, empty where only a token can tell."""
        ...

    @property
    def tokens(self) -> TokenSource:
        """Who signs in."""
        ...

    @property
    def client(self) -> GraphClient:
        """Who talks to Graph."""
        ...

    @property
    def directory(self) -> GraphDirectory:
        """Who knows people."""
        ...

    @property
    def calendars(self) -> GraphCalendars:
        """Who writes into calendars."""
        ...


class Examination:
    """One call of doctor. What a later check needs of an earlier one is kept here."""

    def __init__(self, line: ExaminedRun, service: Service) -> None:
        self._line = line
        self._service = service
        self._sources: list[Path] = []
        self._files: list[Finding] = []
        self._organizers = list(line.organizers)
        self._token = JudgedToken({})
        self._may_meet = True

    def findings(self) -> Iterator[Finding]:
        """Return the findings as they are made, in the order of CHECK_TITLES."""
        self._read()
        yield from judge_configuration(self._line.configured)
        heard = self._open()
        if isinstance(heard, Finding):
            yield heard
            yield from self._unasked(heard)
        else:
            yield from self._ask(heard)
        yield from self._files or [left_out("file", "no-files")]
        yield from self._places()
        yield from judge_places(self._line.wanted)

    def _unasked(self, why: Finding) -> Iterator[Finding]:
        """Return what can be said without a network: a setting of the sign-in that can't be right."""
        try:
            _ = self._service.credentials
        except Stop as stop:
            if stop.problem.code not in (why.code, "sign-in-not-set-up"):
                yield finding_for("sign-in", stop.problem)
                yield from (left_out(check, "configuration") for check in _NETWORK if check != "sign-in")
                return
        yield from (left_out(check, "configuration") for check in _NETWORK)

    def _read(self) -> None:
        """Read the files first, because they say whom to ask about."""
        self._sources, stops = self._line.inputs()
        self._files += map(judge_stop, stops)
        for source in self._sources:
            self._files += self._inspect(source)

    def _inspect(self, source: Path) -> Sequence[Finding]:
        try:
            sheets = self._line.inspect(source)
        except Stop as stop:
            return [judge_stop(stop)]
        for sheet in sheets:
            known = {name.casefold() for name in self._organizers}
            self._organizers += [name for name in sheet.organizers if name and name.casefold() not in known]
        return list(map(judge_file, sheets))

    def _open(self) -> ConnectivityProbe | Finding:
        """Return what Graph's address says to an unsigned request, or why the settings allow none."""
        try:
            self._line.check(self._sources)
            self._service.address()
        except Stop as stop:
            return finding_for("configuration", stop.problem, exit_code=ExitCode.USAGE)
        try:
            return self._knock("GET")
        except Stop as stop:
            return finding_for("configuration", stop.problem)

    def _knock(self, how: str) -> ConnectivityProbe:
        service = self._service
        return probe_connectivity(service.address(), context=service.trusted, now=service.clock.now, how=how)

    def _ask(self, heard: ConnectivityProbe) -> Iterator[Finding]:
        yield judge_clock(heard, self._service.address())
        graph = judge_graph(heard, self._service.address())
        if graph.state is State.OK:
            graph = judge_graph(heard, self._service.address(), self._knock("POST"))
        signed_in = yield from self._sign_in(provable=graph.state is not State.FAILED)
        yield graph
        if not signed_in or graph.state is State.FAILED:
            reason = "graph" if signed_in else "sign-in"
            yield from (left_out(check, reason) for check in _ABOUT_PEOPLE)
        else:
            yield from self._people()

    def _sign_in(self, *, provable: bool) -> Generator[Finding, None, bool]:
        """Sign in, and return whether the rest can go on with that. `provable`: Graph is there to take the token."""
        try:
            credentials = self._service.credentials
            self._token = JudgedToken(claims_of(self._service.tokens.token()))
            expiry = None if credentials is None else expiry_of(credentials)
        except Stop as stop:
            yield finding_for("sign-in", stop.problem)
            yield from (left_out(check, "sign-in") for check in ("permissions", "expiry"))
            return False
        graph, delegated = self._line.audience, self._line.delegated
        whose = judge_sign_in(credentials, self._token, graph=graph, delegated=delegated)
        if provable and whose.state is State.OK and (refused := self._refused()) is not None:
            yield finding_for("sign-in", refused.problem)
            yield from (left_out(check, "sign-in") for check in ("permissions", "expiry"))
            return False
        yield whose
        permissions = judge_permissions(self._token, delegated=delegated)
        self._may_meet = permissions.state is not State.FAILED
        yield left_out("permissions", "sign-in") if whose.state is State.FAILED else permissions
        yield judge_expiry(credentials, expiry, datetime.now(UTC))
        return whose.state is State.OK

    def _refused(self) -> Stop | None:
        """Return why Graph doesn't take the token, None where it does: not every token says that its time is over."""
        directory = self._service.directory
        try:
            _ = directory.me() if self._line.delegated else directory.look_up([NOBODY])
        except Stop as stop:
            return stop
        return None

    def _people(self) -> Iterator[Finding]:
        """Ask about people. Where the sign-in gives out on the way, what is left is left out."""
        remaining = list(_ABOUT_PEOPLE)
        try:
            for finding in self._own() if self._line.delegated else self._theirs():
                remaining = [check for check in remaining if check != finding.check]
                yield finding
        except Stop as stop:
            yield finding_for(remaining[0], stop.problem)
            yield from (left_out(check, "sign-in") for check in remaining[1:])

    def _theirs(self) -> Iterator[Finding]:
        """An app's sign-in: whether the files' organizers are known, and whether it may make meetings for each."""
        names = self._organizers
        answer = self._asked(names)
        yield judge_lookup(names, answer, strict=self._line.strict_attendees)
        people = known_people(names, answer)
        if not people:
            reason = "lookup" if names else "no-organizers"
            yield from (left_out(check, reason) for check in _ABOUT_PEOPLE[1:])
            return
        if self._may_meet:
            permitted = self._token.permissions is not None
            yield from judge_policies(self._verdicts(people), client_id=self._client_id(), permitted=permitted)
        else:
            yield left_out("access-policy", "permission")
        if self._line.calendar:
            yield from self._calendars([(person, person.object_id) for person in people])
        yield from self._dial_in(people)

    def _asked(self, names: Sequence[str]) -> Mapping[str, Person | Several | None] | Failure:
        """Return who the names are: by sign-in name or mail address, and with --find-people by display name."""
        directory = self._service.directory
        if not self._line.find_people:
            return directory.look_up(names or [NOBODY])
        named = list(filter(is_name, names))
        by_name = people_by_name(named or [SOMEBODY], directory)
        if isinstance(by_name, Failure):
            return by_name
        answer = directory.look_up([name for name in names if not is_name(name)] or [NOBODY])
        return answer if isinstance(answer, Failure) else {**answer, **by_name}

    def _own(self) -> Iterator[Finding]:
        """A person's sign-in: who it is, and whether they may make meetings of their own."""
        me = self._service.directory.me()
        if isinstance(me, Failure):
            yield finding_for("lookup", me.problem)
            yield from (left_out(check, "lookup") for check in _ABOUT_PEOPLE[1:])
            return
        yield judge_me(me, self._organizers, self._service.directory.look_up([NOBODY]))
        if self._may_meet:
            failure = ask_policy(self._service.client, Subject(organizer=me.upn), tenant=self._token.text("tid"))
            mine = fine("access-policy", "access-policy-mine", me=me.upn)
            yield finding_for("access-policy", failure.problem) if failure else mine
        else:
            yield left_out("access-policy", "permission")
        if self._line.calendar:
            yield from self._calendars([(me, None)])
        yield from self._dial_in([Person("", me.upn)])

    def _verdicts(self, people: Sequence[Person]) -> list[Verdict]:
        """Return what Teams says about each organizer; what concerns them all, or the service, ends the asking."""
        verdicts: list[Verdict] = []
        with ThreadPoolExecutor(min(PARALLEL, len(people)), thread_name_prefix="policy") as pool:
            try:
                for verdict in pool.map(self._verdict, people):
                    verdicts.append(verdict)
                    if verdict.failure and verdict.failure.scope in (Scope.TENANT, Scope.SERVICE):
                        break
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
        return verdicts

    def _verdict(self, person: Person) -> Verdict:
        whose = Subject(organizer=person.upn, organizer_id=person.object_id, client_id=self._client_id())
        return Verdict(person, ask_policy(self._service.client, whose, tenant=self._token.text("tid")))

    def _calendars(self, owners: Sequence[tuple[Person, str | None]]) -> Iterator[Finding]:
        """Look for an event that nobody has made in each calendar, which shows whether it is open to this sign-in."""

        def verdict(owner: tuple[Person, str | None]) -> Verdict:
            outcome = self._service.calendars.find(owner[1], NO_EVENT)
            return Verdict(owner[0], outcome if isinstance(outcome, Failure) else None)

        with ThreadPoolExecutor(min(PARALLEL, len(owners)), thread_name_prefix="calendars") as pool:
            yield from judge_calendars(list(pool.map(verdict, owners)), self._token.permissions)

    def _client_id(self) -> str:
        return self._service.client_id or self._token.text("appid", "azp")

    def _dial_in(self, people: Sequence[Person]) -> Iterator[Finding]:
        if not may_see_plans(self._token, delegated=self._line.delegated):
            yield left_out("audio-conferencing", "audio-unknown")
            return
        told = dial_in_of(self._service.client, [person.object_id for person in people])
        if isinstance(told, ErrorResponse):
            yield replace(left_out("audio-conferencing", "audio-unknown"), detail=told.detail)
        else:
            yield from judge_dial_in(people, told)

    def _places(self) -> Iterator[Finding]:
        """Return a line for each folder that takes results, and one for each copy that can't be saved."""
        found = dict.fromkeys(judge_place(target) for target in self._line.targets(self._sources))
        yield from found or [left_out("results", "no-files")]
