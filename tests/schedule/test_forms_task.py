"""Task Scheduler takes the XML or says that it is malformed, with no word about where. So its rules are held here.

The rules are those of https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema, version 1.2.
"""

from __future__ import annotations

import ctypes
import re
import shlex
import sys
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.schedule.forms import NAMESPACE, as_ascii, as_utf16, task
from tests.schedule.jobs import job

UNORDERED, ORDERED = "all", "sequence"
SCHEMA: dict[str, tuple[str, tuple[str, ...]]] = {
    "Task": (UNORDERED, ("RegistrationInfo", "Triggers", "Settings", "Data", "Principals", "Actions")),
    "RegistrationInfo": (
        UNORDERED,
        ("URI", "SecurityDescriptor", "Source", "Date", "Author", "Version", "Description", "Documentation"),
    ),
    "Triggers": (ORDERED, ("CalendarTrigger",)),
    "CalendarTrigger": (
        ORDERED,
        ("Enabled", "StartBoundary", "EndBoundary", "Repetition", "ExecutionTimeLimit", "RandomDelay", "ScheduleByDay"),
    ),
    "ScheduleByDay": (ORDERED, ("DaysInterval",)),
    "Principals": (ORDERED, ("Principal",)),
    "Principal": (
        UNORDERED,
        ("UserId", "LogonType", "GroupId", "DisplayName", "RunLevel", "ProcessTokenSidType", "RequiredPrivileges"),
    ),
    "Settings": (
        UNORDERED,
        (
            "AllowStartOnDemand",
            "RestartOnFailure",
            "MultipleInstancesPolicy",
            "DisallowStartIfOnBatteries",
            "StopIfGoingOnBatteries",
            "AllowHardTerminate",
            "StartWhenAvailable",
            "NetworkProfileName",
            "RunOnlyIfNetworkAvailable",
            "WakeToRun",
            "Enabled",
            "Hidden",
            "DeleteExpiredTaskAfter",
            "IdleSettings",
            "NetworkSettings",
            "ExecutionTimeLimit",
            "Priority",
            "RunOnlyIfIdle",
        ),
    ),
    "Actions": (ORDERED, ("Exec",)),
    "Exec": (ORDERED, ("Command", "Arguments", "WorkingDirectory")),
}
VALUES = {
    "LogonType": r"S4U|Password|InteractiveToken|InteractiveTokenOrPassword",
    "RunLevel": r"LeastPrivilege|HighestAvailable",
    "MultipleInstancesPolicy": r"Parallel|Queue|IgnoreNew|StopExisting",
    "ExecutionTimeLimit": r"PT\d+M",
    "StartBoundary": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
    "DaysInterval": r"\d+",
    "UserId": r".+",
    "Command": r".+",
} | dict.fromkeys(
    ("DisallowStartIfOnBatteries", "StopIfGoingOnBatteries", "StartWhenAvailable", "Enabled"), r"true|false"
)


def name_of(element: ET.Element) -> str:
    return element.tag.removeprefix(f"{{{NAMESPACE}}}")


def faults(element: ET.Element) -> list[str]:
    """Return what the schema has against an element and all in it."""
    name = name_of(element)
    children = [name_of(child) for child in element]
    found = [] if element.tag.startswith(f"{{{NAMESPACE}}}") else [f"{name} is in no namespace"]
    if name in SCHEMA:
        order, known = SCHEMA[name]
        found += [f"{child} in {name}" for child in children if child not in known]
        if len(set(children)) < len(children):
            found.append(f"something twice in {name}")
        places = [known.index(child) for child in children if child in known]
        if order == ORDERED and places != sorted(places):
            found.append(f"order in {name}")
    elif children:
        found.append(f"{name} has children")
    elif name in VALUES and not re.fullmatch(VALUES[name], element.text or ""):
        found.append(f"{name} is {element.text}")
    return found + [fault for child in element for fault in faults(child)]


def read(data: bytes | str) -> ET.Element:
    return ET.fromstring(data)  # noqa: S314 - our own


def text(root: ET.Element, name: str) -> str | None:
    return root.findtext(f".//{{{NAMESPACE}}}{name}")


@pytest.mark.parametrize(
    "user", ["", r"CONTOSO\svc-meetings", r"CONTOSO\gmsa$", "SYSTEM", r"NT AUTHORITY\Local Service"]
)
def test_the_xml_keeps_the_schema(user: str) -> None:
    root = read(as_utf16(task(job(user=user))))

    assert (root.get("version"), faults(root)) == ("1.2", [])


def test_the_schema_test_can_fail() -> None:
    day = "<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>"
    xml = as_ascii(task(job())).replace("<CalendarTrigger>", f"<CalendarTrigger>{day}")
    xml = xml.replace("</CalendarTrigger>", "<Surprise /></CalendarTrigger>").replace("IgnoreNew", "Whatever")

    assert faults(read(xml)) == [
        "Surprise in CalendarTrigger",
        "something twice in CalendarTrigger",
        "order in CalendarTrigger",
        "MultipleInstancesPolicy is Whatever",
    ]


def test_a_file_is_utf_16_and_says_so() -> None:
    data = as_utf16(task(job(folder=r"C:\Röster")))

    assert data.startswith(b"\xff\xfe<\x00?\x00")
    assert data.decode("utf-16").startswith('<?xml version="1.0" encoding="UTF-16"?>\r\n')
    assert text(read(data), "WorkingDirectory") == r"C:\Röster"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252", "cp437", "ascii"])
def test_text_on_a_screen_can_be_redirected_in_any_encoding(encoding: str) -> None:
    data = as_ascii(task(job(folder="C:\\Röster Ω"))).encode(encoding)

    assert text(read(data), "WorkingDirectory") == "C:\\Röster Ω"


def test_the_task_runs_whether_somebody_is_logged_on_or_not_and_reaches_the_network() -> None:
    root = read(as_ascii(task(job(user=r"CONTOSO\svc"))))

    assert (text(root, "LogonType"), text(root, "UserId")) == ("Password", r"CONTOSO\svc")


@pytest.mark.parametrize(("user", "sid"), [("SYSTEM", "S-1-5-18"), (r"NT AUTHORITY\NETWORK SERVICE", "S-1-5-20")])
def test_the_computers_own_accounts_have_no_password(user: str, sid: str) -> None:
    root = read(as_ascii(task(job(user=user))))

    assert (text(root, "UserId"), text(root, "LogonType")) == (sid, None)


def test_there_is_no_second_instance_and_no_blind_repetition_and_an_end() -> None:
    root = read(as_ascii(task(job())))

    assert text(root, "MultipleInstancesPolicy") == "IgnoreNew"
    assert text(root, "ExecutionTimeLimit") == "PT240M"
    assert text(root, "StartWhenAvailable") == "true"
    assert root.find(f".//{{{NAMESPACE}}}RestartOnFailure") is None


def test_the_program_is_started_itself_so_that_its_exit_code_is_the_tasks() -> None:
    root = read(as_ascii(task(job(program=(r"C:\Program Files\py\python.exe", "-m", "importer")))))

    assert text(root, "Command") == r"C:\Program Files\py\python.exe"
    assert text(root, "Arguments") == "-m importer run -- \\\\server\\share\\rosters"


def test_names_of_variables_are_told_and_no_values_are_known() -> None:
    assert "AZURE_TENANT_ID" in str(text(read(as_ascii(task(job()))), "Description"))


def split_like_windows(line: str) -> list[str]:
    """Return the words that a program gets: as Windows itself says where there is one, else by Microsoft's rules.

    Source: https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
    """
    if sys.platform == "win32":
        count = ctypes.c_int()
        parse = ctypes.windll.shell32.CommandLineToArgvW
        parse.restype = ctypes.POINTER(ctypes.c_wchar_p)
        words = parse("program " + line, ctypes.byref(count))
        return [words[number] for number in range(1, count.value)]
    words, word, inside, started, at = [], "", False, False, 0
    while at < len(line):
        slashes = len(line[at:]) - len(line[at:].lstrip("\\"))
        at += slashes
        if line[at : at + 1] == '"':
            word, started, at = word + "\\" * (slashes // 2), True, at + 1
            if slashes % 2:
                word += '"'
            else:
                inside = not inside
            continue
        word += "\\" * slashes
        started = started or slashes > 0
        if at < len(line):
            if line[at] in " \t" and not inside:
                if started:
                    words.append(word)
                word, started = "", False
            else:
                word, started = word + line[at], True
            at += 1
    return [*words, word] if started else words


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"], include_characters=' "\\'), max_size=12)))
def test_any_argument_arrives_as_it_was(arguments: list[str]) -> None:
    root = read(as_ascii(task(job(arguments=tuple(arguments)))))

    assert split_like_windows(text(root, "Arguments") or "") == arguments


def test_the_splitter_agrees_with_plain_quoting() -> None:
    assert split_like_windows(r'a "b c" d\e') == shlex.split(r"a 'b c' 'd\e'")


@given(st.text(st.characters(exclude_categories=("Cc", "Cn", "Cs")), min_size=1))
def test_no_text_gets_out_of_its_element(said: str) -> None:
    root = read(as_utf16(task(job(folder=said, user=said, program=(said,)))))

    assert [text(root, name) for name in ("WorkingDirectory", "Command")] == [said, said]
    assert faults(root) == []
