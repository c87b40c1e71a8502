"""Which way a person signs in: in a browser or with a code, as asked for, else as this computer can."""

from __future__ import annotations

import webbrowser

import pytest

from importer.cli.config.settings import Settings
from importer.cli.run.services import browser_for
from importer.core.model import ExitCode, Stop
from importer.graph.auth.browser import find_browser

DESKTOP = {"DISPLAY": ":0"}
OVER_SSH = {"DISPLAY": ":0", "SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}


@pytest.mark.parametrize(
    ("settings", "environment"),
    [
        (Settings(), DESKTOP),
        (Settings(sign_in="browser"), DESKTOP),
        (Settings(delegated=True, sign_in="device-code"), DESKTOP),
        (Settings(delegated=True), OVER_SSH),
    ],
)
def test_nobody_gets_a_browser_who_has_no_use_for_one(settings: Settings, environment: dict[str, str]) -> None:
    assert browser_for(settings, environment) is None


def test_where_there_is_a_desktop_a_browser_is_tried() -> None:
    assert browser_for(Settings(delegated=True), DESKTOP) is find_browser(DESKTOP)


@pytest.mark.parametrize("environment", [DESKTOP, OVER_SSH, {}])
def test_a_browser_that_was_asked_for_opens_or_it_is_told(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> None:
        raise webbrowser.Error

    monkeypatch.setattr(webbrowser, "get", none)
    opening = browser_for(Settings(delegated=True, sign_in="browser"), environment)

    assert opening is not None
    with pytest.raises(Stop) as caught:
        opening("https://login.example")
    assert (caught.value.problem.code, caught.value.exit_code) == ("sign-in-browser-missing", ExitCode.USAGE)
