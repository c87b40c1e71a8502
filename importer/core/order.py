"""The order in which rows are sent: each organizer's rows spread evenly over the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

T = TypeVar("T")


def spread(items: Iterable[T], key: Callable[[T], Hashable]) -> list[T]:
    """Gives all `items` in an order that spaces those of equal `key` evenly.

    A limit for each organizer then slows nobody else down: sorted rosters meet it one organizer at a time, evenly
    spread ones stay below it. Items of one key keep their order; where all keys differ, or all are equal, nothing
    moves. The same items always come in the same order. Takes O(n log n).

    Groups of the same size take turns, which spaces each of them perfectly; every size is laid over the run from its
    beginning to its end, and the sizes are merged.
    """
    groups: dict[Hashable, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    peers: dict[int, list[list[T]]] = {}
    for group in groups.values():
        peers.setdefault(len(group), []).append(group)
    placed = [
        ((turn * len(sharing) + place + 0.5) / (size * len(sharing)), item)
        for size, sharing in peers.items()
        for place, group in enumerate(sharing)
        for turn, item in enumerate(group)
    ]
    placed.sort(key=lambda entry: entry[0])
    return [item for _, item in placed]
