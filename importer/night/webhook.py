"""A notification posted to a webhook."""

from __future__ import annotations

import json
import ssl
from typing import TYPE_CHECKING, Any

from importer.core.model import Stop
from importer.core.wording import encodable
from importer.graph.http import ProxyDenied, causes, httpx, open_client
from importer.night.delivery import Undelivered, undelivered

if TYPE_CHECKING:
    from importer.night.address import Webhook

_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers that may be others a moment later."""
_JSON = {"Content-Type": "application/json"}
_GONE = frozenset({401, 403, 404, 410})
"""What a webhook answers that was deleted, or whose key was changed."""


def post(address: Webhook, message: dict[str, Any], *, trust: ssl.SSLContext, seconds: float) -> Undelivered | None:
    """Posts the message; gives None when it was taken. No redirect is followed: the address is the secret.

    The answer's body is not read. Proxies are obeyed (HTTPS_PROXY, NO_PROXY), except for this very computer.
    """
    body = encodable(json.dumps(message, ensure_ascii=False)).encode()
    try:
        with (
            open_client(address.reveal(), tls=trust, timeout=seconds) as client,
            client.stream("POST", address.reveal(), content=body, headers=_JSON) as response,
        ):
            return _judged(response.status_code)
    except Stop as stop:  # a setting about proxies
        return Undelivered(stop.problem.message)
    except ProxyDenied as denied:
        return undelivered("proxy", status=denied.args[0])
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        return _unreached(error)
    except httpx.TimeoutException:
        return undelivered("late", seconds=seconds)
    except httpx.RequestError:
        return undelivered("broken")


def _judged(status: int) -> Undelivered | None:
    if 200 <= status < 300:  # noqa: PLR2004 - RFC 9110 section 15.3
        return None
    if status in _GONE:
        return undelivered("gone", status=f"HTTP {status}")
    return undelivered("refused", status=f"HTTP {status}", again=status in _PASSING)


def _unreached(error: BaseException) -> Undelivered:
    """Looks for a certificate that is not trusted among the causes; nothing of the error's own words is repeated."""
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes(error)):
        return undelivered("untrusted")
    return undelivered("unreachable", again=True)
