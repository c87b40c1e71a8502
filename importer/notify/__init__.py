"""How a run that nobody watches tells people: a log, a heartbeat, and one notification. None of it changes the run."""

from __future__ import annotations
