"""Which settings are in force, and where each of them came from. Names of environment variables, never their values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.wording import closest
from importer.doctor.finding import Finding, fine, trouble
from importer.graph.auth.authority import AUTHORITY_HOST
from importer.graph.auth.credentials import (
    CERTIFICATE,
    CERTIFICATE_CHAIN,
    CERTIFICATE_PASSWORD,
    CLIENT,
    SECRET,
    SECRET_FILE,
    TENANT,
    TOKEN,
)
from importer.graph.tls import CA_FILE, CA_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

_SIGN_IN = (TENANT, CLIENT, SECRET, SECRET_FILE, CERTIFICATE, CERTIFICATE_PASSWORD, CERTIFICATE_CHAIN, TOKEN)
_NETWORK = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
LOOKED_AT = (
    *_SIGN_IN,
    AUTHORITY_HOST,
    CA_FILE,
    CA_FOLDER,
    *(spelling for name in _NETWORK for spelling in (name, name.lower())),
)
"""The environment variables that decide about sign-in and network; the options' own come on top."""


@dataclass(frozen=True, slots=True)
class Source:
    """An option that is not as by default: its value as text, empty for a switch, and where it came from."""

    name: str
    value: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """Where the settings came from.

    `files` are the settings files that were read, each with why, `file_name` is what one would be called. `options` are
    the environment variables that the options know, which all begin with `prefix`; `environment` is the environment.
    """

    files: Sequence[tuple[Path, str]]
    file_name: str
    prefix: str
    options: frozenset[str]
    environment: Mapping[str, str]
    sources: Sequence[Source]


def judge_configuration(configured: Configured) -> Iterator[Finding]:
    """Gives a line each for the settings file, the environment and the options, and a warning for names unknown."""
    if not configured.files:
        yield fine("configuration", "config-none", name=configured.file_name)
    for path, why in configured.files:
        yield fine("configuration", "config-file", path=path, why=why)
    given = [name for name, value in configured.environment.items() if value.strip()]
    known = {*LOOKED_AT, *configured.options}
    yield _environment(sorted(known.intersection(given)))
    yield _options(configured.sources)
    for name in sorted(given):
        if name.startswith(configured.prefix) and name not in known:
            yield trouble("configuration", problem("setting-unknown", value=name, hint=closest(name, known)))


def _environment(names: Sequence[str]) -> Finding:
    if not names:
        return fine("configuration", "environment-none")
    return fine("configuration", "environment", names=", ".join(names))


def _options(sources: Iterable[Source]) -> Finding:
    texts = [" ".join(filter(None, (each.name, _shown(each.value), f"({each.place})"))) for each in sources]
    if not texts:
        return fine("configuration", "settings-none")
    return fine("configuration", "settings", settings=", ".join(texts))


def _shown(value: str) -> str:
    """Gives the value without what stands before the @ of an address: it may be a password."""
    return re.sub(r"//[^/\s]*@", "//", value)
