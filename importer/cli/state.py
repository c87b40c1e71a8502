"""Which ledger a call uses, and whose meetings it puts down there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.cli.trial import is_trial
from importer.core.memory import Realm
from importer.graph.auth import claims_of
from importer.graph.auth.credentials import TENANT, TOKEN
from importer.ledger import REAL, TRIALS, ThisRun, open_ledger, state_folder
from importer.places.paths import resolved

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from importer.cli.settings import Settings
    from importer.core.ports import Ledger


def realm_of(settings: Settings, environment: Mapping[str, str]) -> Realm:
    """Gives whose meetings they are, as far as it is known without asking anybody.

    The tenant is the one that a ready token names, else AZURE_TENANT_ID, else unknown (empty).
    """
    if settings.sandbox:
        return Realm("sandbox", str(resolved(settings.sandbox_file)) if settings.sandbox_file else "")
    tenant = str(claims_of(environment.get(TOKEN, "")).get("tid", "")) or environment.get(TENANT, "")
    return Realm(tenant.strip().casefold(), settings.graph_url or settings.cloud)


def ledger_of(settings: Settings, environment: Mapping[str, str], run_id: str, now: datetime) -> Ledger:
    """Gives the ledger of this call. A dry run leaves no trace in it."""
    realm = realm_of(settings, environment)
    run = ThisRun(
        run_id=run_id,
        command="run",
        inputs=settings.files,
        target=" ".join(filter(None, (realm.tenant, realm.service))),
        started=now,
    )
    ledger = open_ledger(ledger_path(settings), run)
    if not settings.dry_run:
        ledger.start()
    return ledger


def ledger_path(settings: Settings) -> Path:
    """Gives where the ledger is: for trials one of their own."""
    return folder_of(settings) / (TRIALS if is_trial(settings) else REAL)


def folder_of(settings: Settings) -> Path:
    """Gives the state folder."""
    return settings.state_dir or state_folder()
