"""What is to be typed keeps its lines in `explain`: run together, nobody could copy it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.core.catalogue import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

    Command = Callable[..., Done]


@pytest.mark.parametrize("code", [code for code, entry in CATALOGUE.items() if "\n" in entry.fix])
def test_what_is_to_be_typed_stands_on_lines_of_its_own(code: str, command: Command) -> None:
    typed = CATALOGUE[code].fix.splitlines()[1:]

    assert command("explain", code).out.splitlines()[-len(typed) :] == [f"    {line}" for line in typed]
