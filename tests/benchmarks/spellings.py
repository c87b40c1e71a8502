"""How many of so many spellings of times are read right, and how many refused; one that is read otherwise is shown.

    python -m tests.benchmarks.spellings 100000 [SEED]

Exit code 1 where any is read otherwise. A small part runs in the suite (tests/core/test_times.py).
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from random import Random

from tests.core.spelled import WRITERS


def main(count: int, seed: int) -> int:
    """Print the counts by writer. Return 1 where something was read otherwise than it was meant."""
    rng = Random(seed)
    counts: Counter[tuple[str, str]] = Counter()
    wrong = 0
    begun = time.perf_counter()
    for number in range(count):
        writer = WRITERS[number % len(WRITERS)]
        spelled = writer(rng)
        verdict = spelled.verdict()
        kind = verdict if verdict in {"right", "refused"} else "wrong"
        counts[writer.__name__, kind] += 1
        if kind == "wrong":
            wrong += 1
            sys.stdout.write(
                f"{spelled.cells!r} (order {spelled.order}) means {spelled.start} {spelled.end}: {verdict}\n"
            )
    for (writer_name, kind), found in sorted(counts.items()):
        sys.stdout.write(f"{writer_name:12} {kind:8} {found:>7}\n")
    sys.stdout.write(f"{count} in {time.perf_counter() - begun:.0f} s, seed {seed}: {wrong} read otherwise\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, int(sys.argv[2]) if len(sys.argv) > 2 else 1))
