"""The report in a real browser, where there is one: script and policy get along, and filter and sort do their work."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from importer.core.model import Status
from importer.report.page import render
from tests.report.browser import CHROMIUM, Browser
from tests.report.reports import facts, failed, hostile, invalid, report, row

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(CHROMIUM is None or os.name != "posix", reason="no Chromium to drive here")

ROWS = [
    failed(n) if n % 97 == 0 else invalid(n) if n % 31 == 0 else row(n, Status.EXISTING if n % 2 else Status.CREATED)
    for n in range(2, 1102)
]
CHECKER = find_spec("axe_core_python")
"""The accessibility checker of https://github.com/dequelabs/axe-core, as one script in a package."""
CHECK = """axe.run({resultTypes: ["violations"]}).then((found) => found.violations
  .filter(({impact}) => impact === "serious" || impact === "critical")
  .map(({id, nodes}) => id + ": " + nodes[0].html))"""
SEEN = "return [...document.querySelectorAll('tbody tr:not([hidden])')].map((line) => line.id)"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as driven:
        yield driven


@pytest.fixture(scope="module")
def long_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    page = tmp_path_factory.mktemp("long") / "report.html"
    page.write_text(render([report(*ROWS)], facts()), encoding="utf-8")
    return page.as_uri()


@pytest.fixture
def opened(browser: Browser, long_page: str) -> Browser:
    """Return a browser that shows the report of 1,100 rows as it is at first."""
    browser.open(long_page)
    return browser


def numbers(browser: Browser) -> list[int]:
    return [int(name.removeprefix("f1-r")) for name in browser.run(SEEN)]


def fill(browser: Browser, control: str, value: str) -> None:
    browser.run(
        f"const control = document.getElementById('f1-{control}'); control.value = '{value}';"
        "control.dispatchEvent(new Event(control.tagName === 'INPUT' ? 'input' : 'change'))"
    )


def faults(browser: Browser, *, width: int, scheme: str) -> list[str]:
    assert CHECKER is not None
    assert CHECKER.origin is not None
    script = Path(CHECKER.origin).with_name("axe.min.js").read_text(encoding="utf-8")
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.call("Runtime.evaluate", expression=script)
    found = browser.call("Runtime.evaluate", expression=CHECK, awaitPromise=True, returnByValue=True)
    said: list[str] = found["result"]["value"]
    return said


def click(browser: Browser, heading: str) -> None:
    browser.run(f"[...document.querySelectorAll('th button')].find((one) => one.textContent === '{heading}').click()")


def test_no_error_no_refusal_and_no_request_but_the_page(opened: Browser) -> None:
    asked = [event["request"]["url"] for event in opened.named("Network.requestWillBeSent")]

    assert [url.rpartition("/")[2] for url in asked] == ["report.html"]
    assert not opened.named("Runtime.exceptionThrown")
    assert not opened.named("Log.entryAdded")


def test_the_search_finds_words_anywhere_in_a_row(opened: Browser) -> None:
    fill(opened, "search", "LESSON 1050")

    assert numbers(opened) == [1050]
    assert opened.run("return document.getElementById('f1-shown').textContent") == "Showing 1 of 1,100 rows"


def test_rows_of_one_status_or_those_that_need_somebody_can_be_shown(opened: Browser) -> None:
    fill(opened, "show", "failed")
    refused = numbers(opened)
    fill(opened, "show", "!")

    assert refused == [n for n in range(2, 1102) if n % 97 == 0]
    assert numbers(opened) == [n for n in range(2, 1102) if n % 97 == 0 or n % 31 == 0]


def test_a_heading_sorts_up_and_then_down_and_numbers_are_numbers(opened: Browser) -> None:
    click(opened, "External ID")
    up = numbers(opened)
    click(opened, "External ID")

    assert up == list(range(2, 1102))
    assert numbers(opened) == up[::-1]
    assert opened.run("return document.querySelector('[aria-sort]').textContent") == "External ID"


def test_blank_cells_come_last_either_way(opened: Browser) -> None:
    blank = [n for n in range(2, 1102) if n % 31 == 0 and n % 97 != 0]

    fill(opened, "sort", "3")
    up = numbers(opened)
    click(opened, "When")

    assert up[-len(blank) :] == numbers(opened)[-len(blank) :] == blank
    assert up[0] == 2


def test_a_link_to_a_row_that_is_filtered_out_shows_it_again(opened: Browser) -> None:
    fill(opened, "show", "created")
    opened.run("document.querySelector('article a').click()")
    opened.call("Runtime.evaluate", expression="new Promise((done) => setTimeout(done))", awaitPromise=True)

    assert len(numbers(opened)) == 1100


def test_hostile_cells_run_nothing_and_stay_text(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "hostile.html"
    page.write_text(render([hostile()], facts()), encoding="utf-8")

    browser.open(page.as_uri())

    assert not browser.named("Page.javascriptDialogOpening")
    assert not browser.named("Log.entryAdded")
    assert browser.run("return document.querySelectorAll('img, script:not(body > script), h1').length") == 1
    assert browser.run("return document.querySelector('tbody td').textContent") == "<script>alert(1)</script>"


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_sticks_out_at_any_width(opened: Browser, width: int) -> None:
    opened.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)

    assert opened.run("return document.documentElement.scrollWidth") <= width


@pytest.mark.skipif(CHECKER is None, reason="no accessibility checker here")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_no_serious_accessibility_fault_at_any_width_by_day_and_by_night(
    browser: Browser, tmp_path: Path, width: int, scheme: str
) -> None:
    page = tmp_path / "report.html"
    # A few of each kind: all rows come from one template, and the checker's time grows much faster than the page.
    kinds = [row(number, status) for number, status in enumerate(Status, start=2)]
    rows = [*kinds, invalid(20), failed(21), invalid(22), failed(23)]
    page.write_text(render([report(*rows), hostile()], facts()), encoding="utf-8")
    browser.open(page.as_uri())

    assert faults(browser, width=width, scheme=scheme) == []
