"""Repetitions in patterns that never give back what they took, so that no hostile text makes a search slow."""

from __future__ import annotations

import sys

SOUND = sys.version_info >= (3, 11, 5)
"""Before, a possessive repetition of alternatives could miss: https://github.com/python/cpython/issues/106052"""


def repeated(pattern: str) -> str:
    """Gives a pattern for `pattern` as often as it comes, also never.

    Where Python's own `*+` is not sound it is an atomic group, which means the same and remembers each repetition
    until it is through.
    """
    return f"(?:{pattern})*+" if SOUND else f"(?>(?:{pattern})*)"


def once(pattern: str) -> str:
    """Gives a pattern for `pattern` if it comes, and for nothing else."""
    return f"(?>(?:{pattern})?)"
