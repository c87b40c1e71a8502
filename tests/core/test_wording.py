"""What is said of a file that can't be used names a reason, whatever the system tells."""

from __future__ import annotations

import errno
import os

from importer.core.wording import system_reason


def test_a_reason_is_never_none() -> None:
    """An error of a program in between, like a share's, may have no number and no words."""
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    assert system_reason(full) == os.strerror(errno.ENOSPC)
    assert system_reason(PermissionError("the share says no")) == "PermissionError"
    assert system_reason(OSError()) == "OSError"
