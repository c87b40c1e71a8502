"""What others do with the same files: other runs of this program, and people who have them open."""

from __future__ import annotations

from importer.places.beside import AGED, BesideLock
from importer.places.holder import HeldError, Holder
from importer.places.owner import opened_by
from importer.places.state import StateLock

__all__ = ["AGED", "BesideLock", "HeldError", "Holder", "StateLock", "opened_by"]
