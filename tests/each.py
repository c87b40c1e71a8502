"""One test over many things: a test for each would cost more than what it looks at, and all that is wrong is listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Thing = TypeVar("Thing")


def each(things: Mapping[str, Thing]) -> Callable[[Callable[[Thing], None]], Callable[[], None]]:
    """Return what makes one test of a function, which is called with each thing and fails for all together."""

    def over(check: Callable[[Thing], None]) -> Callable[[], None]:
        def test() -> None:
            assert things
            wrong = []
            for name, thing in things.items():
                try:
                    check(thing)
                except AssertionError as error:
                    wrong.append(f"{name}: {error}")
            assert not wrong, "\n".join([f"{len(wrong)} of {len(things)}", *wrong])

        test.__name__, test.__doc__, test.__module__ = check.__name__, check.__doc__, check.__module__
        return test

    return over
