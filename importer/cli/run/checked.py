"""What the rules found in a sheet the last time, for the next time that they see the same.

Theory of operation. Loading what checks a roster takes longer than checking one of usual size, and most nights a roster
says what it said the night before. Of each sheet it is kept what the rules saw, as a digest that stands for all of it,
and what they found. It is in the state folder, beside what is kept of copies, and is forgotten with it. Another build
of the program may find other things, whatever its version is called: so its files are part of what must be the same.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from importer import __version__, core
from importer.ledger.opening import state_folder
from importer.ledger.store import problems_to_text, to_problems
from importer.paths import resolved
from importer.tables.save import save

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.cli.config.settings import Settings
    from importer.core.model import Problem


FOLDER = "checked"
"""The state folder's folder for what was found in sheets."""


CODE = Path(core.__path__[0])
"""Where it is decided what is wrong with a row."""


@cache
def build_of(code: Path) -> str:
    """Return what another build of the program has otherwise: its version, and its files' sizes and times.

    Raise OSError where they can't be looked at.
    """
    looks = sorted((path.name, (look := path.stat()).st_size, look.st_mtime_ns) for path in code.rglob("*.py"))
    return f"{__version__} {blake2b(repr(looks).encode(), digest_size=8).hexdigest()}"


@dataclass(frozen=True, slots=True)
class SheetFindings:
    """What was found in one sheet of a file. `folder` is where it is kept."""

    folder: Path
    source: Path
    sheet: str

    def recall(self, seen: str) -> Mapping[int, Sequence[Problem]] | None:
        """Return what was found where the same was seen the last time; None where it was not, or can't be read."""
        try:
            kept = json.loads(self._record.read_bytes())
            if (kept["program"], kept["seen"]) != (build_of(CODE), seen):
                return None
            return {int(number): list(to_problems(found)) for number, found in kept["found"].items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None

    def keep(self, seen: str, found: Mapping[int, Sequence[Problem]]) -> None:
        """Keep what was found, for the next time."""
        said = {number: problems_to_text(problems) for number, problems in found.items()}
        with suppress(OSError):  # then it is found once more
            record = {"source": self._name, "program": build_of(CODE), "seen": seen, "found": said}
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            save(self._record, json.dumps(record).encode())

    @property
    def _name(self) -> str:
        return os.path.normcase(resolved(self.source))

    @property
    def _record(self) -> Path:
        of_both = f"{self._name}\0{self.sheet}".encode("utf-8", "surrogatepass")
        return self.folder / f"{blake2b(of_both, digest_size=16).hexdigest()}.json"


def findings_of(settings: Settings, source: Path, sheet: str) -> SheetFindings:
    """Return what this call's state folder has of a sheet."""
    return SheetFindings((settings.state_dir or state_folder()) / FOLDER, source, sheet)
