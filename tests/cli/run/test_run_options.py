"""The options of meetings, against a strict Graph: what a row's status says is what Teams has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from importer.core.meeting_options import OPTIONS
from importer.sandbox import APP_TOKEN, serve
from tests.cli.rosters import HEADINGS, values
from tests.cli.strict import AT_FIRST, StrictGraph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.cli.conftest import Done

    Command = Callable[..., Done]

LOBBY = "lobbyBypassSettings"
CLOSED = {"scope": "organizer", "isDialInBypassEnabled": False}
OPEN = {"scope": "everyone", "isDialInBypassEnabled": False}


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> Iterator[StrictGraph]:
    """Return the Graph that commands find."""
    graph = StrictGraph()
    with serve(graph) as url:
        monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
        monkeypatch.setenv("MEETING_IMPORTER_GRAPH_URL", url)
        yield graph


def roster(path: Path, **options: str) -> Path:
    """Write a roster of one row with these options, by their headings (`Lobby`)."""
    return rosters(path, [options])


def rosters(path: Path, rows: list[Mapping[str, str]]) -> Path:
    """Write a roster with a row for each of these options."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [[*HEADINGS, *names]]
    lines += [[*values(f"A-{n}"), *(row.get(name, "") for name in names)] for n, row in enumerate(rows)]
    path.write_text("\r\n".join(",".join(f'"{cell}"' for cell in line) for line in lines), encoding="utf-8", newline="")
    return path


def outcome(done: Done) -> tuple[str, list[str], int]:
    """Return the row's status, its problems' codes, and the exit code."""
    (row,) = done.rows.values()
    return row["status"], [found["code"] for found in row["problems"]], done.code


def messages(done: Done) -> list[str]:
    return [found["message"] for row in done.rows.values() for found in row["problems"]]


def at(place: str, meeting: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    for name in place.split("."):
        meeting = meeting[name]
    return meeting


NEW: list[tuple[str, dict[str, Any], tuple[str, list[str], int], list[str]]] = [
    ("it takes", {}, ("created", [], 0), ["POST", "PATCH"]),
    (
        "a policy overrides it",
        {"kept": {LOBBY}},
        ("differs", ["options-not-kept", "differs-option"], 4),
        ["POST", "PATCH", "GET"],
    ),
    ("the change's answer leaves it out", {"hushed": {"PATCH": {LOBBY}}}, ("created", [], 0), ["POST", "PATCH", "GET"]),
    (
        "every answer leaves it out",
        {"hushed": {method: {LOBBY} for method in ("POST", "PATCH", "GET")}},
        ("differs", ["options-not-shown", "option-not-shown"], 4),
        ["POST", "PATCH", "GET"],
    ),
    (
        "its word stands for a newer one",
        {"shown": {LOBBY: {"scope": "unknownFutureValue", "isDialInBypassEnabled": False}}},
        ("differs", ["options-not-shown", "option-not-shown"], 4),
        ["POST", "PATCH", "GET"],
    ),
    (
        "its word is one that nobody knows",
        {"shown": {LOBBY: {"scope": "someday", "isDialInBypassEnabled": False}}},
        ("differs", ["options-not-kept", "differs-option"], 4),
        ["POST", "PATCH", "GET"],
    ),
    (
        "the change is refused",
        {"refuses": {"PATCH"}},
        ("differs", ["update-failed", "settings-owed"], 4),
        ["POST", "PATCH"],
    ),
]


@pytest.mark.parametrize(("graph", "expected", "calls"), [case[1:] for case in NEW], ids=[case[0] for case in NEW])
def test_a_new_meeting(
    command: Command,
    strict: StrictGraph,
    tmp_path: Path,
    graph: dict[str, Any],
    expected: tuple[str, list[str], int],
    calls: list[str],
) -> None:
    for name, value in graph.items():
        setattr(strict, name, value)

    done = command("run", roster(tmp_path / "r.csv", Lobby="organizer only"), "-o", "json")

    assert (outcome(done), strict.methods) == (expected, calls)
    (row,) = done.rows.values()
    assert row["join_url"] == "https://teams.example/A-0"


def test_what_was_asked_and_what_teams_says_stand_side_by_side(
    command: Command, strict: StrictGraph, tmp_path: Path
) -> None:
    strict.kept = {LOBBY}

    done = command("run", roster(tmp_path / "r.csv", Lobby="Organizer Only"), "-o", "json")

    assert messages(done)[1].startswith("asked: organizer only; Teams says: organization.")
    assert "[Lobby] asked" in (tmp_path / "r-results.csv").read_text(encoding="utf-8-sig")


def test_what_a_meeting_has_by_itself_is_not_told(command: Command, strict: StrictGraph, tmp_path: Path) -> None:
    done = command("run", roster(tmp_path / "r.csv", Lobby="organization", Chat="on"), "-o", "json")

    assert (outcome(done), strict.methods, done.json["files"][0]["told"]) == (("created", [], 0), ["POST"], 0)


EXISTING: list[tuple[str, Mapping[str, Any], list[str], tuple[str, list[str], int], list[str]]] = [
    ("it is so", CLOSED, [], ("existing", [], 0), ["POST"]),
    ("somebody changed it", OPEN, [], ("differs", ["differs-option"], 0), ["POST"]),
    ("somebody changed it, and it is wanted back", OPEN, ["--update"], ("updated", [], 0), ["POST", "PATCH"]),
]


@pytest.mark.parametrize(
    ("found", "options", "expected", "calls"), [case[1:] for case in EXISTING], ids=[case[0] for case in EXISTING]
)
def test_a_meeting_that_is_there(
    command: Command,
    strict: StrictGraph,
    tmp_path: Path,
    found: Mapping[str, Any],
    options: list[str],
    expected: tuple[str, list[str], int],
    calls: list[str],
) -> None:
    path = roster(tmp_path / "r.csv", Lobby="organizer only")
    command("run", path)
    strict.meetings["A-0"][LOBBY] = dict(found)
    strict.calls.clear()

    done = command("run", path, *options, "-o", "json")

    assert (outcome(done), strict.methods) == (expected, calls)


def test_an_option_that_a_meeting_does_not_show_is_said(command: Command, strict: StrictGraph, tmp_path: Path) -> None:
    path = roster(tmp_path / "r.csv", Lobby="organizer only")
    command("run", path)
    strict.hushed = {"POST": {LOBBY}}

    assert outcome(command("run", path, "-o", "json")) == ("existing", ["option-not-shown"], 0)


@pytest.mark.parametrize(
    ("since", "expected", "calls"),
    [
        (None, ("updated", [], 0), ["POST", "PATCH"]),
        (OPEN, ("differs", ["differs-option"], 0), ["POST"]),
        (CLOSED, ("existing", [], 0), ["POST"]),
    ],
    ids=["nobody has looked at it", "somebody has opened it", "somebody was quicker"],
)
def test_what_is_owed_is_told_by_the_next_run_unless_somebody_has_changed_it(
    command: Command,
    strict: StrictGraph,
    tmp_path: Path,
    since: dict[str, Any] | None,
    expected: tuple[str, list[str], int],
    calls: list[str],
) -> None:
    path = roster(tmp_path / "r.csv", Lobby="organizer only")
    strict.refuses = {"PATCH"}
    command("run", path)
    strict.refuses = set()
    if since is not None:
        strict.meetings["A-0"][LOBBY] = since
    strict.calls.clear()

    done = command("run", path, "-o", "json")

    assert (outcome(done), strict.methods) == (expected, calls)
    assert strict.meetings["A-0"][LOBBY] == (since or CLOSED)


def test_a_meeting_whose_answer_got_lost_is_told_by_the_same_run(
    command: Command, strict: StrictGraph, tmp_path: Path
) -> None:
    strict.lost = 1

    done = command("run", roster(tmp_path / "r.csv", Lobby="organizer only"), "-o", "json")

    assert (outcome(done), strict.methods) == (("updated", [], 0), ["POST", "POST", "PATCH"])
    assert (strict.meetings["A-0"][LOBBY], done.json["files"][0]["told"]) == (CLOSED, 1)


def test_half_of_an_object_is_never_lost(command: Command, strict: StrictGraph, tmp_path: Path) -> None:
    path = roster(tmp_path / "r.csv", **{"Lobby": "everyone passes", "Lobby callers": "pass"})
    command("run", path)
    assert strict.meetings["A-0"][LOBBY] == {"scope": "everyone", "isDialInBypassEnabled": True}

    done = command("run", roster(path, Lobby="organizer only"), "--update", "--accept-changes", "-o", "json")

    assert outcome(done) == ("updated", [], 0)
    assert strict.meetings["A-0"][LOBBY] == {"scope": "organizer", "isDialInBypassEnabled": True}


def test_every_choice_of_every_option_takes_and_is_told_once(
    command: Command, strict: StrictGraph, tmp_path: Path
) -> None:
    chosen = [(option, choice) for option in OPTIONS for choice in option.choices]
    path = rosters(tmp_path / "r.csv", [{option.heading: choice.words[-1]} for option, choice in chosen])

    done = command("run", path, "-o", "json")

    assert {row["status"] for row in done.rows.values()} == {"created"}
    wrong = []
    for number, (option, choice) in enumerate(chosen):
        meeting = strict.meetings[f"A-{number}"]
        wrong += [
            (option.key, place)
            for place, said in choice.states.items()
            if at(place, meeting) != (list(said) if isinstance(said, tuple) else said)
        ]
        others = AT_FIRST.keys() - {place.partition(".")[0] for place in choice.states}
        wrong += [(option.key, name) for name in others if meeting[name] != AT_FIRST[name]]
    assert not wrong
    told = strict.methods.count("PATCH")
    assert (done.json["files"][0]["told"], strict.methods.count("GET")) == (told, 0)
    strict.calls.clear()

    again = command("run", path, "-o", "json")

    assert {row["status"] for row in again.rows.values()} == {"existing"}
    assert set(strict.methods) == {"POST"}


def test_names_once_hidden_stay_hidden_and_nothing_else_is_said(
    command: Command, strict: StrictGraph, tmp_path: Path
) -> None:
    path = roster(tmp_path / "r.csv", **{"Attendee names hidden": "yes"})
    assert outcome(command("run", path, "-o", "json")) == ("created", ["option-for-good"], 0)
    strict.calls.clear()

    done = command("run", roster(path, **{"Attendee names hidden": "no"}), "--update", "-o", "json")

    assert (outcome(done), strict.methods) == (("differs", ["differs-option-for-good"], 0), ["POST"])


def test_a_choice_for_all_meetings_stands_in_the_settings_and_a_cell_goes_before_it(
    command: Command, strict: StrictGraph, tmp_path: Path
) -> None:
    (tmp_path / "meeting-importer.toml").write_text('[meeting]\nlobby = "organizer only"\nchat = "off"\n', "utf-8")

    command("run", rosters(tmp_path / "r.csv", [{"Lobby": ""}, {"Lobby": "everyone passes"}]))

    assert [strict.meetings[key][LOBBY]["scope"] for key in ("A-0", "A-1")] == ["organizer", "everyone"]
    assert {each["allowMeetingChat"] for each in strict.meetings.values()} == {"disabled"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('lobby = "maybe"', 'must be one of "everyone passes"'),
        ('loby = "everyone"', "is not an option of a meeting (did you mean lobby?)"),
        ("lobby = 1", 'must be one of "everyone passes"'),
    ],
)
def test_a_choice_for_all_that_is_none_stops_the_call(command: Command, tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "meeting-importer.toml").write_text(f"[meeting]\n{line}\n", "utf-8")

    done = command("validate", roster(tmp_path / "r.csv"))

    assert done.code == 2
    assert said in " ".join(done.err.split())


@pytest.mark.parametrize(
    ("heading", "word", "codes"),
    [
        ("Lobby", "organizer only", []),
        ("Recording", "by hand", []),
        ("Recording", "not allowed", ["option-not-in-cloud"]),
        ("Transcription", "allowed", ["option-not-in-cloud"]),
        ("Recording", "yes", ["option-unknown"]),
    ],
)
def test_what_a_cloud_does_not_have_stops_before_anything_is_sent(
    command: Command, tmp_path: Path, heading: str, word: str, codes: list[str]
) -> None:
    path = roster(tmp_path / "r.csv", **{heading: word})

    done = command("validate", path, "--cloud", "usgov-l4", "-o", "json")

    assert [found[2] for found in done.found] == codes


def test_rows_that_are_one_meeting_say_its_options_in_any_of_them(
    command: Command, strict: StrictGraph, tmp_path: Path
) -> None:
    (tmp_path / "meeting-importer.toml").write_text('[rows]\nsame_id = "one meeting"\n', "utf-8")
    path = rosters(tmp_path / "r.csv", [{"Lobby": "organizer only"}, {"Lobby": ""}])
    path.write_text(path.read_text("utf-8").replace("A-1", "A-0"), "utf-8")

    done = command("run", path, "-o", "json")

    assert [row["status"] for row in done.rows.values()] == ["created", "created"]
    assert (strict.methods, done.json["files"][0]["told"]) == (["POST", "PATCH"], 1)


BEN, CLEO, DORA = "ben@contoso.example", "cleo@contoso.example", "dora@contoso.example"


def roles(strict: StrictGraph) -> dict[str, str | None]:
    """Return everybody on the first meeting with the role that Graph has for them."""
    return {each["upn"]: each.get("role") for each in strict.meetings["A-0"]["participants"]["attendees"]}


def test_roles_are_told_with_the_whole_list_of_attendees(command: Command, strict: StrictGraph, tmp_path: Path) -> None:
    path = roster(tmp_path / "r.csv", **{"Presenters": f"{BEN}; {CLEO}", "Co-organizers": CLEO})

    done = command("run", path, "-o", "json")

    assert (outcome(done), strict.methods) == (("created", [], 0), ["POST", "PATCH"])
    assert strict.meetings["A-0"]["allowedPresenters"] == "roleIsPresenter"
    assert roles(strict) == {"bo@contoso.example": None, BEN: "presenter", CLEO: "coorganizer"}
    strict.calls.clear()
    assert outcome(command("run", path, "-o", "json")) == ("existing", [], 0)
    assert strict.methods == ["POST"]


def test_another_s_role_is_a_difference_and_is_changed_on_request_alone(
    command: Command, strict: StrictGraph, tmp_path: Path
) -> None:
    path = roster(tmp_path / "r.csv", **{"Co-organizers": CLEO})
    command("run", path)
    people = strict.meetings["A-0"]["participants"]["attendees"]
    people[:] = [{**each, "role": "attendee"} for each in people] + [{"upn": DORA, "role": "coorganizer"}]

    shown = command("run", path, "-o", "json")
    assert outcome(shown) == ("differs", ["differs-attendees", "differs-roles"], 0)
    assert messages(shown)[1].startswith(f"only in the sheet: {CLEO}; only in Teams: {DORA}.")

    assert outcome(command("run", path, "--update", "-o", "json")) == ("updated", [], 0)
    assert roles(strict) == {"bo@contoso.example": "attendee", CLEO: "coorganizer"}


def test_a_row_without_attendees_leaves_those_of_the_meeting_and_their_roles(
    command: Command, strict: StrictGraph, tmp_path: Path
) -> None:
    path = roster(tmp_path / "r.csv", **{"Co-organizers": CLEO})
    command("run", path)
    text = path.read_text("utf-8").replace("bo@contoso.example", "").replace(CLEO, DORA)
    path.write_text(text, "utf-8")

    assert outcome(command("run", path, "--update", "-o", "json")) == ("updated", [], 0)
    assert roles(strict) == {"bo@contoso.example": None, CLEO: "attendee", DORA: "coorganizer"}


UNTOLD = ["differs-option", "differs-roles", "differs-roles"]


@pytest.mark.parametrize(
    ("since", "expected", "left"),
    [
        ({}, ("updated", [], 0), {"bo@contoso.example": None, BEN: "presenter", CLEO: "coorganizer"}),
        ({"invited": DORA}, ("differs", ["differs-attendees", *UNTOLD], 0), {DORA: None}),
        ({CLEO: "presenter"}, ("differs", UNTOLD, 0), {CLEO: "presenter", BEN: None}),
    ],
    ids=["nobody has looked at it", "somebody was invited", "somebody has another role"],
)
def test_roles_that_are_owed_take_nobody_away_and_no_role_that_somebody_gave(
    command: Command,
    strict: StrictGraph,
    tmp_path: Path,
    since: dict[str, str],
    expected: tuple[str, list[str], int],
    left: dict[str, str | None],
) -> None:
    path = roster(tmp_path / "r.csv", **{"Presenters": BEN, "Co-organizers": CLEO})
    strict.refuses = {"PATCH"}
    command("run", path)
    strict.refuses = set()
    people = strict.meetings["A-0"]["participants"]["attendees"]
    people[:] = [{**each, **({"role": since[each["upn"]]} if each["upn"] in since else {})} for each in people]
    people += [{"upn": since["invited"]}] if "invited" in since else []

    assert outcome(command("run", path, "-o", "json")) == expected
    assert roles(strict).items() >= left.items()


def test_a_person_by_name_who_has_the_role_already_is_sent_with_it(
    command: Command, strict: StrictGraph, tmp_path: Path
) -> None:
    done = command("run", roster(tmp_path / "r.csv", Presenters="ana@contoso.example"), "-o", "json")

    assert (outcome(done), strict.methods) == (("created", [], 0), ["POST", "PATCH"])


def test_of_750_attendees_or_more_no_role_is_changed(command: Command, strict: StrictGraph, tmp_path: Path) -> None:
    path = roster(tmp_path / "r.csv", **{"Co-organizers": CLEO})
    command("run", path)
    people = [{"upn": f"p{n}@contoso.example", "role": "attendee"} for n in range(749)]
    strict.meetings["A-0"]["participants"]["attendees"] = [*people, {"upn": "bo@contoso.example", "role": "attendee"}]
    strict.calls.clear()
    path.write_text(path.read_text("utf-8").replace('"bo@contoso.example"', '""'), "utf-8")

    done = command("run", path, "--update", "-o", "json")

    assert outcome(done) == ("differs", ["update-too-many-attendees", "differs-roles"], 4)
    assert strict.methods == ["POST"]


def test_a_role_that_teams_does_not_name_is_not_taken_for_another(
    command: Command, strict: StrictGraph, tmp_path: Path
) -> None:
    path = roster(tmp_path / "r.csv", **{"Co-organizers": CLEO})
    command("run", path)
    people = strict.meetings["A-0"]["participants"]["attendees"]
    people[:] = [{**each, "role": "unknownFutureValue" if each["upn"] == CLEO else None} for each in people]

    assert outcome(command("run", path, "-o", "json")) == ("existing", ["option-not-shown"], 0)


@pytest.mark.parametrize("word", ["somebody", "ben@contoso.example; Cleo"])
def test_presenters_are_a_choice_or_people(command: Command, tmp_path: Path, word: str) -> None:
    done = command("validate", roster(tmp_path / "r.csv", Presenters=word), "-o", "json")

    assert done.found == [(2, "presenters", "option-unknown")]
    assert "'organizer only', sign-in names with a semicolon between" in messages(done)[0]


def test_nobody_from_elsewhere_has_a_role(command: Command, served: str, tmp_path: Path) -> None:
    assert served
    path = roster(tmp_path / "r.csv", **{"Co-organizers": "unknown@elsewhere.example"})

    assert outcome(command("run", path, "-o", "json")) == ("failed", ["role-not-found"], 4)


def test_the_same_people_can_have_a_role_in_all_meetings(command: Command, strict: StrictGraph, tmp_path: Path) -> None:
    settings = f'[meeting]\nco_organizers = "{CLEO}"\npresenters = ["{BEN}", "{DORA}"]\n'
    (tmp_path / "meeting-importer.toml").write_text(settings, "utf-8")

    assert outcome(command("run", roster(tmp_path / "r.csv", Presenters=DORA), "-o", "json")) == ("created", [], 0)
    assert roles(strict) == {"bo@contoso.example": None, DORA: "presenter", CLEO: "coorganizer"}
    assert command("recover", "last").code == 0


NEVER = ("Passcode required", "Require a passcode?", "Meeting template", "Sensitivity label", "End-to-end encryption")


def test_what_nobody_can_set_is_said_when_a_heading_or_a_setting_asks_for_it(command: Command, tmp_path: Path) -> None:
    others = ("Vertraulichkeitsbezeichnung", "Modèle de réunion")
    done = command("validate", roster(tmp_path / "r.csv", **dict.fromkeys((*NEVER, *others), "no")), "-o", "json")

    codes = [found["code"] for found in done.json["files"][0]["problems"]]
    assert codes == ["option-never-set"] * len((*NEVER, *others))

    (tmp_path / "meeting-importer.toml").write_text("[meeting]\npasscode = true\n", "utf-8")
    stopped = command("validate", tmp_path / "r.csv")
    assert (stopped.code, "can't be set on meetings" in " ".join(stopped.err.split())) == (2, True)


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (["--cloud", "usgov-l5"], "in DoD"),
        (["--graph-url", "https://graph.microsoft.us/v1.0"], "in GCC High"),
        (["--cloud", "usgov-l4", "--graph-url", "https://graph.microsoft.com"], ""),
    ],
)
def test_a_choice_for_all_that_the_cloud_does_not_have_is_the_settings(
    command: Command, tmp_path: Path, where: list[str], said: str
) -> None:
    (tmp_path / "meeting-importer.toml").write_text('[meeting]\nwhiteboard = "allowed"\n', "utf-8")

    done = command("validate", roster(tmp_path / "r.csv"), *where)

    sentence = f"'[meeting] whiteboard' in the settings can't be 'allowed' {said}"
    assert (done.code, sentence in " ".join((done.out + done.err).split())) == ((2, True) if said else (0, False))
