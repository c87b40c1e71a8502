"""What the client needs from sign-in: a token now, and another one when that is no longer accepted."""

from __future__ import annotations

from typing import Protocol


class TokenSource(Protocol):
    """Gives access tokens. Safe to call from several threads at once; however many ask, one signs in."""

    def token(self) -> str:
        """Gives a token that should be accepted now. Raises Stop when sign-in fails."""
        ...

    def refresh(self, rejected: str, *, claims: str = "") -> str:
        """Gives another token than `rejected`, which Graph has just refused.

        `claims` is what Conditional Access wants the new one to prove, as in the challenge; empty without one.

        Where another thread has replaced the rejected one in the meantime, that newer one is given and nobody
        signs in again. Raises Stop when sign-in fails.
        """
        ...
