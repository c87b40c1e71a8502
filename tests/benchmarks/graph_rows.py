"""Rows a second and CPU for each row, side by side: this client, a plain script, and Microsoft's SDK if installed.

    python tests/benchmarks/graph_rows.py [--rows 2000] [--workers 32] [--latency 0 50 200]

The server is a process of its own on the last core, this process stays on the first, so neither takes the other's
time. Rounds of all clients alternate, and the median counts. `pip install msgraph-sdk` adds the third line.
"""

# ruff: noqa: T201 - a benchmark prints
from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import httpx

from importer.core.model import Answer, Attendee
from importer.graph.client import GraphClient
from importer.graph.meetings import GraphMeetings
from tests.rows import a_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.core.row import MeetingRequest

TOKEN = "x" * 1_500
"""As long as Graph's are."""

ORGANIZERS = 50

MEETING = {
    "id": "MSo1",
    "joinWebUrl": "https://teams.microsoft.com/l/meetup-join/19%3ameeting_" + "a" * 200,
    "subject": "Weekly",
    "startDateTime": "2026-12-01T09:00:00.0000000Z",
    "endDateTime": "2026-12-01T10:00:00.0000000Z",
    "audioConferencing": {"conferenceId": "123456789", "tollNumber": "+1 555", "dialinUrl": "https://dialin.example"},
    "joinMeetingIdSettings": {"joinMeetingId": "123", "passcode": "abc", "isPasscodeRequired": True},
    "chatInfo": {"threadId": "19:meeting_x@thread.v2", "messageId": "0", "replyChainMessageId": None},
    "lobbyBypassSettings": {"scope": "organization", "isDialInBypassEnabled": False},
    "participants": {"attendees": [{"upn": f"u{n}@contoso.com", "identity": {"user": {"id": "i"}}} for n in range(3)]},
    "joinInformation": {"content": "data:text/html," + "%3c" * 900, "contentType": "html"},
}


def serve(latency: float) -> None:
    """Answer every POST with a meeting of its own after `latency` seconds; as little work as an answer can be."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_answer, args=(connection, latency), daemon=True).start()


_CONTENT = json.dumps(MEETING).encode()
_HEAD = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nrequest-id: 1\r\nContent-Length: %d\r\n\r\n"


def _answer(connection: socket.socket, latency: float) -> None:
    data = b""
    while True:
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return
            data += more
        head, _, data = data.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        missing = int(length[1]) if length else 0
        while len(data) < missing:
            data += connection.recv(65536)
        asked = re.search(rb'"externalId": ?"([^"]*)"', data[:missing])
        data = data[missing:]
        time.sleep(latency)
        content = _CONTENT.replace(b"MSo1", b"MSo" + asked[1] if asked else b"MSo1")
        connection.sendall(_HEAD % len(content) + content)


@contextmanager
def server(latency_ms: int) -> Iterator[str]:
    """Return the root address of a server process."""
    command = [sys.executable, __file__, "--serve", str(latency_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            pin(process.pid, (os.cpu_count() or 1) - 1)
            yield f"http://127.0.0.1:{int(process.stdout.readline() if process.stdout else 0)}"
        finally:
            process.kill()


def pin(process: int, core: int) -> None:
    """Keep a process (0: this one) on one core, so that two of them don't take each other's time."""
    if sys.platform == "linux":
        os.sched_setaffinity(process, {core})


class Token:
    """A token that never ends."""

    def token(self) -> str:
        """Return it."""
        return TOKEN

    def refresh(self, rejected: str, *, claims: str = "") -> str:  # noqa: ARG002 - never refused here
        """Is never asked for."""
        raise AssertionError(rejected)


def make_requests(rows: int) -> list[MeetingRequest]:
    """Return that many ordinary rows."""
    people = tuple(Attendee(f"u{n}@contoso.com", f"00000000-0000-0000-0000-{n:012}") for n in range(3))
    start, end = datetime(2026, 12, 1, 9, tzinfo=UTC), datetime(2026, 12, 1, 10, tzinfo=UTC)
    return [
        a_request(
            external_id=f"id-{number}",
            organizer_id=f"00000000-0000-0000-0000-{number % ORGANIZERS:012}",
            subject="Weekly",
            start=start,
            end=end,
            attendees=people,
        )
        for number in range(rows)
    ]


def run_ours(root: str, requests: list[MeetingRequest], workers: int) -> None:
    """The product's way."""
    with GraphClient(root, Token()) as client, ThreadPoolExecutor(workers) as pool:
        answers = list(pool.map(GraphMeetings(client).create_or_get, requests))
    assert all(isinstance(answer, Answer) for answer in answers)


def run_plain(root: str, requests: list[MeetingRequest], _workers: int) -> None:
    """What a script of ten lines does: one row after the other, nothing tried again."""
    with httpx.Client(headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False) as client:
        for request in requests:
            people = [{"upn": each.upn, "identity": {"user": {"id": each.object_id}}} for each in request.attendees]
            participants = {"attendees": people}
            body = {"externalId": request.external_id, "subject": request.subject, "participants": participants}
            answer = client.post(f"{root}/v1.0/users/{request.organizer_id}/onlineMeetings/createOrGet", json=body)
            assert answer.json()["joinWebUrl"]


def run_sdk(root: str, requests: list[MeetingRequest], workers: int) -> None:
    """Microsoft's own SDK, as many rows at a time as we."""
    asyncio.run(_run_sdk(root, requests, workers))


async def _run_sdk(root: str, requests: list[MeetingRequest], workers: int) -> None:
    sdk, models = import_module("msgraph"), "msgraph.generated.models"
    authentication = import_module("kiota_abstractions.authentication")
    identity, identities = import_module(f"{models}.identity"), import_module(f"{models}.identity_set")
    info, participants = (
        import_module(f"{models}.meeting_participant_info"),
        import_module(f"{models}.meeting_participants"),
    )
    action = "msgraph.generated.users.item.online_meetings.create_or_get"
    body_module = import_module(f"{action}.create_or_get_post_request_body")
    adapter = sdk.GraphRequestAdapter(authentication.AnonymousAuthenticationProvider())
    adapter.base_url = f"{root}/v1.0"
    client, turn = sdk.GraphServiceClient(request_adapter=adapter), asyncio.Semaphore(workers)

    async def send(request: MeetingRequest) -> None:
        people = [
            info.MeetingParticipantInfo(
                upn=each.upn, identity=identities.IdentitySet(user=identity.Identity(id=each.object_id))
            )
            for each in request.attendees
        ]
        body = body_module.CreateOrGetPostRequestBody(
            external_id=request.external_id,
            subject=request.subject,
            start_date_time=request.start,
            end_date_time=request.end,
            participants=participants.MeetingParticipants(attendees=people),
        )
        async with turn:
            made = await client.users.by_user_id(request.organizer_id or "").online_meetings.create_or_get.post(body)
        assert made
        assert made.join_web_url

    await asyncio.gather(*map(send, requests))


@dataclass(frozen=True)
class Figure:
    """One round: rows a second, and CPU microseconds of this process for each row."""

    rate: float
    cpu: float


def measure(run: Callable[[str, list[MeetingRequest], int], None], root: str, rows: int, workers: int) -> Figure:
    """Return one round's figure."""
    requests = make_requests(rows)
    began, cpu = time.perf_counter(), time.process_time()
    run(root, requests, workers)
    return Figure(rows / (time.perf_counter() - began), (time.process_time() - cpu) / rows * 1e6)


def compare(latency_ms: int, rows: int, workers: int) -> None:
    """Print a line for each client. The slow ones get fewer rows: their figures do not depend on the number."""
    runs: dict[str, tuple[Callable[[str, list[MeetingRequest], int], None], int]] = {
        "meeting-importer": (run_ours, rows),
        "plain script": (run_plain, min(rows, 3_000 // max(latency_ms, 3))),
    }
    if find_spec("msgraph"):
        runs["msgraph-sdk"] = (run_sdk, min(rows, 400))
    figures: dict[str, list[Figure]] = {name: [] for name in runs}
    with server(latency_ms) as root:
        for _ in range(3):
            for name, (run, count) in runs.items():
                figures[name].append(measure(run, root, count, workers))
    ours = _median(figures["meeting-importer"])
    print(f"\n{latency_ms} ms latency, {workers} workers")
    for name, found in figures.items():
        each = _median(found)
        ratio = f"{ours.rate / each.rate:6.1f} times the rate, 1/{each.cpu / ours.cpu:.1f} of the CPU"
        print(f"  {name:17}{each.rate:8.0f} rows/s {each.cpu:8.0f} us CPU a row   ours: {ratio}")
    if latency_ms:
        print(f"  ideal            {workers * 1000 / latency_ms:8.0f} rows/s (workers / latency)")


def _median(found: list[Figure]) -> Figure:
    return Figure(statistics.median(each.rate for each in found), statistics.median(each.cpu for each in found))


def main() -> None:
    """Read the arguments and measures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--workers", type=int, default=32)
    parser.add_argument("--latency", type=int, nargs="+", default=[0, 50, 200])
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is not None:
        serve(options.serve / 1000)
    pin(0, 0)
    for latency in options.latency:
        compare(latency, options.rows, options.workers)


if __name__ == "__main__":
    main()
