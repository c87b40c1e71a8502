"""The whole program in a real terminal: what stands on the screen while it runs, at its end, and after Ctrl-C."""

from __future__ import annotations

import re
import ssl
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import trustme

from importer.sandbox import APP_TOKEN, Sandbox, serve
from tests.cli.rosters import csv_file, values
from tests.cli.run.test_run_process import Holding
from tests.forks import PATIENCE
from tests.graph.auth.authority import CLIENT, TENANT, Authority

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.cli.pseudo import Terminal

    InTerminal = Callable[..., AbstractContextManager[Terminal]]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals of this kind")

HOSTILE = "\x1b[31mred\x1b]52;c;ZXZpbA==\x07\x1b]8;;http://evil.example\x1b\\click\x9b2J"


@pytest.mark.parametrize("columns", [60, 80, 140])
def test_a_run_ends_with_a_screen_of_whole_words_and_nothing_of_its_progress(
    in_terminal: InTerminal, columns: int, tmp_path: Path
) -> None:
    rows = [values("1"), values("2", start="32/01/2031"), values("3", organizer="nopolicy.b@contoso.example")]
    roster = csv_file(tmp_path / "r.csv", rows)

    with in_terminal("run", roster.name, "--sandbox", columns=columns) as seen:
        code = seen.leave()

    text = " ".join(" ".join(seen.lines).split())
    assert code == 4
    assert seen.lines[0].startswith("Sandbox: nothing leaves this machine,")
    assert "3 rows: 1 created, 1 invalid, 1 failed" in text
    assert "January 2031 has no day 32. Correct '32/01/2031'." in text
    assert "Results: r-results.csv" in text
    for left_over in ("\u2501", "left", "Reading", "Saving", "Looking"):
        assert left_over not in text
    assert not seen.screen.cursor.hidden


@pytest.mark.parametrize("columns", [60, 140])
def test_the_bar_is_there_while_rows_are_sent_and_ctrl_c_leaves_a_clean_screen(
    in_terminal: InTerminal, columns: int, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values(f"id-{number}") for number in range(20)])
    with Sandbox() as app:
        holding = Holding(app, free=5)
        with serve(holding) as url:
            scope = {"MEETING_IMPORTER_ACCESS_TOKEN": APP_TOKEN, "MEETING_IMPORTER_GRAPH_URL": url}
            with in_terminal("run", roster.name, "--workers", 2, columns=columns, **scope) as seen:
                bar = next(line for line in seen.see("/20") if "/20" in line)
                assert holding.reached.wait(PATIENCE)
                seen.press(b"\x03")
                seen.see("Stopping: what is under way is finished first.")
                holding.released.set()
                code = seen.leave()

    assert bar.startswith("r.csv \u2501")
    text = " ".join(" ".join(seen.lines).split())
    assert (code, "The run was interrupted." in text) == (130, True)
    for left_over in ("\u2501", "^C", "Stopping", "Saving", "Traceback"):
        assert left_over not in text
    assert not seen.screen.cursor.hidden


def test_nothing_in_a_cell_reaches_the_terminal_as_an_order(in_terminal: InTerminal, tmp_path: Path) -> None:
    rows = [values(f"{n}", **{key: HOSTILE}) for n, key in enumerate(("start", "organizer", "attendees", "time_zone"))]
    roster = csv_file(tmp_path / "r.csv", [*rows, values(HOSTILE), values("6", organizer=f"nopolicy{HOSTILE}")])

    for arguments in (["validate", roster.name, "-v"], ["validate", roster.name, "-o", "json"]):
        with in_terminal(*arguments, columns=80) as seen:
            seen.leave()

        said = re.sub(r"\x1b\[[0-9;]*[mKA]|\x1b\[\?25[hl]", "", seen.raw.decode())
        assert "red" in said
        assert re.findall("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", said) == []
        assert b"\x1b[31mred" not in seen.raw


@pytest.mark.parametrize("off", [["--no-color"], []])
def test_without_colours_there_is_not_one_escape_for_them(
    in_terminal: InTerminal, off: list[str], tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1", start="x")])

    with in_terminal("validate", roster.name, *off, columns=80, NO_COLOR="" if off else "1") as seen:
        seen.leave()

    assert re.findall(rb"\x1b\[[0-9;]*m", bytes(seen.raw)) == []


@pytest.mark.parametrize(("name", "value"), [("CI", "true"), ("TERM", "dumb")])
def test_where_nobody_watches_nothing_moves(in_terminal: InTerminal, name: str, value: str, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])

    with in_terminal("run", roster.name, "--sandbox", columns=80, **{name: value}) as seen:
        assert seen.leave() == 0

    assert re.findall(rb"\x1b\[[0-9;]*[A-Zhl]|\x1b\[\?", bytes(seen.raw)) == []


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_an_old_code_page_gets_a_bar_of_its_own_signs(in_terminal: InTerminal, encoding: str, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1"), values("2", start="\u6570\u5b66")])

    with in_terminal("run", roster.name, "--sandbox", columns=80, PYTHONIOENCODING=encoding) as seen:
        assert seen.leave() == 4

    assert "'??' is not a date." in "\n".join(seen.lines)


def test_quiet_on_a_terminal_is_quiet(in_terminal: InTerminal, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])

    with in_terminal("run", roster.name, "--sandbox", "-q", "-o", "none", columns=80) as seen:
        assert seen.leave() == 0

    assert bytes(seen.raw) == b""


def test_quiet_shows_the_code_to_sign_in_with_or_nobody_ever_could(in_terminal: InTerminal, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1", organizer="")])
    ca, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(context)
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    with closing(Authority(context)) as entra:
        settings = {
            "AZURE_TENANT_ID": TENANT,
            "AZURE_CLIENT_ID": CLIENT,
            "AZURE_AUTHORITY_HOST": entra.url,
            "SSL_CERT_FILE": str(tmp_path / "ca.pem"),
            "HOME": str(tmp_path),
            "XDG_STATE_HOME": str(tmp_path),
        }
        with in_terminal(
            "run", roster.name, "--delegated", "--sign-in", "device-code", "-q", columns=80, **settings
        ) as seen:
            asked = seen.see("15 minutes.")
            seen.press(b"\x03")
            code = seen.leave()

    assert " ".join(asked).startswith("To sign in, open https://microsoft.com/devicelogin in a browser and enter the")
    assert code == 130
