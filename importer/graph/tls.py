"""Which certificate authorities are trusted, for Graph and sign-in alike."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.graph.http import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping

CA_FILE = "SSL_CERT_FILE"
CA_FOLDER = "SSL_CERT_DIR"


def trust(environ: Mapping[str, str] = os.environ) -> ssl.SSLContext:
    """Return a context that trusts what `SSL_CERT_FILE` or `SSL_CERT_DIR` name, else what this computer trusts.

    Where the computer's own store is empty (a slim image, a Python for macOS fresh from its installer) the list
    that ships with the HTTP library stands in. Costs some 10 ms: make one, and share it among all connections.
    Raise Stop (`ca-unreadable`, exit code 2) when a named file or folder can't be used.
    """
    for setting in (CA_FILE, CA_FOLDER):
        if environ.get(setting):
            return _named(setting, environ[setting])
    return or_shipped(ssl.create_default_context(), Path(ssl.get_default_verify_paths().openssl_capath))


def or_shipped(context: ssl.SSLContext, folder: Path) -> ssl.SSLContext:
    """Return `context`, or the shipped list where it trusts nobody.

    `folder` is where OpenSSL looks: what lies there is not counted in the context until it is needed.
    """
    trusts = context.cert_store_stats()["x509_ca"] > 0 or any(folder.glob("*.0"))
    return context if trusts else httpx.create_ssl_context(trust_env=False)


def _named(setting: str, place: str) -> ssl.SSLContext:
    """Return the context for authorities that an administrator has named, whatever RFC 5280 says of their form.

    Since 3.13 Python refuses certificates without an Authority Key Identifier, or whose Basic Constraints are not
    marked critical: those of many appliances that inspect traffic. Signatures, names and dates are still checked.
    Source: https://docs.python.org/3/library/ssl.html#ssl.create_default_context
    """
    try:
        if setting == CA_FILE:
            return _lenient(ssl.create_default_context(cafile=place))
        if any(Path(place).iterdir()):
            return _lenient(ssl.create_default_context(capath=place))
        reason = "the folder is empty"
    except OSError as error:  # ssl.SSLError is one: the file is there and is no certificate
        reason = str(error)
    raise Stop(problem("ca-unreadable", value=place, setting=setting, detail=reason), ExitCode.USAGE)


def _lenient(context: ssl.SSLContext) -> ssl.SSLContext:
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
