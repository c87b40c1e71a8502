"""A connection broken off by another thread than the one that waits for it to be read or written."""

from __future__ import annotations

import socket
import sys
from contextlib import suppress

if sys.platform == "win32":  # pragma: no cover - the tests' other system
    import ctypes
    from ctypes import wintypes

    def _wake(connection: socket.socket) -> None:
        """There a shutdown is for what is asked of the connection later: who waits already would wait on.

        Source: https://learn.microsoft.com/windows/win32/fileio/cancelioex-func
        """
        ctypes.WinDLL("kernel32").CancelIoEx(wintypes.HANDLE(connection.fileno()), None)

else:

    def _wake(connection: socket.socket) -> None:
        """Nothing to do: the shutdown has woken whoever waits."""


def hang_up(connection: socket.socket) -> None:
    """Break a connection off, TLS or not: who waits for it wakes up, with an end of what is read or an OSError."""
    with suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)  # TLS's own would wait for the other side
    _wake(connection)
