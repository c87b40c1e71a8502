"""What it takes to read a sheet the same way again, put down with each run for `recover`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from importer.cli.inputs import result_path
from importer.cli.settings import Settings
from importer.places.paths import full

if TYPE_CHECKING:
    from collections.abc import Mapping

_AS_THEY_ARE = ("sheet", "header_row", "delimiter", "date_order", "delegated")


def replay_of(settings: Settings, source: Path) -> str:
    """Gives the settings that the reading of `source` and the copy depend on, and where its copy belongs."""
    kept: dict[str, Any] = {name: getattr(settings, name) for name in _AS_THEY_ARE}
    kept["timezone"] = None if settings.timezone is None else settings.timezone.key
    kept["columns"] = dict(settings.columns)
    kept["add_column"] = settings.add_column
    kept["result"] = full(result_path(source, settings))
    return json.dumps(kept)


def settings_of(replay: Mapping[str, Any]) -> Settings:
    """Gives those settings back."""
    zone = replay.get("timezone")
    return Settings(
        **{name: replay[name] for name in _AS_THEY_ARE if name in replay},
        timezone=ZoneInfo(zone) if zone else None,
        columns={key: tuple(names) for key, names in replay.get("columns", {}).items()},
        add_column=tuple(replay.get("add_column", ())),
        result=Path(replay["result"]),
    )
