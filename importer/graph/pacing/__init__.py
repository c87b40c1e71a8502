"""Pacing: how fast may we go? Learned from Graph's answers, since no figure is published for online meetings.

`Pacer` decides and knows nothing of threads or clocks; `SharedGate` lets threads wait for its permission.
"""

from importer.graph.pacing.gate import SharedGate
from importer.graph.pacing.pacer import Fate, Limits, Pacer, Pause, Throttled, Why

__all__ = ["Fate", "Limits", "Pacer", "Pause", "SharedGate", "Throttled", "Why"]
