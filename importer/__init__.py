"""Turns a spreadsheet into Teams online meetings, and gives back a copy with the join links filled in."""

__version__ = "0.1.0"
