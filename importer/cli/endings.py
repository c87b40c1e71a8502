"""What ends a run in order besides its rows: the time it may take, and its window being closed."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.core.run import Interrupt


@contextmanager
def time_limit(interrupt: Interrupt, seconds: float | None) -> Iterator[None]:
    """Has the run end in order once `seconds` have passed; None: never."""
    if seconds is None:
        yield
        return
    timer = threading.Timer(seconds, interrupt.time_is_up)
    timer.daemon = True
    if seconds > 0:
        timer.start()
    else:
        interrupt.time_is_up()
    try:
        yield
    finally:
        timer.cancel()


if sys.platform == "win32":  # pragma: no cover - the tests' other system
    import ctypes
    from ctypes import wintypes

    _ENDINGS = frozenset({2, 5, 6})
    """CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT: https://learn.microsoft.com/windows/console/handlerroutine"""
    _WINDOWS_WAITS = 30.0
    """Seconds: Windows ends the process earlier, 5 s after the window's closing (same page, "Timeouts")."""
    _GRACE = 2.0
    """Seconds for calls in flight, so that the copy is written within those 5."""

    @contextmanager
    def window_close(interrupt: Interrupt) -> Iterator[None]:
        """Has the run end in order when its window is closed, or its user logs off."""
        done = threading.Event()

        def handle(event: int) -> bool:
            if event not in _ENDINGS:
                return False
            interrupt.grace = _GRACE
            interrupt.ask()
            done.wait(_WINDOWS_WAITS)  # the process ends when this returns
            return True

        handler = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.DWORD)(handle)
        kernel = ctypes.WinDLL("kernel32")
        kernel.SetConsoleCtrlHandler(handler, True)  # noqa: FBT003 - Windows' own order
        try:
            yield
        finally:
            done.set()
            kernel.SetConsoleCtrlHandler(handler, False)  # noqa: FBT003 - as above

else:

    @contextmanager
    def window_close(interrupt: Interrupt) -> Iterator[None]:
        """Nothing to do: elsewhere a closed window is the signal SIGHUP."""
        del interrupt
        yield
