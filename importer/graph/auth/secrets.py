"""Secrets that can't be shown by accident, and the files that they come in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from importer.core.catalogue import problem
from importer.core.catalogue.sign_in import FILE_REASONS
from importer.core.model import ExitCode, Stop

if TYPE_CHECKING:
    from pathlib import Path


SECRET_FILE_LIMIT = 4096
"""Bytes of a file that is taken for a secret: Entra ID's secrets have 40 characters, a wrong file is larger."""

ASSERTION_LIMIT = 65_536
"""The same for a federated token, a JWT of some thousand characters."""


class Secret:
    """A secret text: printed, formatted and logged it is three dots; only `reveal` gives it away."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """Return the secret itself."""
        return self.__text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __str__(self) -> str:
        return "…"

    def __format__(self, specification: str) -> str:
        return format(str(self), specification)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.__text == other.__text

    def __hash__(self) -> int:
        return hash((Secret, self.__text))

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written down")


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A file that holds a secret; read anew each time, so that a secret changed in mid-run is found.

    `setting` is the name of the setting that names the file.
    """

    path: Path
    setting: str

    def reveal(self) -> str:
        """Return the secret without the line break that editors put at its end.

        Raise Stop (`secret-file-unreadable`, exit 2).
        """
        return _text_of(self.path, SECRET_FILE_LIMIT, "secret-file-unreadable", self.setting).rstrip("\r\n")


@dataclass(frozen=True, slots=True)
class AssertionFile:
    """A file that a cluster or a runner keeps a federated token in; read anew each time, because it is replaced.

    `setting` is the name of the setting that names the file.
    """

    path: Path
    setting: str

    def reveal(self) -> str:
        """Return the token. Raise Stop (`federated-file-unreadable`, exit 2)."""
        text = _text_of(self.path, ASSERTION_LIMIT, "federated-file-unreadable", self.setting).strip()
        if not is_jwt(text):
            raise _unusable(self.path, "federated-file-unreadable", self.setting, "no-token")
        return text


def is_jwt(text: str) -> bool:
    """Return whether a text has the form of a signed token: three parts of base64url (RFC 7515 section 3.1)."""
    return re.fullmatch(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){2}", text) is not None


def _text_of(path: Path, most: int, code: str, setting: str) -> str:
    """Return what stands in the file, which is not blank. Raise Stop (`code`)."""
    reason, detail = "", ""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
        text = data.decode("utf-8-sig")
    except FileNotFoundError:
        reason = "missing"
    except IsADirectoryError:
        reason = "not-a-file"
    except UnicodeDecodeError:
        reason = "not-text"
    except PermissionError:  # on Windows a folder is one too
        reason = "not-a-file" if path.is_dir() else "forbidden"
    except OSError as error:
        reason, detail = "failed", error.strerror or ""
    else:
        reason = "too-large" if len(data) > most else "" if text.strip() else "empty"
        if not reason:
            return text
    raise _unusable(path, code, setting, reason, detail=detail)


def _unusable(path: Path, code: str, setting: str, reason: str, *, detail: str = "") -> Stop:
    facts = {"name": setting, "reason": FILE_REASONS[reason]}
    return Stop(problem(code, value=str(path), detail=detail, **facts), ExitCode.USAGE)
