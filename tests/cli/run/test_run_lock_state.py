"""Whose meetings they are, and where that is put down: a trial must never get among what is real."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from importer.cli.config.settings import Settings
from importer.cli.run.run_lock import ledger_path, tenant_scope

FOLDER = Path("state")


def token(**claims: str) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.c2ln"


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (Settings(state_dir=FOLDER), "ledger.sqlite3"),
        (Settings(state_dir=FOLDER, graph_url="https://graph.example/v1.0"), "ledger.sqlite3"),
        (Settings(state_dir=FOLDER, graph_url="http://["), "ledger.sqlite3"),
        (Settings(state_dir=FOLDER, sandbox=True), "ledger-sandbox.sqlite3"),
        (Settings(state_dir=FOLDER, graph_url="http://127.0.0.1:8765/v1.0"), "ledger-sandbox.sqlite3"),
        (Settings(state_dir=FOLDER, graph_url="http://localhost:8765"), "ledger-sandbox.sqlite3"),
    ],
)
def test_trials_have_a_ledger_of_their_own(settings: Settings, name: str) -> None:
    assert ledger_path(settings) == FOLDER / name


def test_the_tenant_is_the_tokens_else_the_settings_else_unknown() -> None:
    environment = {"AZURE_TENANT_ID": " Contoso.onmicrosoft.com "}

    assert tenant_scope(Settings(), environment).tenant == "contoso.onmicrosoft.com"
    assert tenant_scope(Settings(), {**environment, "MEETING_IMPORTER_ACCESS_TOKEN": token(tid="T1")}).tenant == "t1"
    assert tenant_scope(Settings(), {**environment, "MEETING_IMPORTER_ACCESS_TOKEN": "opaque"}).tenant != "t1"
    assert tenant_scope(Settings(), {}).tenant == ""


def test_other_clouds_addresses_and_sandboxes_are_other_realms(tmp_path: Path) -> None:
    realms = {
        tenant_scope(settings, {})
        for settings in (
            Settings(),
            Settings(cloud="usgov-l4"),
            Settings(graph_url="http://127.0.0.1:1"),
            Settings(sandbox=True),
            Settings(sandbox=True, sandbox_file=tmp_path / "a"),
            Settings(sandbox=True, sandbox_file=tmp_path / "b"),
        )
    }

    assert len(realms) == 6
