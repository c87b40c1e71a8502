"""A tenant or an app that can't be one is told before anybody is asked: Entra ID's own answers are hard to read."""

from __future__ import annotations

import pytest

from importer.core.model import ExitCode, Stop
from importer.graph.auth import ManagedIdentity, SignIn, SignInByPerson, credentials_from
from tests.graph.auth.authority import CLIENT, SECRET, TENANT

APP = {"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT, "AZURE_CLIENT_SECRET": SECRET}
NAMED = {"AZURE_TENANT_ID": "a tenant ID", "AZURE_CLIENT_ID": "the Application (client) ID"}


@pytest.mark.parametrize("sign_in", [SignIn.APP, SignIn.PERSON])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AZURE_TENANT_ID", "fabrikam"),
        ("AZURE_TENANT_ID", "Fabrikam Ltd."),
        ("AZURE_TENANT_ID", "contoso..com"),
        ("AZURE_TENANT_ID", TENANT[:-1]),
        ("AZURE_CLIENT_ID", "Meeting importer"),
        ("AZURE_CLIENT_ID", CLIENT[:-1]),
        ("AZURE_CLIENT_ID", CLIENT.replace("-", "")),
        ("AZURE_CLIENT_ID", "contoso.com"),
    ],
)
def test_what_cant_be_right_is_named_and_not_repeated(name: str, value: str, sign_in: SignIn) -> None:
    with pytest.raises(Stop) as caught:
        credentials_from(APP | {name: value}, sign_in)

    found = caught.value
    assert (found.problem.code, found.exit_code) == ("sign-in-setting-not-valid", ExitCode.USAGE)
    assert found.problem.message.startswith(f"{name} must be {NAMED[name]}")
    assert value not in found.problem.message.removeprefix(name)


@pytest.mark.parametrize("tenant", [TENANT, TENANT.upper(), "contoso.onmicrosoft.com", "contoso.com", "a-b.example"])
def test_a_tenant_is_an_id_or_a_domain(tenant: str) -> None:
    expected = SignInByPerson(tenant=tenant, client_id=CLIENT)

    assert credentials_from(APP | {"AZURE_TENANT_ID": tenant}, SignIn.PERSON) == expected


def test_a_machines_own_identity_needs_no_id_and_another_a_whole_one() -> None:
    assert credentials_from({}, SignIn.MACHINE) == ManagedIdentity("")
    with pytest.raises(Stop):
        credentials_from({"AZURE_CLIENT_ID": "night-identity"}, SignIn.MACHINE)
