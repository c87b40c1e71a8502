"""The report for people: one HTML file that needs nothing else, for a phone, paper and a screen reader alike."""

from __future__ import annotations

from importer.report.page import render
from importer.report.words import RunFacts

__all__ = ["RunFacts", "render"]
