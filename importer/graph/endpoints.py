"""Where Graph is: the national clouds, which addresses a token may be sent to, and the paths of a person's meetings.

Source: https://learn.microsoft.com/graph/deployments
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urlsplit

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.core.web import host_in, is_host

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Cloud:
    """One cloud: the roots of Graph and of sign-in (no slash at the end), and the scope that app tokens ask for."""

    name: str
    graph_root: str
    login_host: str
    scope: str
    has_meetings: bool = True


def _cloud(name: str, graph: str, login: str, *, has_meetings: bool = True) -> Cloud:
    return Cloud(name, f"https://{graph}", f"https://{login}", f"https://{graph}/.default", has_meetings)


CLOUDS: Mapping[str, Cloud] = MappingProxyType(
    {
        cloud.name: cloud
        for cloud in (
            _cloud("global", "graph.microsoft.com", "login.microsoftonline.com"),
            _cloud("usgov-l4", "graph.microsoft.us", "login.microsoftonline.us"),
            _cloud("usgov-l5", "dod-graph.microsoft.us", "login.microsoftonline.us"),
            # The metadata of this cloud (v1.0-Mooncake.csdl) has no onlineMeeting at all.
            _cloud(
                "china",
                "microsoftgraph.chinacloudapi.cn",
                "login.partner.microsoftonline.cn",
                has_meetings=False,
            ),
        )
    }
)


def find_cloud(name: str) -> Cloud:
    """Return the cloud of this name.

    Raise Stop with exit code 2 for a name that is not known (`cloud-unknown`), and for a cloud that can't make
    online meetings (`cloud-has-no-meetings`): to choose another cloud is to change the settings.
    """
    cloud = CLOUDS.get(name.strip().lower())
    if cloud is None:
        known = ", ".join(each.name for each in CLOUDS.values() if each.has_meetings)
        raise Stop(problem("cloud-unknown", value=name, known=known), ExitCode.USAGE)
    if not cloud.has_meetings:
        raise Stop(problem("cloud-has-no-meetings", value=cloud.name), ExitCode.USAGE)
    return cloud


def cloud_at(url: str | None, named: str) -> str:
    """Return the name of the cloud whose Graph is at an address; the one that was `named` where that is nobody's."""
    host = "" if url is None else (host_in(url) or "").lower()
    return next((each.name for each in CLOUDS.values() if host == host_in(each.graph_root)), named)


def check_target(url: str) -> str:
    """Return `url` as a Graph root without the slash and the version at its end.

    Raise Stop (`address-not-safe`, exit code 2) unless it is https, or http to this very computer: everything
    sent there carries the token. Names are not resolved: only `localhost` and literal loopback addresses count.
    """
    try:
        parts = urlsplit(url.strip())
        safe = _is_safe(parts)
    except ValueError:  # a port that is no number, a bracket that is not closed
        safe = False
    if not safe:
        raise Stop(problem("address-not-safe", value=_without_password(url)), ExitCode.USAGE)
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/").removesuffix("/v1.0").rstrip("/")


def is_loopback(url: str) -> bool:
    """Return whether `url` points at this very computer, without asking the network."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _is_safe(parts: SplitResult) -> bool:
    host = host_in(parts.geturl())
    plain = not (parts.query or parts.fragment or "@" in parts.netloc) and parts.port != 0
    plain = plain and host is not None and is_host(host)
    match parts.scheme:
        case "https":
            return plain and bool(parts.hostname)
        case "http":
            return plain and is_loopback(parts.geturl())
        case _:
            return False


def _without_password(url: str) -> str:
    scheme, slashes, rest = url.rpartition("://")
    return f"{scheme}{slashes}{rest.rpartition('@')[2]}"


@lru_cache(maxsize=1024)
def create_or_get_path(organizer_id: str | None) -> str:
    """Return where one is made or found; without an organizer, the signed-in person's.

    Source: https://learn.microsoft.com/graph/api/onlinemeeting-createorget
    """
    return f"{_meetings(organizer_id)}/createOrGet"


def meeting_path(organizer_id: str | None, graph_id: str) -> str:
    """Return where one is read and changed. IDs can hold `=`, `/` and `+`: they are Base64.

    Source: https://learn.microsoft.com/graph/api/onlinemeeting-update
    """
    return f"{_meetings(organizer_id)}/{quote(graph_id, safe='')}"


def _meetings(organizer_id: str | None) -> str:
    return f"{_person(organizer_id)}/onlineMeetings"


def events_path(organizer: str | None, event_id: str = "") -> str:
    """Return where the events of somebody's calendar are, or one of them; without an organizer, the signed-in person's.

    Source: https://learn.microsoft.com/graph/api/user-post-events
    """
    events = f"{_person(organizer)}/events"
    return f"{events}/{quote(event_id, safe='')}" if event_id else events


def _person(name: str | None) -> str:
    return f"/users/{quote(name, safe='')}" if name else "/me"
