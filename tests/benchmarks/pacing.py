"""Server models times designs, in virtual time: share of the allowed rate used, share of requests refused.

    python tests/benchmarks/pacing.py [--workers 16] [--seeds 3] [WORD ...]

Each cell: rows done as a share of what the server allows in the same time (its burst included) / requests refused /
requests refused after the first ten seconds, all in percent. Words choose the models whose names hold one of them.
"""

# ruff: noqa: T201 - a benchmark prints
from __future__ import annotations

import argparse
import sys
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[2]))

from importer.graph.pacing import Limits
from tests.pacing.designs import Learned, NoPacing, SharedPause
from tests.pacing.models import ODD, USUAL, Model, organizers
from tests.pacing.simulation import Design, Setting, efficiency, simulate

if TYPE_CHECKING:
    from collections.abc import Callable

DESIGNS: dict[str, Callable[[int], Design]] = {
    "each waits alone": lambda _workers: NoPacing(),
    "all pause together": lambda _workers: SharedPause(),
    "learned rate": lambda workers: Learned(Limits(workers=workers)),
}


def cell(model: Model, design: Callable[[int], Design], *, workers: int, seeds: int) -> str:
    """Gives one cell of the table, the mean over the seeds."""
    used, refused, late = [], [], []
    for seed in range(seeds):
        setting = Setting(organizers=organizers(model.rows), workers=workers, header=model.header, seed=seed)
        tally = simulate(design(workers), model.make(), setting)
        used.append(efficiency(tally, model.make()))
        refused.append(tally.refused_share)
        late.append(tally.refused_late)
    return f"{100 * mean(used):6.1f} / {100 * mean(refused):5.2f} / {100 * mean(late):5.2f}"


def main() -> None:
    """Prints the table."""
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


if __name__ == "__main__":
    main()
