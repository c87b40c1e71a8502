"""Secrets that can't be shown by accident."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from importer.core.catalogue import problem
from importer.core.catalogue.sign_in import FILE_REASONS
from importer.core.model import ExitCode, Stop

if TYPE_CHECKING:
    from pathlib import Path


SECRET_FILE_LIMIT = 4096
"""Bytes of a file that is taken for a secret: Entra ID's secrets have 40 characters, a wrong file is larger."""


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
        text = self._read().rstrip("\r\n")
        return text or self._unusable("empty")

    def _read(self) -> str:
        try:
            with self.path.open("rb") as file:
                return file.read(SECRET_FILE_LIMIT).decode("utf-8-sig")
        except FileNotFoundError:
            self._unusable("missing")
        except IsADirectoryError:
            self._unusable("not-a-file")
        except UnicodeDecodeError:
            self._unusable("not-text")
        except PermissionError:  # on Windows a folder is one too
            self._unusable("forbidden")
        except OSError as error:
            self._unusable("failed", detail=error.strerror or "")

    def _unusable(self, reason: str, *, detail: str = "") -> NoReturn:
        facts = {"name": self.setting, "reason": FILE_REASONS[reason]}
        raise Stop(
            problem("secret-file-unreadable", value=str(self.path), detail=detail, **facts), ExitCode.USAGE
        ) from None
