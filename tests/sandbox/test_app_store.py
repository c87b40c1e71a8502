"""Meetings that are kept in a file: a second run finds what the first one made, whatever became of the first."""

from __future__ import annotations

import errno
import stat
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importer.sandbox import Sandbox, StoreError, object_id_of
from importer.sandbox.app import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sandbox.client import Call, Client, Connect, Json, Reply

ANA = object_id_of("ana@contoso.com")
MEETINGS = f"/users/{ANA}/onlineMeetings"


def create(client: Client, external_id: str, **more: Json) -> Reply:
    return client.post(f"{MEETINGS}/createOrGet", {"externalId": external_id, **more})


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "meetings.jsonl"


def test_a_second_sandbox_finds_the_meetings_of_the_first(connect: Connect, store: Path) -> None:
    with Sandbox(store=store) as first:
        client = connect(first)
        client.get("/users/ana@contoso.com")
        made = [create(client, f"x{n}", participants={"attendees": [{"upn": "ben@contoso.com"}]}) for n in range(3)]
    with Sandbox(store=store) as second:
        client = connect(second)
        found = [create(client, f"x{n}") for n in range(4)]

    assert [reply.status for reply in found] == [200, 200, 200, 201]
    assert [reply.json for reply in found[:3]] == [reply.json for reply in made]


def test_a_change_is_kept_too(connect: Connect, store: Path) -> None:
    with Sandbox(store=store) as first:
        client = connect(first)
        made = create(client, "x").json
        changed = client.ask("PATCH", f"{MEETINGS}/{made['id']}", {"subject": "New", "allowWhiteboard": False}).json
    with Sandbox(store=store) as second:
        assert create(connect(second), "x").json == changed


def test_what_was_made_is_in_the_file_before_it_is_answered(connect: Connect, store: Path) -> None:
    with Sandbox(store=store) as first:
        create(connect(first), "x")
        now = store.with_name("now")
        now.write_bytes(store.read_bytes())
        with Sandbox(store=now) as second:
            assert create(connect(second), "x").status == 200


def test_a_line_torn_by_a_kill_costs_only_its_own_meeting(connect: Connect, store: Path) -> None:
    with Sandbox(store=store) as first:
        client = connect(first)
        create(client, "x1")
        create(client, "x2")
    store.write_bytes(store.read_bytes()[:-40])
    with Sandbox(store=store) as second:
        client = connect(second)
        assert [create(client, name).status for name in ("x1", "x2")] == [200, 201]
    with Sandbox(store=store) as third:
        assert [meeting.external_id for meeting in third.meetings] == ["x1", "x2"]


def test_opening_puts_the_file_in_order_and_leaves_nothing_beside_it(connect: Connect, store: Path) -> None:
    with Sandbox(store=store) as first:
        client = connect(first)
        made = create(client, "x").json
        for subject in ("one", "two"):
            client.ask("PATCH", f"{MEETINGS}/{made['id']}", {"subject": subject})
    assert len(store.read_text("utf-8").splitlines()) == 4
    Sandbox(store=store).close()

    assert len(store.read_text("utf-8").splitlines()) == 2
    assert [each.name for each in store.parent.iterdir()] == [store.name]


def test_an_empty_file_is_a_new_one(store: Path) -> None:
    store.parent.mkdir()
    store.touch()
    with Sandbox(store=store) as app:
        assert app.meetings == ()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"External ID;Subject\n00042;Maths\n", "it is some other file"),
        (b'{"sandbox": "meetings", "version": 2}\n', "it is some other file"),
        (b"PK\x03\x04\xff\xfe", "it is not a text file"),
        (b'{"sandbox": "meetings", "version": 1}\nnonsense\n', "line 2 is damaged"),
        (b'{"sandbox": "meetings", "version": 1}\n{"x": 1}\n', "line 2 is damaged"),
        (b'{"sandbox": "meetings", "version": 1}\n[]\n', "line 2 is damaged"),
    ],
)
def test_somebody_else_s_file_is_refused_and_left_alone(store: Path, content: bytes, reason: str) -> None:
    store.parent.mkdir()
    store.write_bytes(content)
    with pytest.raises(StoreError) as refused:
        Sandbox(store=store)

    assert (refused.value.path, refused.value.reason) == (store, reason)
    assert store.read_bytes() == content


def test_a_folder_in_the_file_s_place_is_an_error(store: Path) -> None:
    store.mkdir(parents=True)
    with pytest.raises(OSError, match=r"."):
        Sandbox(store=store)


def test_a_file_that_can_t_be_written_whole_stays_as_it_was(tmp_path: Path) -> None:
    def full_disk() -> Iterator[str]:
        yield "one"
        raise OSError(errno.ENOSPC, "no space left")

    store = tmp_path / "meetings.jsonl"
    store.write_text("before\n", "utf-8")
    with pytest.raises(OSError, match="no space left"):
        write_whole(store, full_disk())

    assert store.read_text("utf-8") == "before\n"
    assert [each.name for each in tmp_path.iterdir()] == [store.name]


@pytest.mark.skipif(sys.platform == "win32", reason="other permissions")
def test_the_file_is_its_owner_s_only(store: Path) -> None:
    Sandbox(store=store).close()

    assert stat.S_IMODE(store.stat().st_mode) == 0o600


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1).filter(lambda text: bool(text.strip())), subject=st.none() | st.text())
def test_any_text_survives_the_file(tmp_path: Path, call: Call, text: str, subject: str | None) -> None:
    store = tmp_path / "meetings.jsonl"
    store.unlink(missing_ok=True)
    with Sandbox(store=store) as first:
        call(first, f"{MEETINGS}/createOrGet", {"externalId": text, "subject": subject})
    with Sandbox(store=store) as second:
        assert [(each.external_id, each.subject) for each in second.meetings] == [(text, subject)]
        assert second.meetings == first.meetings
