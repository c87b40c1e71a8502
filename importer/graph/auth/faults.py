"""What the sign-in service and the way to it can answer, and which problem of the catalogue each of it is.

One table, by the number that Entra ID puts behind AADSTS; where there is none, by OAuth's own error word.

    WireFault                 the way: no answer, or none from a sign-in service
        NO_ANSWER             network down, name unknown, timed out             -> stop, exit 7, tried again
        OVERLOADED            429 or 5xx                                        -> stop, exit 7, tried again
        NOT_TRUSTED           the certificate of the other side                 -> stop, exit 5
        PROXY...              a proxy said no: log in first, or not this address -> stop, exit 5
        PROXY_DOWN            a proxy in trouble                                -> stop, exit 7, tried again
        STRANGE               not an answer of a sign-in service                -> stop, exit 5
        REFUSED               the tenant's own page said no                     -> the table
    an answer with `error`    the service refused                               -> the table
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Problem, Stop
from importer.core.wording import scrub_strange, scrubber

if TYPE_CHECKING:
    from collections.abc import Mapping

DETAIL_SHOWN = 600
"""Characters of the service's own words that are kept: its longest sentences have about 500."""

CODES: Mapping[int, str] = {
    7000215: "sign-in-secret-wrong",
    7000216: "sign-in-secret-wrong",  # neither secret nor assertion arrived
    7000222: "sign-in-secret-expired",
    1000502: "sign-in-certificate-expired",
    7000214: "sign-in-certificate-revoked",
    50013: "sign-in-certificate-refused",  # the assertion is not one of this app's
    500133: "sign-in-clock-wrong",
    50011: "sign-in-redirect-missing",
    500113: "sign-in-redirect-missing",
    900971: "sign-in-redirect-missing",
    9002325: "sign-in-redirect-missing",
    9002326: "sign-in-redirect-missing",  # it is registered for pages in the browser only
    9002327: "sign-in-redirect-missing",
    54005: "sign-in-browser-stale",
    70008: "sign-in-browser-stale",
    530032: "sign-in-code-blocked",
    530036: "sign-in-code-blocked",
    53011: "sign-in-risky",
    500021: "sign-in-tenant-restricted",
    5000211: "sign-in-tenant-restricted",
    5000224: "sign-in-tenant-unavailable",
    900144: "sign-in-request-damaged",
    9002331: "sign-in-app-for-personal",
    700024: "sign-in-clock-wrong",  # the assertion is outside its time
    700027: "sign-in-certificate-refused",
    700030: "sign-in-certificate-refused",
    50012: "sign-in-certificate-refused",
    5002738: "sign-in-certificate-refused",
    700016: "sign-in-app-unknown",
    700011: "sign-in-app-unknown",
    7000229: "sign-in-app-unknown",  # no service principal in this tenant
    7000112: "sign-in-app-disabled",
    7000110: "sign-in-app-disabled",
    90002: "sign-in-tenant-unknown",
    900023: "sign-in-tenant-unknown",
    90043: "sign-in-tenant-unknown",
    50059: "sign-in-tenant-needed",
    9001023: "sign-in-tenant-needed",
    50194: "sign-in-tenant-needed",  # a single-tenant app was asked for under /common
    90038: "sign-in-wrong-cloud",
    900382: "sign-in-wrong-cloud",
    900381: "sign-in-wrong-cloud",
    900383: "sign-in-wrong-cloud",
    90051: "sign-in-wrong-cloud",
    65001: "sign-in-consent-missing",
    90094: "sign-in-consent-missing",
    90093: "sign-in-consent-missing",
    650052: "sign-in-consent-missing",
    650056: "sign-in-consent-missing",
    650057: "sign-in-consent-missing",
    7000218: "sign-in-public-client-off",
    700025: "sign-in-public-client",
    53000: "sign-in-blocked-by-policy",
    53001: "sign-in-blocked-by-policy",
    53002: "sign-in-blocked-by-policy",
    53003: "sign-in-blocked-by-policy",
    53004: "sign-in-blocked-by-policy",
    530034: "sign-in-blocked-by-policy",
    530035: "sign-in-blocked-by-policy",
    50005: "sign-in-blocked-by-policy",
    50072: "sign-in-blocked-by-policy",
    50074: "sign-in-blocked-by-policy",
    50076: "sign-in-blocked-by-policy",
    50079: "sign-in-blocked-by-policy",
    50158: "sign-in-blocked-by-policy",
    50020: "sign-in-account-refused",
    50034: "sign-in-account-refused",
    50053: "sign-in-account-refused",
    50055: "sign-in-account-refused",
    50057: "sign-in-account-refused",
    50105: "sign-in-account-refused",
    50126: "sign-in-account-refused",
    70011: "sign-in-scope-refused",
    28002: "sign-in-scope-refused",
    28003: "sign-in-scope-refused",
    500011: "sign-in-scope-refused",
    500014: "sign-in-scope-refused",
    70018: "sign-in-code-expired",
    70019: "sign-in-code-expired",
    70020: "sign-in-code-expired",
    65004: "sign-in-declined",
    90006: "sign-in-busy",
    90024: "sign-in-busy",
    90033: "sign-in-busy",
    90055: "sign-in-busy",
    50196: "sign-in-busy",  # too many equal requests of this program in a row
}
"""AADSTS numbers. Source: https://learn.microsoft.com/entra/identity-platform/reference-error-codes"""

FEDERATED_CODES: Mapping[int, str] = {
    50166: "federation-issuer-down",
    501661: "federation-issuer-down",
    90061: "federation-issuer-down",
    70021: "federation-unmatched",
    700211: "federation-issuer-unknown",
    700212: "federation-audience-unknown",
    700213: "federation-subject-unknown",
    7002131: "federation-subject-unknown",  # no expression of a flexible credential fits it
    7002137: "federation-subject-unknown",
    7002138: "federation-subject-unknown",  # it fits but for capital letters
    700024: "federated-token-expired",
    700222: "federated-token-of-entra",
    700226: "federated-token-of-entra",
    50013: "federated-token-refused",
    50012: "federated-token-refused",
    700027: "federated-token-refused",
    5002738: "federated-token-refused",
    7000214: "federated-token-refused",
}
"""What numbers mean where the app showed a federated token. The same ones mean something else with a certificate.

Source: https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
"""

ERROR_WORDS: Mapping[str, str] = {
    "authorization_declined": "sign-in-declined",
    "access_denied": "sign-in-declined",
    "expired_token": "sign-in-code-expired",
    "consent_required": "sign-in-consent-missing",
    "temporarily_unavailable": "sign-in-busy",
    "server_error": "sign-in-busy",
    "slow_down": "sign-in-busy",
}
"""OAuth's words for answers without a number. Source: RFC 6749 section 5.2, RFC 8628 section 3.5."""


class WireFaultKind(Enum):
    """What can happen on the way to the service."""

    NO_ANSWER = auto()
    OVERLOADED = auto()
    NOT_TRUSTED = auto()
    PROXY = auto()
    PROXY_FOREIGN = auto()
    PROXY_BLOCKS = auto()
    PROXY_DOWN = auto()
    STRANGE = auto()
    NOT_READY = auto()
    REFUSED = auto()


class WireFault(Exception):  # noqa: N818 - it is a fault of the way, and never reaches a user as it is
    """No usable answer. Neither an OSError nor a ValueError: MSAL catches those and forgets what they said."""

    def __init__(
        self,
        kind: WireFaultKind,
        detail: str,
        *,
        retry_after: float | None = None,
        answer: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.retry_after = retry_after
        self.answer = answer or {}


class Busy(Stop):
    """A Stop that may pass by itself. `retry_after` is in seconds, None where the service did not say."""

    def __init__(self, problem: Problem, *, retry_after: float | None = None) -> None:
        super().__init__(problem, ExitCode.STOPPED)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who was asked, and with what: the facts of the sentences, and the secrets to keep out of them."""

    host: str
    graph: str = ""
    setting: str = ""
    hint: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    meanings: Mapping[int, str] = field(default_factory=dict)
    """What numbers mean that mean something else elsewhere."""
    said: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(("issuer", "subject", "audience"), ""))
    """What a federated token says of itself."""


_PASSING = {
    WireFaultKind.NO_ANSWER: "sign-in-unreachable",
    WireFaultKind.PROXY_DOWN: "proxy-down",
    WireFaultKind.NOT_READY: "managed-identity-refused",
}
_FINAL = {
    WireFaultKind.NOT_TRUSTED: "sign-in-not-trusted",
    WireFaultKind.PROXY: "sign-in-proxy-refused",
    WireFaultKind.PROXY_FOREIGN: "proxy-log-in-foreign",
    WireFaultKind.PROXY_BLOCKS: "proxy-blocks",
    WireFaultKind.STRANGE: "sign-in-answer-strange",
}


def from_wire(fault: WireFault, asked: Asked) -> Stop:
    """Return the Stop for what happened on the way to the service."""
    if fault.kind is WireFaultKind.REFUSED:
        return from_answer(fault.answer, asked)
    if fault.kind is WireFaultKind.OVERLOADED:
        detail = "; ".join([fault.detail, *([_detail(fault.answer)] if fault.answer else [])])
        return Busy(_problem("sign-in-busy", detail, asked), retry_after=fault.retry_after)
    if fault.kind in _PASSING:
        return Busy(_problem(_PASSING[fault.kind], fault.detail, asked))
    return Stop(_problem(_FINAL[fault.kind], fault.detail, asked), ExitCode.REFUSED)


def from_answer(answer: Mapping[str, Any], asked: Asked) -> Stop:
    """Return the Stop for an answer that refuses; `detail` holds the number and the IDs to search the logs with."""
    code = _code(answer, asked.meanings)
    found = _problem(code, _detail(answer), asked)
    return Busy(found) if code in _MAY_PASS else Stop(found, ExitCode.REFUSED)


def _problem(code: str, detail: str, asked: Asked) -> Problem:
    detail = scrub_strange(scrubber(*asked.secrets)(detail))
    facts = {"name": asked.setting, "hint": asked.hint, "graph": asked.graph, **asked.said}
    return problem(code, value=asked.host, detail=detail, **facts)


_MAY_PASS = frozenset({"sign-in-busy", "federation-issuer-down"})


def _code(answer: Mapping[str, Any], meanings: Mapping[int, str]) -> str:
    table = {**CODES, **meanings}
    known = [table[number] for number in _numbers(answer) if number in table]
    return known[0] if known else ERROR_WORDS.get(str(answer.get("error")), "sign-in-refused")


def _numbers(answer: Mapping[str, Any]) -> list[int]:
    """Return the AADSTS numbers: as listed, else as they stand in the words."""
    listed = answer.get("error_codes")
    numbers = [number for number in listed if isinstance(number, int)] if isinstance(listed, list) else []
    return numbers or [int(found) for found in re.findall(r"AADSTS(\d{4,9})", _words(answer))]


def _words(answer: Mapping[str, Any]) -> str:
    return " ".join(str(answer.get("error_description") or "").split())


def _detail(answer: Mapping[str, Any]) -> str:
    """Return the service's words on one line, and the IDs that its words leave out."""
    words = _words(answer)
    parts = [str(answer.get("error") or "no error word"), words[:DETAIL_SHOWN]]
    parts += [f"AADSTS{number}" for number in _numbers(answer) if str(number) not in words]
    for name, key in (("Correlation ID", "correlation_id"), ("Trace ID", "trace_id"), ("suberror", "suberror")):
        value = str(answer.get(key) or "")
        if value and value not in words[:DETAIL_SHOWN]:
            parts.append(f"{name}: {value}")
    return "; ".join(part for part in parts if part)
