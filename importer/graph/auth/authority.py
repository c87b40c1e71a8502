"""The host that tokens are asked of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from importer.core.web import host_in, is_host
from importer.graph.auth.credentials import not_valid

if TYPE_CHECKING:
    from collections.abc import Mapping

AUTHORITY_HOST = "AZURE_AUTHORITY_HOST"


def authority_from(environment: Mapping[str, str], default: str) -> str:
    """Gives the sign-in service's address, e.g. `https://login.microsoftonline.com`.

    `AZURE_AUTHORITY_HOST` goes before `default`, which is the cloud's own; a bare host name is taken for https.
    Raises Stop (`sign-in-setting-not-valid`, exit 2) for anything else than an https host: secrets go there.
    """
    text = environment.get(AUTHORITY_HOST, "").strip().strip("\"'").strip() or default
    parts = urlsplit(text if "://" in text else f"https://{text}")
    plain = re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?", parts.netloc)
    known = plain and is_host(host_in(f"https://{parts.netloc}") or "")
    if parts.scheme != "https" or not known or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise not_valid(AUTHORITY_HOST, "host")
    return f"https://{parts.netloc}"
