"""Sign-in costs nothing until it is wanted: `--help` and `--sandbox` runs must not wait for MSAL to load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from importer.core.catalogue import CATALOGUE
from importer.core.catalogue.sign_in import SIGN_IN
from importer.graph.auth import kept_file
from importer.graph.auth.faults import CODES, ERROR_WORDS

HEAVY = {"msal", "msal_extensions", "httpx", "requests", "cryptography", "jwt", "platformdirs"}


def test_importing_it_loads_nothing_heavy() -> None:
    code = "import sys, importer.graph.auth; print(*sorted(name.partition('.')[0] for name in sys.modules))"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert HEAVY & set(loaded.stdout.split()) == set()


def test_every_refusal_has_its_words() -> None:
    assert {*CODES.values(), *ERROR_WORDS.values()} <= {entry.code for entry in SIGN_IN} <= CATALOGUE.keys()


def test_codes_are_given_out_once() -> None:
    codes = [entry.code for entry in SIGN_IN]

    assert len(codes) == len(set(codes))


def test_a_sign_in_is_kept_under_the_programs_own_name() -> None:
    assert "meeting-importer" in (kept_file() or Path()).parts
