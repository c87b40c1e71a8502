"""A person's sign-in, kept from one run to the next: encrypted where the platform can, else readable by them alone."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.graph.auth import microsoft

if TYPE_CHECKING:
    from collections.abc import Callable

OWNER_ONLY = 0o600
OWNER_ONLY_FOLDER = 0o700

_VAULT_FAULTS = (OSError, ValueError, RuntimeError)
"""What the platforms' vaults raise: DPAPI and Keychain an OSError, libsecret a RuntimeError."""


class Kept:
    """What MSAL keeps in memory, and the file or vault that it comes from and goes to.

    Trouble with the file never stops a sign-in: it is told through `show`, and the person signs in again.
    """

    def __init__(
        self,
        path: Path | None,
        show: Callable[[str], None],
        *,
        vault: Callable[[str], microsoft.Vault],
    ) -> None:
        self.cache = microsoft.token_cache()
        self._path = path
        self._show = show
        self._vault = None if path is None else self._open(path, vault)
        if self._vault:
            self._load(self._vault)

    def announce(self) -> None:
        """Says where a new sign-in is kept, if that is in the open."""
        if self._vault and not self._vault.is_encrypted:
            self._tell("sign-in-kept-plain")

    def save(self) -> None:
        """Writes down what has changed."""
        if self._vault is None or not self.cache.has_state_changed:
            return
        try:
            self._vault.save(self.cache.serialize())
        except _VAULT_FAULTS as fault:
            self._tell("sign-in-not-kept", fault)

    def _open(self, path: Path, vault: Callable[[str], microsoft.Vault]) -> microsoft.Vault | None:
        try:
            path.parent.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        except OSError as fault:
            self._tell("sign-in-not-kept", fault)
            return None
        try:
            return vault(str(path))
        except (ImportError, *_VAULT_FAULTS):
            return self._in_the_open(path)

    def _in_the_open(self, path: Path) -> microsoft.Vault | None:
        try:
            if os.name == "posix" and path.exists():
                path.chmod(OWNER_ONLY)
        except OSError as fault:  # somebody else's file: neither trusted nor written
            self._tell("sign-in-not-kept", fault)
            return None
        return _Plain(path)

    def _load(self, vault: microsoft.Vault) -> None:
        try:
            text = vault.load()
            known = json.loads(text)
        except (FileNotFoundError, microsoft.PersistenceNotFound):
            return
        except _VAULT_FAULTS as fault:
            self._tell("sign-in-kept-unreadable", fault)
            return
        if isinstance(known, dict):
            self.cache.deserialize(text)
        else:
            self._tell("sign-in-kept-unreadable")

    def _tell(self, code: str, fault: Exception | None = None) -> None:
        detail = type(fault).__name__ if fault else ""
        self._show(problem(code, value=str(self._path), detail=detail).message)


class _Plain:
    """A file that only its owner may read. Always whole: another run may read it while this one writes."""

    is_encrypted = False

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> str:
        return self._path.read_text("utf-8")

    def save(self, content: str) -> None:
        handle, name = tempfile.mkstemp(dir=self._path.parent)  # made so that nobody else may read it
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(content)
            Path(name).replace(self._path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
