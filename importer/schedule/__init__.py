"""A run made into a nightly job: the text that Task Scheduler, systemd or cron understands. Starts nothing."""

from __future__ import annotations

from importer.schedule.forms import as_ascii, as_utf16, crontab, service, steps, task, timer, unit_name
from importer.schedule.job import DEFAULT_NAME, NAME, Form, NightlyJob, Places, Variable, this_computer

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
