"""Looking for secrets in everything an exception could show."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from tests.graph.auth.authority import SECRETS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.core.model import Stop


def spilled(stop: Stop) -> list[str]:
    """Return the secrets that stand in the exception, its chain, its traceback or its problem: none, if all is well."""
    texts = [repr(stop.problem), *traceback.format_exception(stop)]
    texts += [f"{each!r} {each}" for each in _chain(stop)]
    return [secret for secret in SECRETS if any(secret in text for text in texts)]


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
