"""What the sandbox refuses, as Graph does.

An error has a status, a code and a message, each as documented or seen; where Graph's words are not known, the message
is plainly the sandbox's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class GraphError(Exception):
    """Ends the handling of one request with an error answer.

    `code` and `message` go into the envelope of learn.microsoft.com/graph/errors; both may be empty. `headers` are
    sent beside the usual ones.
    """

    def __init__(self, status: int, code: str, message: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.headers = headers or {}
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Trace:
    """What names one request in the logs of both sides. `date` has no zone, as in Graph's own answers."""

    request_id: str
    client_request_id: str
    date: str


def envelope(error: GraphError, trace: Trace) -> dict[str, object]:
    """Return the body of an error answer."""
    inner = {
        "date": trace.date,
        "request-id": trace.request_id,
        "client-request-id": trace.client_request_id,
    }
    return {"error": {"code": error.code, "message": error.message, "innerError": inner}}


def bad_request(message: str) -> GraphError:
    """400 for a request that can't be understood."""
    return GraphError(400, "BadRequest", message)


def failed() -> GraphError:
    """500 for an attendee without a UPN (microsoft-graph-docs/issues/9483)."""
    return GraphError(500, "InternalServerError", "Internal Server Error")


def no_token() -> GraphError:
    """401 for a request without a bearer token."""
    return GraphError(401, "InvalidAuthenticationToken", "Access token is empty.")


def bad_token() -> GraphError:
    """401 for a token that is expired or was never one."""
    return GraphError(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")


def app_on_me() -> GraphError:
    """400 for an app token on /me (learn.microsoft.com/answers/questions/551652)."""
    return bad_request("/me request is only valid with delegated authentication flow.")


def delegated_on_others(mine: str, asked: str) -> GraphError:
    """400 for a delegated token on /users/{somebody else} (learn.microsoft.com/answers/questions/1410496)."""
    return GraphError(
        400,
        "General",
        f"Organizer ID in token({mine}) does not match organizer ID in request url({asked}). "
        "With delegated permission only /me endpoint is supported.",
    )


def no_access_policy() -> GraphError:
    """403 for an organizer to whom no application access policy was granted for this app."""
    return GraphError(403, "Forbidden", "No application access policy found for this app.")


def upn_in_path() -> GraphError:
    """403, empty, for a UPN where an object ID belongs (learn.microsoft.com/answers/questions/2169311)."""
    return GraphError(403, "Forbidden")


def no_consent() -> GraphError:
    """403, empty, for meetings without a permission that was consented to (microsoft-graph-docs/issues/9226)."""
    return GraphError(403, "Forbidden")


def no_privilege() -> GraphError:
    """403 for the directory without a permission that was consented to."""
    return GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def unknown_organizer() -> GraphError:
    """404, empty, for an organizer that is not there or has no licence (msgraph-sdk-dotnet/issues/1215)."""
    return GraphError(404, "UnknownError")


def unknown_user(name: str) -> GraphError:
    """404 for a user that the directory does not have."""
    return GraphError(
        404,
        "Request_ResourceNotFound",
        f"Resource '{name}' does not exist or one of its queried reference-property objects are not present.",
    )


def unknown_meeting() -> GraphError:
    """404 for a meeting that this user does not have (learn.microsoft.com/answers/questions/2084475)."""
    return GraphError(404, "NotFound", "3004: Specified meeting is not found")


def bad_meeting_id(name: str) -> GraphError:
    """400 for something in the path that is not the ID of a meeting."""
    return bad_request(f"Invalid meeting id {name}.")


def unknown_segment(segment: str) -> GraphError:
    """400 for an address that Graph does not have (learn.microsoft.com/answers/questions/1351438)."""
    return bad_request(f"Resource not found for the segment '{segment}'.")


def wrong_method() -> GraphError:
    """405 for a method that the address does not take."""
    return GraphError(405, "MethodNotAllowed", "An error has occurred.")


def too_many_clauses(count: int, most: int) -> GraphError:
    """400 for an `in` filter with more values than the directory takes."""
    return GraphError(
        400,
        "Request_UnsupportedQuery",
        "Too many child clauses specified in search filter expression containing 'OR' operators: "
        f"{count}. Max allowed: {most}",
    )


def search_without_header() -> GraphError:
    """400 for a search without the header that the directory wants (learn.microsoft.com/graph/aad-advanced-queries)."""
    return GraphError(
        400,
        "Request_UnsupportedQuery",
        "Request with $search query parameter only works through MSGraph with a special request header: "
        "'ConsistencyLevel: eventual'",
    )


def bad_search(text: str) -> GraphError:
    """400 for a search that is no property and text in quotation marks."""
    return bad_request(f"Syntax error: the search '{text}' is not of the form \"property:text\".")


def bad_filter(position: int, text: str) -> GraphError:
    """400 for a filter that can't be parsed, an apostrophe that was not doubled for one."""
    return bad_request(f"Invalid filter clause: Syntax error at position {position} in '{text}'.")
