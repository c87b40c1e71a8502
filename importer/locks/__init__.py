"""What others do with the same files: other runs of this program, and people who have them open."""

from __future__ import annotations

from importer.locks.open_elsewhere import opened_by
from importer.locks.share_lock import AGED, HeldError, LockOwner, ShareLock, StateLock

__all__ = ["AGED", "HeldError", "LockOwner", "ShareLock", "StateLock", "opened_by"]
