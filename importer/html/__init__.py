"""The report for people: one HTML file that needs nothing else, for a phone, paper and a screen reader alike."""

from importer.html.facts import RunFacts
from importer.html.page import render

__all__ = ["RunFacts", "render"]
