"""Which environment variables a scheduled run needs: their names, never their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.graph.auth.authority import AUTHORITY_HOST
from importer.graph.auth.credentials import (
    CERTIFICATE,
    CERTIFICATE_CHAIN,
    CERTIFICATE_PASSWORD,
    CLIENT,
    SECRET,
    SECRET_FILE,
    TENANT,
)
from importer.graph.tls import CA_FILE, CA_FOLDER
from importer.night.address import SMTP_PASSWORD, SMTP_USER
from importer.schedule import Variable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import click

    from importer.cli.settings import Settings

NETWORK = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "no_proxy", CA_FILE, CA_FOLDER)
"""What decides about the way out; where it is set here, the job needs it as well."""


def needed(settings: Settings, context: click.Context, environment: Mapping[str, str]) -> tuple[Variable, ...]:
    """Gives the variables: those of the sign-in, and everything that this call took from its own environment."""
    found = [*_sign_in(settings, environment), *_mail(settings, environment), *_options(context)]
    found += [Variable(name) for name in NETWORK if _set(environment, name)]
    return tuple({variable.name: variable for variable in found}.values())


def _sign_in(settings: Settings, environment: Mapping[str, str]) -> Iterator[Variable]:
    if settings.sandbox:
        return
    if settings.managed_identity:
        yield from _where_set(environment, CLIENT)
        return
    yield Variable(TENANT)
    yield Variable(CLIENT)
    if not settings.delegated:
        yield from _proof(environment)
    yield from _where_set(environment, AUTHORITY_HOST)


def _proof(environment: Mapping[str, str]) -> Iterator[Variable]:
    """Gives what is set here, and where nothing is, all there is to choose from, the best first."""
    for name in (SECRET, SECRET_FILE, CERTIFICATE):
        if _set(environment, name):
            yield Variable(name, secret=name == SECRET)
            if name == CERTIFICATE:
                yield from _where_set(environment, CERTIFICATE_PASSWORD, CERTIFICATE_CHAIN)
            return
    yield Variable(CERTIFICATE, instead=(SECRET_FILE, SECRET))


def _mail(settings: Settings, environment: Mapping[str, str]) -> Iterator[Variable]:
    if settings.notify_smtp:
        yield from _where_set(environment, SMTP_USER, SMTP_PASSWORD)


def _options(context: click.Context) -> Iterator[Variable]:
    for parameter in context.command.params:
        source = context.get_parameter_source(str(parameter.name))
        if source is not None and source.name == "ENVIRONMENT" and isinstance(parameter.envvar, str):
            yield Variable(parameter.envvar, secret=parameter.name == "notify_url")


def _where_set(environment: Mapping[str, str], *names: str) -> Iterator[Variable]:
    return (
        Variable(name, secret=name in {CERTIFICATE_PASSWORD, SMTP_PASSWORD})
        for name in names
        if _set(environment, name)
    )


def _set(environment: Mapping[str, str], name: str) -> bool:
    return bool(environment.get(name, "").strip())
