"""Server models times designs, in virtual time: share of the allowed rate used, share of requests refused.

    python tests/benchmarks/pacing.py [--workers 16] [--seeds 3] [WORD ...]

Each cell: rows done as a share of what the server allows in the same time (its burst included) / requests refused /
requests refused after the first ten seconds, all in percent. Words choose the models whose names hold one of them.
Below: what the order of rows does where each organizer has a limit, and what more workers do, in seconds for all rows.
"""

# ruff: noqa: T201 - a benchmark prints
from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[2]))

from importer.core.run import spread
from importer.graph.pacing import Limits
from tests.graph.pacing.designs import Learned, NoPacing, SharedPause
from tests.graph.pacing.models import ODD, USUAL, Model, organizers
from tests.graph.pacing.servers import Bucket, EachUser, NoLimit, Server, Window
from tests.graph.pacing.simulation import Design, Setting, efficiency, simulate, thrashing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DESIGNS: dict[str, Callable[[int], Design]] = {
    "each waits alone": lambda _workers: NoPacing(),
    "all pause together": lambda _workers: SharedPause(),
    "learned rate": lambda workers: Learned(Limits(workers=workers)),
}


def cell(model: Model, design: Callable[[int], Design], *, workers: int, seeds: int) -> str:
    """Return one cell of the table, the mean over the seeds."""
    used, refused, late = [], [], []
    for seed in range(seeds):
        setting = Setting(organizers=organizers(model.rows), workers=workers, header=model.header, seed=seed)
        tally = simulate(design(workers), model.make(), setting)
        used.append(efficiency(tally, model.make()))
        refused.append(tally.refused_share)
        late.append(tally.refused_late)
    return f"{100 * mean(used):6.1f} / {100 * mean(refused):5.2f} / {100 * mean(late):5.2f}"


def took(design: Design, server: Server, rows: list[str], workers: int) -> str:
    """Return the seconds until all rows are done."""
    return f"{simulate(design, server, Setting(organizers=rows, workers=workers)).seconds:.0f}"


def orders() -> Iterator[list[str]]:
    """Return lines of a table: 2,000 rows of 50 organizers who may send 4 a second each, and 20 a second together."""
    grouped = [f"user{row // 40}" for row in range(2000)]
    shuffled = random.Random(1).sample(grouped, len(grouped))
    yield ["order of rows", *DESIGNS]
    for name, rows in (("grouped", grouped), ("spread", spread(grouped, str)), ("shuffled", shuffled)):
        servers = (EachUser(lambda: Window(4, 1), Window(600, 30)) for _ in DESIGNS)
        yield [
            name,
            *(took(make(16), server, rows, 16) for make, server in zip(DESIGNS.values(), servers, strict=True)),
        ]


def crowds() -> Iterator[list[str]]:
    """Return lines of a table: 2,000 rows, more and more workers, and a service that breaks down under load."""
    yield ["workers, bucket 50/s", *DESIGNS]
    for workers in (8, 16, 32, 64, 128):
        cells = (took(make(workers), Bucket(50, 50), organizers(2000), workers) for make in DESIGNS.values())
        yield [str(workers), *cells]
    yield ["workers, breaks down beyond 16", *DESIGNS]
    for workers in (8, 16, 32, 64, 128):
        setting = Setting(organizers=organizers(2000), workers=workers, latency=thrashing(0.05, beyond=16))
        yield [
            str(workers),
            *(f"{simulate(make(workers), NoLimit(), setting).seconds:.0f}" for make in DESIGNS.values()),
        ]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("word", nargs="*")
    given = parser.parse_args()
    print(f"{'server model':48}" + "".join(f"{name:>26}" for name in DESIGNS))
    for model in (*USUAL, *ODD):
        if not given.word or any(word in model.name for word in given.word):
            cells = (cell(model, make, workers=given.workers, seeds=given.seeds) for make in DESIGNS.values())
            print(f"{model.name:48}" + "".join(f"{text:>26}" for text in cells), flush=True)
    for line in (*orders(), *crowds()):
        print(f"{line[0]:48}" + "".join(f"{text:>26}" for text in line[1:]))


if __name__ == "__main__":
    main()
