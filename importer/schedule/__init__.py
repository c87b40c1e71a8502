"""A run made into a nightly job: the text that Task Scheduler, systemd or cron understands. Starts nothing."""

from __future__ import annotations

from importer.schedule.cron import crontab
from importer.schedule.drives import this_computer
from importer.schedule.job import DEFAULT_NAME, NAME, Form, NightlyJob, Variable
from importer.schedule.places import Places
from importer.schedule.steps import steps
from importer.schedule.systemd import service, timer, unit_name
from importer.schedule.task import as_ascii, as_utf16, task

__all__ = [
    "DEFAULT_NAME",
    "NAME",
    "Form",
    "NightlyJob",
    "Places",
    "Variable",
    "as_ascii",
    "as_utf16",
    "crontab",
    "service",
    "steps",
    "task",
    "this_computer",
    "timer",
    "unit_name",
]
