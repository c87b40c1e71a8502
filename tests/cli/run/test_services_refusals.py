"""Each way to sign in that is refused says so by a code of its own, and advises nothing that is another way's."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

import pytest
import trustme

from tests.cli.run.refusals import WAYS, Case, refused
from tests.each import each
from tests.graph.auth.authority import SECRETS

CA = trustme.CA()
BESIDE = {"AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_TENANT_ID", "AZURE_CLIENT_ID"}
"""Settings that may be named where they are not set."""


@pytest.mark.skipif(sys.platform == "win32", reason="some of the ways want a terminal with somebody at it")
@each({f"{way}: {case.refusal}": (way, case) for way, (_, _, cases) in WAYS.items() for case in cases})
def test_a_way_to_sign_in_that_is_refused_has_advice_of_its_own(one: tuple[str, Case]) -> None:
    way, case = one
    with tempfile.TemporaryDirectory() as folder:
        code, told, settings = refused(CA, way, case, Path(folder))

    assert (told["code"], code) == (case.code, case.exit_code)
    assert not [secret for secret in SECRETS if secret in str(told)]
    named = set(re.findall(r"(?:AZURE|MEETING_IMPORTER|ACTIONS)_\w+", told["message"]))
    assert case.code == "sign-in-not-set-up" or named <= settings | BESIDE
