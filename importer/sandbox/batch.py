"""POST /$batch: up to twenty requests in one, each answered for itself, in another order than asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from importer.sandbox import errors
from importer.sandbox.calls import Answer, Call, split

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_REQUESTS = 20
"""Requests in one batch; source: learn.microsoft.com/graph/json-batching."""

_FAILED_DEPENDENCY = 424


def answer(call: Call, respond: Callable[[Call], Answer]) -> Answer:
    """Answers each request through `respond`.

    The answers come in reverse, which the documentation allows, so that no client gets away with counting on the
    order. Raises GraphError for a batch that can't be read as a whole.
    """
    items = _items(call.json())
    statuses: dict[str, int] = {}
    answered: list[dict[str, Any]] = []
    for item in items:
        result = _one(call, item, statuses, respond)
        statuses[_id(item)] = result.status
        answered.append(_response(item, result))
    return Answer(200, {"responses": answered[::-1]})


def _items(body: dict[str, Any]) -> list[dict[str, Any]]:
    items = body.get("requests")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise errors.bad_request("The batch has no requests.")
    if len(items) > MOST_REQUESTS:
        raise errors.bad_request(f"The number of requests in the batch is over the maximum of {MOST_REQUESTS}.")
    ids = [_id(item) for item in items]
    if "" in ids or len(set(ids)) < len(ids):
        raise errors.bad_request("Every request in the batch needs an id of its own.")
    return items


def _id(item: dict[str, Any]) -> str:
    return str(item.get("id", "")).lower()


def _one(call: Call, item: dict[str, Any], statuses: dict[str, int], respond: Callable[[Call], Answer]) -> Answer:
    needed = [str(each).lower() for each in item.get("dependsOn") or ()]
    if any(statuses.get(each, 500) >= 400 for each in needed):  # noqa: PLR2004 - HTTP's line between yes and no
        return _failed(errors.GraphError(_FAILED_DEPENDENCY, "FailedDependency"))
    try:
        return respond(_call(call, item))
    except errors.GraphError as error:
        return _failed(error)


def _call(outer: Call, item: dict[str, Any]) -> Call:
    url, method, headers = item.get("url"), item.get("method"), item.get("headers") or {}
    if not isinstance(url, str) or not isinstance(method, str) or not isinstance(headers, dict):
        raise errors.bad_request("A request in the batch needs a method and a url.")
    target = "/" + url.removeprefix("/")
    segments, query = split(target)
    if "://" in url or segments[:1] == ("$batch",):
        raise errors.bad_request("The url of a request in the batch must be relative, and not a batch.")
    return Call(
        method=method.upper(),
        segments=segments,
        query=query,
        headers={"host": outer.headers.get("host", ""), **{str(k).lower(): str(v) for k, v in headers.items()}},
        body=json.dumps(item["body"]).encode() if "body" in item else b"",
        access=outer.access,
        target=target,
    )


def _failed(error: errors.GraphError) -> Answer:
    return Answer(error.status, {"error": {"code": error.code, "message": error.message}})


def _response(item: dict[str, Any], result: Answer) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", **result.headers}
    return {"id": str(item["id"]), "status": result.status, "headers": headers, "body": result.payload}
