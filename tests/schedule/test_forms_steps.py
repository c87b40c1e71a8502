"""What is said about the next steps: the commands fit the account and the files at hand."""

from __future__ import annotations

import pytest

from importer.schedule import SchedulerKind
from importer.schedule.forms import steps
from tests.schedule.jobs import job, unit


@pytest.mark.parametrize(
    ("account", "ending"),
    [
        (r"CONTOSO\svc", r'/RU "CONTOSO\svc" /RP *'),
        (r"CONTOSO\gmsa$", r'/RU "CONTOSO\gmsa$" /RP ""'),
        (r"NT AUTHORITY\SYSTEM", r'/RU "NT AUTHORITY\SYSTEM"'),
        ("", r'/RU "DOMAIN\account" /RP *'),
    ],
)
def test_the_import_asks_for_a_password_where_the_account_has_one(account: str, ending: str) -> None:
    said = steps(SchedulerKind.TASK, job(user=account), (r"C:\jobs\night.xml",))

    (line,) = [step for step in said if "/Create" in step]
    assert r'/XML "C:\jobs\night.xml"' in line
    assert line.endswith(ending)


@pytest.mark.parametrize("form", SchedulerKind)
def test_credentials_are_a_step_only_where_there_are_any(form: SchedulerKind) -> None:
    with_some, without = steps(form, unit(), ()), steps(form, unit(variables=()), ())

    assert any("AZURE_TENANT_ID" in step for step in with_some)
    assert not any("AZURE" in step for step in without)
    assert len(without) < len(with_some)


def test_the_units_are_installed_from_where_they_were_written() -> None:
    assert (
        "install -m 0644 a/x.service a/x.timer /etc"
        in steps(SchedulerKind.SYSTEMD, unit(), ("a/x.service", "a/x.timer"))[0]
    )
    assert "install -m 0644 meeting-importer.service meeting" in steps(SchedulerKind.SYSTEMD, unit(), ())[0]


@pytest.mark.parametrize(("user", "said"), [("rosters", "crontab -u rosters -e"), ("", "crontab -e")])
def test_a_crontab_is_somebodys(user: str, said: str) -> None:
    assert said in steps(SchedulerKind.CRON, unit(user=user), ())[0]
