"""The main job from file to file, against a Graph on loopback: what a person at a shell gets."""

from __future__ import annotations

import json
import random
import urllib.request
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest

from importer.core.columns import RESULT_COLUMNS
from importer.sandbox import APP_TOKEN, DELEGATED_TOKEN, POWERLESS_TOKEN, Sandbox, serve
from tests.cli.rosters import cells, csv_file, values, xlsx_file
from tests.sandbox.faults import Faulty, RandomFaults, Refuse, Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from importer.sandbox import StoredMeeting
    from tests.cli.conftest import Done

    Command = Callable[..., Done]

SAMPLES = Path(__file__).parents[3] / "samples"


def test_the_sample_roster_is_run_and_its_mistakes_are_named(command: Command, tmp_path: Path) -> None:
    done = command("run", SAMPLES / "roster.xlsx", "--sandbox", "--result", tmp_path / "out.xlsx", "-o", "json")

    assert done.code == 4
    assert done.json["files"][0]["counts"] == {"created": 6, "invalid": 5, "failed": 1}
    assert done.found == [
        (5, "start", "no-such-day"),
        (7, "organizer", "required"),
        (8, "attendees", "attendee-not-found"),
        (9, "end", "end-before-start"),
        (10, "external_id", "duplicate-external-id"),
        (11, "external_id", "duplicate-external-id"),
        (12, "organizer", "access-policy-missing"),
        (13, "", "no-dial-in"),
    ]


def test_both_formats_of_the_sample_end_alike(command: Command, tmp_path: Path) -> None:
    ends = [
        command("run", SAMPLES / f"roster{suffix}", "--sandbox", "--result", tmp_path / f"out{suffix}", "-o", "json")
        for suffix in (".xlsx", ".csv")
    ]

    assert ends[0].found == ends[1].found
    assert ends[0].json["files"][0]["counts"] == ends[1].json["files"][0]["counts"]


def test_an_exported_timetable_runs_through_its_mapping(command: Command, tmp_path: Path) -> None:
    for suffix in (".xlsx", ".csv"):
        source = SAMPLES / "timetable" / f"exported-timetable{suffix}"
        done = command("run", source, "--sandbox", "--result", tmp_path / f"out{suffix}", "-o", "json")
        assert (done.code, done.found) == (0, [])


def test_the_copy_differs_in_result_cells_only(command: Command, tmp_path: Path) -> None:
    source, copy = SAMPLES / "roster.xlsx", tmp_path / "copy.xlsx"

    command("run", source, "--sandbox", "--result", copy)

    before, after = zipfile.ZipFile(source), zipfile.ZipFile(copy)
    changed = [name for name in before.namelist() if before.read(name) != after.read(name)]
    assert all(name.startswith("xl/worksheets/") for name in changed), changed
    results = {column.heading for column in RESULT_COLUMNS}
    for number, row in cells(source).items():
        kept = {heading: cell for heading, cell in cells(copy)[number].items() if heading not in results}
        assert kept == {heading: cell for heading, cell in row.items() if heading not in results}


def test_running_again_finds_the_same_meetings(command: Command, tmp_path: Path) -> None:
    roster, kept = csv_file(tmp_path / "r.csv", [values("00042"), values("N/A")]), tmp_path / "sandbox.json"
    arguments = ("run", roster, "--sandbox", "--sandbox-file", kept, "-o", "json")

    first, second = command(*arguments), command(*arguments)

    assert [row["status"] for row in first.rows.values()] == ["created"] * 2
    assert [row["status"] for row in second.rows.values()] == ["existing"] * 2
    assert [row["external_id"] for row in second.rows.values()] == ["00042", "N/A"]
    assert [r["join_url"] for r in first.rows.values()] == [r["join_url"] for r in second.rows.values()]


def links_in(url: str, meetings: Iterable[StoredMeeting]) -> dict[str, str]:
    """Ask Graph itself for each meeting's link, by a call of our own; return external ID to link."""
    links = {}
    for meeting in meetings:
        request = urllib.request.Request(  # noqa: S310 - the test's own server
            f"{url}/users/{meeting.organizer_id}/onlineMeetings/createOrGet",
            json.dumps({"externalId": meeting.external_id}).encode(),
            {"Authorization": f"Bearer {APP_TOKEN}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
            links[meeting.external_id] = json.load(answer)["joinWebUrl"]
    return links


def test_links_stand_on_their_own_rows_among_blank_and_hidden_ones(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    shuffled = [values(f"id-{n}", organizer=f"org{n % 7}@contoso.example") for n in range(60)]
    random.Random(7).shuffle(shuffled)
    rows = [row for n, entry in enumerate(shuffled) for row in ([None, entry] if n % 5 == 0 else [entry])]
    roster = xlsx_file(tmp_path / "r.xlsx", rows, above=4, hidden=(9, 10, 20))

    done = command("run", roster, "-o", "json")

    assert done.json["files"][0]["counts"] == {"created": 60}
    assert [found["code"] for found in done.json["files"][0]["problems"]] == ["rows-hidden"]
    links = links_in(served, graph.meetings)
    for row in cells(tmp_path / "r-results.xlsx").values():
        assert row["Join URL"] == links.get(row["External ID"])


def test_every_row_ends_well_while_three_in_ten_calls_are_throttled(
    command: Command, graph: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values(f"id-{n}", organizer=f"o{n % 9}@c.example") for n in range(40)])
    faulty = Faulty(graph, RandomFaults(0.3, seed=3, faults=(Refuse(429, Wait.DECIMAL),)), seconds=0.01)
    with serve(faulty) as url:
        monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
        done = command("run", roster, "--graph-url", url, "-o", "json")

    assert done.code == 0
    assert sum(faulty.injected.values()) > 5
    assert len({row["join_url"] for row in done.rows.values()}) == len(graph.meetings) == 40


def test_a_refusal_for_every_organizer_stops_early_with_the_commands_to_type(
    command: Command, served: str, tmp_path: Path
) -> None:
    rows = [values(f"id-{n}", organizer=f"nopolicy{n % 2}@contoso.example") for n in range(30)]
    roster = csv_file(tmp_path / "r.csv", rows)

    done = command("run", roster, "-o", "json", "--workers", 1)

    assert done.code == 5
    assert done.json["files"][0]["counts"] == {"failed": 2, "not attempted": 28}
    detail = done.rows[2]["problems"][0]["detail"]
    assert "New-CsApplicationAccessPolicy" in detail
    assert "Grant-CsApplicationAccessPolicy" in detail
    assert done.rows[31]["problems"][0]["code"] == "not-sent"


def test_missing_consent_stops_before_anything_is_made(
    command: Command, graph: Sandbox, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", POWERLESS_TOKEN)

    done = command("run", csv_file(tmp_path / "r.csv", [values("1"), values("2")]), "-o", "json")

    assert (done.code, done.json["files"][0]["counts"], len(graph.meetings)) == (5, {"not attempted": 2}, 0)
    assert POWERLESS_TOKEN not in done.out + done.err


def test_a_person_signed_in_makes_their_own_meetings(
    command: Command, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", DELEGATED_TOKEN)
    rows = [values("1", organizer=""), values("2", organizer="you@sandbox.invalid"), values("3")]

    done = command("run", csv_file(tmp_path / "r.csv", rows), "--delegated", "-o", "json")

    assert [row["status"] for row in done.rows.values()] == ["created", "created", "invalid"]
    assert done.found == [(4, "organizer", "organizer-not-signed-in-user")]


def test_a_link_from_before_survives_a_row_that_fails_today(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1"), values("2", organizer="bo@contoso.example")])
    before = command("run", roster, "-o", "json").rows[3]["join_url"]
    csv_file(roster, [values("1"), values("2", organizer="bo@contoso.example", start="rubbish")])

    done = command("run", roster, "-o", "json")

    assert (done.code, done.rows[3]["status"]) == (4, "invalid")
    assert before in (tmp_path / "r-results.csv").read_text(encoding="utf-8-sig").splitlines()[2]


def test_a_results_copy_can_itself_be_run(command: Command, served: str, tmp_path: Path) -> None:
    command("run", xlsx_file(tmp_path / "r.xlsx", [values("1"), None, values("2")]))
    copy = tmp_path / "r-results.xlsx"

    done = command("run", copy, "--result", tmp_path / "again.xlsx", "-o", "json")

    assert {row["status"] for row in done.rows.values()} == {"existing"}
    assert list(cells(tmp_path / "again.xlsx")[2]) == list(cells(copy)[2])


def test_another_id_in_a_row_with_a_link_makes_another_meeting_and_says_so(
    command: Command, served: str, tmp_path: Path
) -> None:
    command("run", xlsx_file(tmp_path / "r.xlsx", [values("00017"), values("2")]))
    copy = openpyxl.load_workbook(tmp_path / "r-results.xlsx")
    copy.worksheets[0]["A2"] = 17
    copy.save(tmp_path / "pasted.xlsx")

    done = command("run", tmp_path / "pasted.xlsx", "-o", "json")

    assert (done.code, done.found) == (0, [(2, "", "link-of-another-meeting")])
    assert [row["status"] for row in done.rows.values()] == ["created", "existing"]


def test_two_rows_with_one_id_get_no_link_of_an_earlier_copy(command: Command, served: str, tmp_path: Path) -> None:
    command("run", csv_file(tmp_path / "r.csv", [values("1")]))
    roster = csv_file(tmp_path / "r.csv", [values("1"), values("1")])

    assert command("run", roster).code == 3
    assert "https://" not in (tmp_path / "r-results.csv").read_text(encoding="utf-8-sig")


def test_links_of_a_trial_stay_out_of_what_is_meant_in_earnest(command: Command, tmp_path: Path) -> None:
    roster, copy = csv_file(tmp_path / "r.csv", [values("1")]), tmp_path / "r-results.csv"
    command("run", roster, "--sandbox")

    of_copy = command("validate", copy, "-o", "json")
    command("validate", roster, "--result", copy)

    assert [found["code"] for found in of_copy.json["files"][0]["problems"]] == ["links-of-a-trial"]
    assert "https://" not in copy.read_text(encoding="utf-8-sig")


def test_all_or_nothing_holds_back_good_rows(command: Command, graph: Sandbox, served: str, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1"), values("", start="x")])

    done = command("run", roster, "--all-or-nothing", "-o", "json")

    assert (done.code, done.json["files"][0]["counts"]) == (4, {"invalid": 1, "not attempted": 1})
    assert (done.found[0], len(graph.meetings)) == ((2, "", "held-back"), 0)


def test_nothing_valid_to_send_needs_no_sign_in(command: Command, tmp_path: Path) -> None:
    done = command("run", csv_file(tmp_path / "r.csv", [values("")]), "-o", "json")

    assert (done.code, done.json["files"][0]["counts"]) == (3, {"invalid": 1})
    assert (tmp_path / "r-results.csv").exists()


def test_strict_attendees_fail_rows(command: Command, served: str, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1", attendees="unknown@contoso.example"), values("2")])

    done = command("run", roster, "--strict-attendees", "-o", "json")

    assert done.found == [(2, "attendees", "attendee-refused")]
    assert [row["status"] for row in done.rows.values()] == ["failed", "created"]


def test_a_dry_run_looks_people_up_and_makes_nothing(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1"), values("2", organizer="unknown@contoso.example")])

    done = command("run", roster, "--dry-run", "-o", "json")

    assert (done.code, done.found) == (4, [(3, "organizer", "organizer-not-found")])
    assert (len(graph.meetings), (tmp_path / "r-results.csv").exists()) == (0, False)
    assert len(graph.requests) > 0


def test_max_failures_stops_the_run(command: Command, served: str, tmp_path: Path) -> None:
    rows = [values(f"id-{n}", organizer="nolicence@contoso.example" if n else "ana@contoso.example") for n in range(9)]

    done = command("run", csv_file(tmp_path / "r.csv", rows), "--max-failures", "2", "--workers", 1, "-o", "json")

    assert (done.code, done.json["files"][0]["counts"]) == (7, {"failed": 3, "not attempted": 6})


def test_asked_for_columns_are_added_and_a_passcode_is_not_given_away_unasked(
    command: Command, served: str, tmp_path: Path
) -> None:
    roster = xlsx_file(tmp_path / "r.xlsx", [values("1")])

    plain = command("run", roster, "-o", "json")
    asked = command("run", roster, "-o", "json", "--add-column", "passcode", "--add-column", "expires")

    assert "passcode" not in plain.rows[2]
    assert asked.rows[2]["passcode"] == cells(tmp_path / "r-results.xlsx")[2]["Passcode"] != ""


def test_the_summary_groups_equal_problems_for_a_person(command: Command, served: str, tmp_path: Path) -> None:
    rows = [values("1"), *(values(f"x{n}", start="tomorrow") for n in range(4))]

    done = command("run", csv_file(tmp_path / "r.csv", rows))

    assert "5 rows: 1 created, 4 invalid" in done.out
    assert "4 rows, from row 3 to row 6: [Start] 'tomorrow' is not a date." in done.out
    assert "nobody's calendar" in done.out
    assert str(tmp_path / "r-results.csv") in done.out.replace("\n", "")


def test_a_folder_gives_each_roster_a_copy_and_leaves_copies_alone(
    command: Command, served: str, tmp_path: Path
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    out.mkdir()
    for name in ("b.csv", "a.csv", "~$a.csv", ".hidden.csv", "a-results.csv"):
        csv_file(folder / name, [values(name)])
    (folder / "bad.xlsx").write_bytes(b"not a workbook")

    done = command("run", folder, "--result-dir", out, "-o", "json")

    assert [(Path(file["input"]).name, file["exit_code"]) for file in done.json["files"]] == [
        ("a.csv", 0),
        ("b.csv", 0),
        ("bad.xlsx", 3),
    ]
    assert (done.code, sorted(path.name for path in out.iterdir())) == (3, ["a-results.csv", "b-results.csv"])


def test_a_quoted_glob_is_expanded(command: Command, served: str, tmp_path: Path) -> None:
    for name in ("one.csv", "two.csv"):
        csv_file(tmp_path / name, [values(name)])

    done = command("run", str(tmp_path / "*.csv"), "-o", "json")

    assert [Path(file["input"]).name for file in done.json["files"]] == ["one.csv", "two.csv"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["missing.xlsx"], 3, "file-not-found"),
        (["r.csv", "--result", "r.csv"], 2, "result-is-input"),
        (["r.csv", "--result", "x.xlsx"], 2, "result-of-another-kind"),
        (["empty"], 3, "folder-without-rosters"),
        (["r.csv", "s.csv", "--result", "x.csv"], 2, "result-for-many"),
        (["r.csv", "sub/r.csv", "--result-dir", "sub2"], 2, "results-collide"),
        (["r.csv", "--cloud", "china"], 2, "cloud-has-no-meetings"),
        (["r.csv", "--graph-url", "http://graph.example"], 2, "address-not-safe"),
        (["r.csv", "--delegated", "--managed-identity"], 2, "two-ways-to-sign-in"),
        (["r.csv", "--delegated", "--github-identity"], 2, "two-ways-to-sign-in"),
        (["r.csv", "--managed-identity", "--github-identity"], 2, "two-ways-to-sign-in"),
        (["r.csv", "--github-identity"], 2, "github-identity-missing"),
        (["r.csv"], 2, "sign-in-not-set-up"),
        (["r.csv", "--sandbox", "--sandbox-file", "sub/r.csv"], 2, "sandbox-file-unusable"),
    ],
)
def test_a_call_that_can_not_work_says_why(
    command: Command, tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "empty").mkdir()
    for name in ("r.csv", "s.csv", "sub/r.csv"):
        csv_file(tmp_path / name, [values("1")])

    done = command("run", *arguments, "-o", "json")

    codes = [found["code"] for file in done.json["files"] for found in file["problems"]]
    assert (done.code, codes) == (code, [said])
