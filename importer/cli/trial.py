"""Whether a call is only a trial."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.graph.clouds import is_loopback

if TYPE_CHECKING:
    from importer.cli.settings import Settings


def is_trial(settings: Settings) -> bool:
    """Tells whether the meetings are made in a sandbox, so that nothing about them is real."""
    return settings.sandbox or _is_here(settings.graph_url or "")


def _is_here(url: str) -> bool:
    try:
        return is_loopback(url)
    except ValueError:  # no address at all, which is said when it is used
        return False
