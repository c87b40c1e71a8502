"""Signing in in a browser: the way there and back, who else may knock, and when the waiting ends."""

from __future__ import annotations

import socket
import subprocess
import sys
import webbrowser
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.graph.auth import Place, SignInByPerson, claims_of, token_source
from importer.graph.auth.browser import LONGEST_FORM, MOST_AT_ONCE, Redirect, find_browser, open_browser
from importer.graph.auth.person import BROWSER_SECONDS
from tests.graph.auth.authority import CLIENT, CODE, GRAPH, TENANT, aadsts, fake_token, visit
from tests.graph.auth.spills import spilled

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.graph.auth.authority import Authority, Browser, Time

ANA = SignInByPerson(tenant=TENANT, client_id=CLIENT)


@pytest.fixture
def desktop(place: Place, browser: Browser) -> Place:
    """A terminal with a person and a browser at it."""
    return replace(place, browser=browser.open)


def refusal(place: Place) -> Stop:
    with pytest.raises(Stop) as caught:
        token_source(ANA, place).token()
    assert spilled(caught.value) == []
    return caught.value


def outcome(stop: Stop) -> tuple[str, ExitCode]:
    return stop.problem.code, stop.exit_code


def closed(address: str) -> bool:
    """Return whether nobody listens there any more."""
    try:
        socket.create_connection(("127.0.0.1", urlsplit(address).port or 0), timeout=5).close()
    except OSError:
        return True
    return False


def test_somebody_signs_in_and_the_token_is_theirs(
    authority: Authority, desktop: Place, browser: Browser, shown: list[str]
) -> None:
    token = token_source(ANA, desktop).token()

    asked = browser.asked[0]
    assert claims_of(token)["upn"] == "ana@contoso.com"
    assert shown[0] == problem("sign-in-browser", minutes=5).message
    assert (asked["response_mode"], asked["code_challenge_method"]) == ("form_post", "S256")
    assert f"{GRAPH}/OnlineMeetings.ReadWrite" in asked["scope"]
    assert asked["redirect_uri"].startswith("http://localhost:")
    assert authority.asked("/devicecode") == []
    browser.close()
    assert (browser.pages[0][0], "go back to the terminal" in browser.pages[0][1]) == (200, True)
    assert closed(asked["redirect_uri"])


def test_the_next_run_needs_neither_browser_nor_person(desktop: Place, browser: Browser) -> None:
    first = token_source(ANA, desktop).token()

    assert token_source(ANA, replace(desktop, person=False)).token() == first
    assert len(browser.asked) == 1


def test_a_browser_may_be_back_before_anybody_waits_for_it(desktop: Place, browser: Browser) -> None:
    """Where the person is signed in already, nothing holds it up."""

    def back_at_once(address: str) -> bool:
        browser.open(address)
        browser.close()
        return True

    assert claims_of(token_source(ANA, replace(desktop, browser=back_at_once)).token())["upn"] == "ana@contoso.com"


def test_without_a_terminal_no_browser_opens(desktop: Place, browser: Browser) -> None:
    assert outcome(refusal(replace(desktop, person=False))) == ("sign-in-needs-person", ExitCode.REFUSED)
    assert browser.asked == []


def test_a_browser_that_does_not_open_leaves_the_code(authority: Authority, place: Place, shown: list[str]) -> None:
    assert token_source(ANA, replace(place, browser=lambda _: False)).token()
    assert "enter the code" in shown[0]
    assert len(authority.asked("/devicecode")) == 1


def test_a_browser_that_was_asked_for_and_is_missing_is_told(authority: Authority, place: Place) -> None:
    def missing(_: str) -> bool:
        raise Stop(problem("sign-in-browser-missing"), ExitCode.USAGE)

    assert outcome(refusal(replace(place, browser=missing))) == ("sign-in-browser-missing", ExitCode.USAGE)
    assert authority.asked("/devicecode") == []


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"error": "access_denied", "error_description": "AADSTS65004: User declined."}, "sign-in-declined"),
        ({"error": "access_denied"}, "sign-in-declined"),
        ({"error": "invalid_request", "error_description": "AADSTS50011: no redirect"}, "sign-in-redirect-missing"),
        ({"error": "interaction_required", "error_description": "AADSTS53003: no"}, "sign-in-blocked-by-policy"),
        ({"error": "consent_required", "error_description": "AADSTS90094: no"}, "sign-in-consent-missing"),
        ({"error": "unheard_of", "error_description": "<script>"}, "sign-in-refused"),
    ],
)
def test_a_no_in_the_browser_is_told(said: dict[str, str], code: str, desktop: Place, browser: Browser) -> None:
    browser.refusal = said

    assert outcome(refusal(desktop)) == (code, ExitCode.REFUSED)
    browser.close()
    assert "<script>" not in browser.pages[0][1]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (54005, "sign-in-browser-stale"),
        (70008, "sign-in-browser-stale"),
        (9002327, "sign-in-redirect-missing"),
        (50076, "sign-in-blocked-by-policy"),
        (99999, "sign-in-refused"),
    ],
)
def test_a_no_to_the_code_is_told(number: int, code: str, authority: Authority, desktop: Place) -> None:
    authority.script.extend([authority.configuration(), aadsts(number, "invalid_grant")])

    assert outcome(refusal(desktop)) == (code, ExitCode.REFUSED)


def test_an_app_that_lets_nobody_in_from_here_is_told_how_to(authority: Authority, desktop: Place) -> None:
    authority.apps[CLIENT].public = False

    assert outcome(refusal(desktop)) == ("sign-in-public-client-off", ExitCode.REFUSED)


def test_a_gap_in_the_network_costs_nobody_a_second_sign_in(
    authority: Authority, desktop: Place, browser: Browser, time: Time
) -> None:
    authority.script.extend([authority.configuration(), (503, {}, "down"), (503, {}, "down")])

    assert token_source(ANA, desktop).token()
    assert (len(browser.asked), time.slept) == (1, [1.0, 4.0])


def test_a_sign_in_that_is_another_ones_is_not_taken(authority: Authority, desktop: Place) -> None:
    token = fake_token(0, aud=CLIENT, oid="x", tid=TENANT, sub="x", nonce="another")
    answer = {"access_token": fake_token(1), "id_token": token, "expires_in": 3600, "token_type": "Bearer"}
    authority.script.extend([authority.configuration(), (200, {}, answer)])

    assert outcome(refusal(desktop)) == ("sign-in-answer-strange", ExitCode.REFUSED)


def test_nobody_comes_back_and_the_waiting_ends(place: Place, time: Time) -> None:
    opened: list[str] = []

    def walk_away(address: str) -> bool:
        opened.append(address)
        time.seconds += BROWSER_SECONDS
        return True

    stop = refusal(replace(place, browser=walk_away))

    assert outcome(stop) == ("sign-in-browser-unused", ExitCode.REFUSED)
    assert "within 5 minutes" in stop.problem.message
    assert len(opened) == 1


def test_a_run_that_is_ended_waits_no_longer(place: Place) -> None:
    opened: list[str] = []

    def check() -> None:
        if opened:
            raise Stop(problem("interrupted"), ExitCode.INTERRUPTED)

    def opening(address: str) -> bool:
        opened.append(address)
        return True

    stop = refusal(replace(place, browser=opening, check=check))

    assert outcome(stop) == ("interrupted", ExitCode.INTERRUPTED)


def raw(address: str, data: bytes) -> bytes:
    with closing(socket.create_connection(("127.0.0.1", urlsplit(address).port or 0), timeout=30)) as line:
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        return line.recv(64)


KNOCKS: dict[str, Callable[[str, str], object]] = {
    "another state": lambda at, _: visit(at, {"state": "guessed", "code": "stolen"}),
    "no state": lambda at, _: visit(at, {"code": "stolen"}),
    "neither code nor error": lambda at, state: visit(at, {"state": state}),
    "a code in the address": lambda at, state: raw(at, f"GET /?code=x&state={state} HTTP/1.1\r\n\r\n".encode()),
    "too long": lambda at, state: visit(at, {"state": state, "code": "x" * LONGEST_FORM}),
    "too many fields": lambda at, state: visit(at, "&".join(["a=b"] * 60 + [f"state={state}", "code=x"]).encode()),
    "a length that is none": lambda at, _: raw(at, b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
    "an endless length": lambda at, _: raw(at, b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n"),
    "no length": lambda at, state: raw(at, f"POST / HTTP/1.1\r\n\r\nstate={state}&code=x".encode()),
    "another verb": lambda at, _: raw(at, b"DELETE / HTTP/1.1\r\n\r\n"),
    "no HTTP": lambda at, _: raw(at, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50),
    "an endless line": lambda at, _: raw(at, b"GET /" + b"a" * 70_000),
    "nothing": lambda at, _: raw(at, b""),
}


@pytest.mark.parametrize("knock", KNOCKS.values(), ids=KNOCKS)
def test_whoever_else_knocks_is_refused_and_the_waiting_goes_on(
    knock: Callable[[str, str], object], desktop: Place, browser: Browser
) -> None:
    heard: list[object] = []
    browser.before.append(lambda at, state: heard.append(knock(at, state)))

    assert claims_of(token_source(ANA, desktop).token())["upn"] == "ana@contoso.com"
    browser.close()
    assert "200" not in str(heard[0])[:20]
    assert browser.pages[0][0] == 200


def test_an_answer_counts_once() -> None:
    with Redirect() as redirect:
        redirect.expect("s")
        first = visit(redirect.address, {"state": "s", "code": CODE})
        second = visit(redirect.address, {"state": "s", "code": "another"})

        assert redirect.wait(is_over=lambda: False) == {"state": "s", "code": CODE}

    assert (first[0], second[0]) == (200, 400)


def test_connections_that_say_nothing_are_bounded_and_in_nobodys_way() -> None:
    with Redirect() as redirect:
        port = urlsplit(redirect.address).port or 0
        silent = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(MOST_AT_ONCE - 1)]
        redirect.expect("s")

        assert visit(redirect.address, {"state": "s", "code": CODE})[0] == 200

        for each in silent:
            each.close()

    assert closed(redirect.address)


def test_it_listens_to_this_computer_alone() -> None:
    with Redirect() as redirect:
        assert redirect._server.server_address[0] == "127.0.0.1"  # noqa: SLF001 - what others can't see from outside


@pytest.mark.parametrize("session", [{"SSH_CONNECTION": "a b c d"}, {"SSH_TTY": "/dev/pts/1"}])
def test_the_browser_of_another_computers_terminal_is_not_this_persons(session: dict[str, str]) -> None:
    assert find_browser({"DISPLAY": ":0", **session}) is None


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="a desktop is always there")
def test_on_linux_a_browser_needs_a_desktop() -> None:
    assert find_browser({}) is None
    assert find_browser({"DISPLAY": ":0"}) is open_browser
    assert find_browser({"WAYLAND_DISPLAY": "wayland-0"}) is open_browser


@pytest.mark.skipif(sys.platform != "win32", reason="Windows' own desktops")
def test_on_windows_a_browser_needs_a_desktop_that_somebody_sees() -> None:
    station = "import ctypes; u = ctypes.WinDLL('user32'); u.CreateWindowStationW.restype = ctypes.c_void_p; "
    station += "u.SetProcessWindowStation(ctypes.c_void_p(u.CreateWindowStationW(None, 0, 0x37F, None))); "
    asked = "from importer.graph.auth.browser import find_browser; print(find_browser({}) is not None)"

    seen = [subprocess.check_output([sys.executable, "-c", code], text=True) for code in (asked, station + asked)]

    assert [each.strip() for each in seen] == ["True", "False"]


class Window(webbrowser.BaseBrowser):
    """A browser that the standard library knows."""

    def __init__(self, name: str, *, opens: bool = True) -> None:
        super().__init__(name)
        self.opens, self.opened = opens, [""]

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002 - its signature
        self.opened.append(url)
        return self.opens


@pytest.mark.parametrize(
    ("name", "opens", "opened"),
    [("firefox", True, True), ("firefox", False, False), ("/usr/bin/lynx", True, False), ("w3m", True, False)],
)
def test_a_browser_that_would_take_the_terminal_is_none(
    name: str,
    opens: bool,  # noqa: FBT001 - a column of the table
    opened: bool,  # noqa: FBT001 - likewise
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = Window(name, opens=opens)
    monkeypatch.setattr(webbrowser, "get", lambda: window)

    assert open_browser("https://login.example") is opened
    assert len(window.opened) - 1 == (0 if name.endswith(("lynx", "w3m")) else 1)


def test_a_computer_without_any_browser_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise webbrowser.Error

    monkeypatch.setattr(webbrowser, "get", none)

    assert open_browser("https://login.example") is False
