"""Settings files: which goes before which, and how little one may say that was merely found."""

from __future__ import annotations

import json
import os
import random
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from importer.cli.config.files import own_file
from importer.cli.config.options import Settable
from importer.cli.config.settings import OPTIONS
from tests.cli.rosters import csv_file, values, xlsx_file
from tests.listening import listening

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.sandbox import Sandbox
    from tests.cli.conftest import Done

    Command = Callable[..., Done]

FOUND = "meeting-importer.toml"
ORDERS = ("DMY", "YMD", "MDY")
READING = sorted(key for key, option in OPTIONS.items() if option.settable is Settable.FOUND)
OTHERS = sorted(key for key, option in OPTIONS.items() if option.settable is Settable.NAMED)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_what_a_found_file_may_say_is_how_the_sheet_is_read() -> None:
    assert READING == [
        "add_column", "date_order", "delimiter", "encoding", "header_row", "language", "sheet", "timezone", "week_of",
    ]  # fmt: skip


@pytest.mark.parametrize("place", [".", "in"])
@pytest.mark.parametrize("key", OTHERS)
def test_a_found_file_may_say_nothing_else(command: Command, tmp_path: Path, key: str, place: str) -> None:
    roster = csv_file(write(tmp_path / "in" / "r.csv", ""), [values("1")])
    option = OPTIONS[key]
    value = "true" if option.flag else '"x"'
    path = write(tmp_path / place / FOUND, f"{key.replace('_', '-')} = {value}\n")

    done = command("run", roster, "--sandbox")

    shown = path if place == "in" else Path(FOUND)
    assert (done.code, done.out) == (2, "")
    assert f"'{key.replace('_', '-')}' in {shown} is not obeyed" in done.err
    assert f'--config "{shown}"' in done.err


@pytest.mark.parametrize(
    "words", [["validate", "r.csv"], ["doctor"], ["history"], ["recover", "last"], ["doctor", "r.csv"]]
)
def test_no_command_obeys_it(command: Command, tmp_path: Path, words: list[str]) -> None:
    csv_file(tmp_path / "r.csv", [values("1")])
    write(tmp_path / FOUND, f'state_dir = "{tmp_path / "elsewhere"}"\n')

    assert command(*words).code == 2
    assert not (tmp_path / "elsewhere").exists()


def test_the_same_file_is_obeyed_once_it_is_named(command: Command, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    path = write(tmp_path / FOUND, 'sandbox = true\nreport = "night.html"\n')

    assert command("run", roster).code == 2
    assert command("run", roster, "--config", path).code == 0
    assert (tmp_path / "night.html").is_file()


def test_flag_environment_named_own_found_default_is_the_order(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each level says another order, and the one that counts tells by the row it rejects."""
    own = own_file()
    if own is None or tmp_path.parent not in own.parents:
        pytest.skip("this account's own folder is not the test's")
    (tmp_path / "in").mkdir()
    roster = csv_file(tmp_path / "in" / "r.csv", [values("1", start="13/04/2031 09:00", end="", duration="60")])

    def accepted(*more: object) -> bool:
        return command("validate", roster, *more).code == 0

    write(tmp_path / FOUND, 'date_order = "MDY"\n')
    assert not accepted()
    write(tmp_path / "in" / FOUND, 'date_order = "DMY"\n')
    assert accepted()
    write(own, 'date_order = "MDY"\n')
    assert not accepted()
    named = write(tmp_path / "named.toml", 'date_order = "DMY"\n')
    assert accepted("--config", named)
    monkeypatch.setenv("MEETING_IMPORTER_DATE_ORDER", "MDY")
    assert not accepted("--config", named)
    assert accepted("--config", named, "--date-order", "DMY")


def test_files_fill_in_what_those_before_them_leave_open(command: Command, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1", start="03/04/2031 09:00", end="", duration="60", time_zone="")])
    named = write(tmp_path / "named.toml", 'timezone = "Europe/Berlin"\n')
    assert command("validate", roster, "--config", named).code == 3
    write(tmp_path / FOUND, 'date_order = "DMY"\n')

    assert command("validate", roster, "--config", named).code == 0


def test_each_input_is_read_by_the_file_beside_it(command: Command, tmp_path: Path) -> None:
    rows = {"a": ("DMY", "13/04/2031 09:00"), "b": ("MDY", "04/13/2031 09:00"), "c": ("YMD", "31/04/13 09:00")}
    for name, (order, start) in rows.items():
        (tmp_path / name).mkdir()
        csv_file(tmp_path / name / "r.csv", [values("1", start=start, end="", duration="60")])
        write(tmp_path / name / FOUND, f'date_order = "{order}"\n')
    write(tmp_path / "b" / FOUND, 'date_order = "MDY"\nadd_column = ["passcode", "expires"]\n')

    for inputs in (["a/r.csv", "b/r.csv", "c/r.csv"], ["a", "b", "c"], ["*/r.csv"]):
        done = command("run", *inputs, "--sandbox", "-o", "json", "--refresh")
        assert done.code == 0, done.err
        rows_of = [file["rows"][0] for file in done.json["files"]]
        assert [("passcode" in row, "expires" in row) for row in rows_of] == [(False,) * 2, (True,) * 2, (False,) * 2]
    assert "Passcode" in (tmp_path / "b" / "r-results.csv").read_text(encoding="utf-8-sig")
    assert "Passcode" not in (tmp_path / "a" / "r-results.csv").read_text(encoding="utf-8-sig")


def test_a_mistake_beside_the_second_input_stops_before_anything_is_sent(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        csv_file(tmp_path / name / "r.csv", [values("1")])
    write(tmp_path / "b" / FOUND, 'notify_url = "https://hooks.example/x"\n')

    done = command("run", "a", "b")

    assert (done.code, list(graph.requests), sorted(tmp_path.rglob("*-results*"))) == (2, [], [])


def test_a_file_that_comes_between_two_looks_is_refused_like_any_other(command: Command, tmp_path: Path) -> None:
    """A pattern matches later what was not there when the line was read."""
    (tmp_path / "a").mkdir()
    csv_file(tmp_path / "a" / "r.csv", [values("1")])
    write(tmp_path / "a" / FOUND, "workers = 3\n")

    assert command("validate", "*/r.csv").code == 2


def test_what_was_read_from_where_is_said(command: Command, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    named = write(tmp_path / "named.toml", 'sandbox = true\ntimezone = "Europe/Rome"\nlog_file = "run.log"\n')
    write(tmp_path / FOUND, 'timezone = "Europe/Berlin"\ndate_order = "DMY"\n')

    loud, quiet = command("run", roster, "--config", named, "-v"), command("run", roster, "--config", named)

    log = (tmp_path / "run.log").read_text(encoding="utf-8")
    for said in (
        f"Settings from {named} (named with --config): sandbox, timezone, log-file.",
        f"Settings from {tmp_path / FOUND} (found there): date-order.",
    ):
        assert said in loud.err
        assert said not in quiet.err
        assert log.count(json.dumps(said)) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("timezone = 'Mars'", "'timezone' in {path}: 'Mars' is not a time zone"),
        ("date_order = 'DYM'", "'date_order' in {path}: 'DYM' is not one of YMD, DMY, MDY."),
        ("header_row = 0", "'header_row' in {path}: '0' is not a whole number from 1 on."),
        ("header_row = [1]", "'header_row' in {path} must be a text or a number."),
        ("timezone = 2031-01-01", "'timezone' in {path}: '2031-01-01' is not a time zone."),
        ("sheet = true", "'sheet' in {path} must be a text, or several like"),
        ("add_column = 'passcod'", "(did you mean passcode?)"),
        ("add_column = [['passcode']]", "'add_column' in {path} must be a text, or several"),
        ("sheet = 'a'\n'sheet' = 'b'", "has a mistake"),
        ("date-order = 'DMY'\ndate_order = 'MDY'", "must be there once"),
        ("forgets = true", "'forgets' in {path} is not a setting"),
        ("force = true", "'force' in {path} is not a setting"),
        ("origins = []", "'origins' in {path} is not a setting"),
        ("config = 'x.toml'", "'config' in {path} is not a setting"),
        ("[run]\nsheet = 'x'", "'run' in {path} is not a setting"),
    ],
)
@pytest.mark.parametrize("way", ["found", "named"])
def test_a_value_that_can_not_be_is_told_as_the_settings_files(
    command: Command, tmp_path: Path, text: str, said: str, way: str
) -> None:
    path = write(tmp_path / (FOUND if way == "found" else "n.toml"), text)

    done = command("validate", csv_file(tmp_path / "r.csv", [values("1")]), *(["--config", path] * (way == "named")))

    assert done.code == 2
    assert said.format(path=path) in done.err


@pytest.mark.parametrize("key", sorted({*READING, *OTHERS} - {"columns"}))
@pytest.mark.parametrize("value", ["5", "-1.5", "1e400", "nan", "[5]", "[5, 'x']", "[]", "{a = 1}", "2027-01-01", "''"])
def test_no_value_of_any_setting_is_more_than_wrong_usage(
    command: Command, tmp_path: Path, key: str, value: str
) -> None:
    path = write(tmp_path / "n.toml", f"{key} = {value}\n")

    done = command("validate", csv_file(tmp_path / "r.csv", [values("1")]), "--config", path)

    assert (done.code in {0, 2, 3, 4}, "Traceback" in done.err) == (True, False)


def test_a_switch_is_true_or_false(command: Command, tmp_path: Path) -> None:
    path = write(tmp_path / "n.toml", 'sandbox = "yes"\n')

    done = command("run", csv_file(tmp_path / "r.csv", [values("1")]), "--config", path)

    assert (done.code, f"'sandbox' in {path} must be true or false." in done.err) == (2, True)


def test_a_variable_that_can_not_be_is_told_as_the_variables(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_HEADER_ROW", "first")

    assert "MEETING_IMPORTER_HEADER_ROW: 'first' is not" in command("validate", csv_file(tmp_path / "r.csv", [])).err


DEEP = {
    "brackets": "sheet = " + "[" * 40_000,
    "closed": "sheet = " + "[" * 20_000 + "]" * 20_000,
    "tables": "x = " + "{a = " * 9_000 + "1" + "}" * 9_000,
    "dots": "[columns]\nstart." + "a." * 20_000 + "a = 1",
    "in columns": "[columns]\nstart = " + "[" * 40_000,
    "large": "#" * 200_000,
    "headings": "[columns]\nstart = [" + '"Date",' * 9_000 + "]",
    "digits": "header_row = " + "9" * 20_000,
}


@pytest.mark.parametrize("name", DEEP)
@pytest.mark.parametrize("way", ["found", "named"])
def test_a_hostile_settings_file_is_a_wrong_setting(command: Command, tmp_path: Path, name: str, way: str) -> None:
    path = write(tmp_path / (FOUND if way == "found" else "n.toml"), DEEP[name])

    done = command("validate", csv_file(tmp_path / "r.csv", [values("1")]), *(["--config", path] * (way == "named")))

    assert (done.code, str(path) in done.err, "Traceback" in done.err) == (2, True, False)
    assert len(done.err) < 5_000


@pytest.mark.skipif(os.name == "nt", reason="links and pipes")
@pytest.mark.parametrize("kind", ["pipe", "folder", "dangling", "loop", "device"])
def test_what_is_no_file_is_not_waited_for(command: Command, tmp_path: Path, kind: str) -> None:
    path, roster = tmp_path / FOUND, csv_file(tmp_path / "r.csv", [values("1")])
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "dangling":
            path.symlink_to("nowhere.toml")
        case "loop":
            path.symlink_to(FOUND)
        case "device":
            path.symlink_to("/dev/zero")

    done = command("validate", roster)

    assert (done.code, f"The settings file {path}" in done.err) == (2, True)


@pytest.mark.skipif(os.name == "nt", reason="links")
def test_a_link_to_a_trusted_file_makes_it_no_more_than_found(command: Command, tmp_path: Path) -> None:
    trusted = write(tmp_path / "etc" / "night.toml", "sandbox = true\nworkers = 2\n")
    (tmp_path / "in").mkdir()
    roster = csv_file(tmp_path / "in" / "r.csv", [values("1")])
    (tmp_path / "in" / FOUND).symlink_to(trusted)

    assert command("run", roster, "--sandbox").code == 2
    assert command("run", roster, "--config", trusted).code == 0


NAMES = [
    *OPTIONS,
    *OTHERS,
    *OTHERS,
    "config",
    "files",
    "columns",
    "authority",
    "proxy",
    "access_token",
    "run",
    "people",
]


def spelt(chance: random.Random) -> str:
    """A key in one of the ways that TOML has for it."""
    name = chance.choice(NAMES)
    ways = [
        name.replace("_", "-"),
        name.upper(),
        f"{chance.choice(['run', 'columns', 'tool'])}.{name}",
        json.dumps(name),
        '"' + "".join(f"\\u{ord(sign):04x}" for sign in name) + '"',
    ]
    return chance.choice([name, name, name, *ways])


def wanted(chance: random.Random, texts: list[str]) -> str:
    """A value of one of TOML's kinds."""
    one, other = json.dumps(chance.choice(texts)), json.dumps(chance.choice(texts))
    number = str(chance.randrange(-1, 70))
    return chance.choice([one, one, one, "true", number, f"[{one}, {other}]", "{" + f"a = {one}" + "}"])


def mutation(chance: random.Random, port: int, victims: list[Path]) -> str:
    """A settings file of somebody who wants a token, a file overwritten, or the program to fall over."""
    url = f"{chance.choice(['http', 'https'])}://127.0.0.1:{port}"
    texts = [url, f"{url}/v1.0", f"127.0.0.1:{port}", *map(str, victims), "true", "DMY", "Europe/Berlin", "Meetings"]
    texts += ["tab", "passcode", "../../x", "a@b.example", "[[", "\u202e", "x" * 3000]
    lines = [f"{spelt(chance)} = {wanted(chance, texts)}" for _ in range(chance.randrange(1, 4))]
    if chance.random() < 0.2:
        lines = ['date_order = "DMY"', 'timezone = "Europe/Berlin"', 'add-column = ["passcode"]'][: len(lines)]
    if chance.random() < 0.2:
        heading = chance.choice(["start", "join_url", "status", "organizer"])
        lines.append(f"[columns]\n{heading} = {wanted(chance, texts)}")
    text = chance.choice(["\n", "\r\n"]).join(lines) + "\n"
    if chance.random() < 0.1:
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice(['"', "[", "\x00", "=", "\n"]) + text[at:]
    return chance.choice(["", "", "\ufeff"]) + text


def test_no_mutation_of_a_found_file_sends_or_overwrites_anything(
    command: Command, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hundred: nothing reaches any address but the Graph that is named, no file changes but the results."""
    chance = random.Random(20261130)
    (tmp_path / "in").mkdir()
    roster = xlsx_file(tmp_path / "in" / "r.xlsx", [values("1"), values("2")])
    victims = [
        write(tmp_path / "home" / name, "precious\n") for name in ("notes.txt", "other.xlsx", "page.html", "x.log")
    ]
    codes: dict[int, int] = {}
    heard: list[object] = []
    with listening(heard.append) as port:
        for number in range(200):
            found = tmp_path / ("in" if number % 2 else ".") / FOUND
            text = mutation(chance, port, victims)
            found.write_bytes(text.encode())
            before = {path for path in tmp_path.rglob("*") if path.is_file()}
            with monkeypatch.context() as patched:
                if "graph" in text.lower():  # so that nothing goes before it
                    patched.delenv("MEETING_IMPORTER_GRAPH_URL")
                    if not asks_for_graph(text):
                        patched.setenv("MEETING_IMPORTER_GRAPH_URL", served)
                done = command("run", roster)
            codes[done.code] = codes.get(done.code, 0) + 1
            assert done.code in {0, 2, 3, 4}, (text, done.err)
            assert "Traceback" not in done.err, text
            made = {path for path in tmp_path.rglob("*") if path.is_file()} - before
            assert {path.name for path in made} <= {"r-results.xlsx"}, text
            found.unlink()
    assert heard == []
    assert {path.read_text(encoding="utf-8") for path in victims} == {"precious\n"}
    assert {path.name for path in (tmp_path / "home").iterdir()} == {path.name for path in victims}
    assert (codes[2] > 100, codes[0] > 10) == (True, True), codes


def asks_for_graph(text: str) -> bool:
    """Return whether a file names a Graph at all, so that without another one it would be gone to."""
    try:
        content: dict[str, Any] = tomllib.loads(text.removeprefix("\ufeff"))
    except ValueError:
        return True
    return any(key.replace("-", "_") == "graph_url" for key in content)


def test_several_values_may_stand_with_commas_between(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    more = ["--add-column", "passcode, expires", "--add-column", "video_id"]

    row = command("run", roster, "--sandbox", "-o", "json", *more).rows[2]
    assert {"passcode", "expires", "video_id"} <= row.keys()
    monkeypatch.setenv("MEETING_IMPORTER_ADD_COLUMN", "passcode,expires")
    row = command("run", roster, "--sandbox", "-o", "json").rows[2]
    assert {"passcode", "expires"} <= row.keys()
    named = write(tmp_path / "n.toml", 'add_column = "video_id"\nsandbox = true\n')
    monkeypatch.delenv("MEETING_IMPORTER_ADD_COLUMN")
    assert "video_id" in command("run", roster, "--config", named, "-o", "json").rows[2]


BAD_HOSTS = [
    "graph..microsoft.com",
    "a" * 64 + ".com",
    "xn--zzzzz-.com",
    "gra\u00adph.com",
    "-a.com",
    "1.2.3.4.5",
    "a_b..c",
]


@pytest.mark.parametrize("host", BAD_HOSTS)
@pytest.mark.parametrize(
    ("setting", "address"),
    [
        ("graph_url", "https://{}"),
        ("graph_url", "https://{}:8443/v1.0"),
        ("notify_url", "https://{}/hook"),
        ("notify_smtp", "{}"),
        ("notify_smtp", "{}:587"),
        ("notify_from", "it@{}"),
        ("notify_to", "it@{}"),
    ],
)
@pytest.mark.parametrize("way", ["flag", "variable", "file"])
def test_a_host_that_can_not_be_is_told_by_the_settings_name(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, setting: str, address: str, way: str
) -> None:
    text, flag, more = address.format(host), f"--{setting.replace('_', '-')}", []
    name = {"flag": flag, "variable": f"MEETING_IMPORTER_{setting.upper()}", "file": f"'{setting}' in n.toml"}[way]
    match way:
        case "flag":
            more = [flag, text]
        case "variable":
            monkeypatch.setenv(name, text)
        case "file":
            write(tmp_path / "n.toml", f"{setting} = {json.dumps(text)}\n")
            more = ["--config", "n.toml"]

    done = command("run", csv_file(tmp_path / "r.csv", [values("1")]), "--dry-run", *more)

    assert (done.code, f"Stopped: {name}: " in done.err) == (2, True), done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("host", BAD_HOSTS)
@pytest.mark.parametrize("setting", ["AZURE_AUTHORITY_HOST", "AZURE_TENANT_ID"])
def test_so_is_one_of_the_sign_in(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, setting: str
) -> None:
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID"):
        monkeypatch.setenv(name, "8f14e45f-ceea-467f-9575-c0ffee15dead")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "x" * 20)
    monkeypatch.setenv(setting, host)

    done = command("run", csv_file(tmp_path / "r.csv", [values("1")]), "--dry-run")

    assert (done.code, f"{setting} must be" in done.out) == (2, True), done.out


@pytest.mark.parametrize(("given", "order"), [("dmy", "DMY"), ("Mdy", "MDY"), (" YMD ", "YMD")])
def test_a_word_of_several_may_be_written_in_any_case(command: Command, tmp_path: Path, given: str, order: str) -> None:
    start = {"DMY": "13/04/2031 09:00", "MDY": "04/13/2031 09:00", "YMD": "31/04/13 09:00"}[order]
    roster = csv_file(tmp_path / "r.csv", [values("1", start=start, end="", duration="60")])

    assert command("validate", roster, "--date-order", given).code == 0
