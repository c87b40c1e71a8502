"""The claim that pacing exists for: as fast as the service allows, with hardly a request refused.

Figures are of whole runs, with what learning costs. All in virtual time.
"""

from __future__ import annotations

import pytest

from importer.graph.pacing import Limits
from tests.pacing.designs import Learned
from tests.pacing.models import USUAL, Model, organizers
from tests.pacing.simulation import Setting, efficiency, simulate

USED = 0.97
"""Of what the server allows."""
REFUSED = 0.01
"""Of the requests sent after the first ten seconds."""

SHORT_OF_IT = {
    "sliding {0} in 10 s, whole seconds": 0.94,
    "window {0} in 3 s, whole seconds": 0.93,
    "window {0} in 1 s, whole seconds": 0.91,
}
"""What is reached instead: each refusal there costs up to a second, because Retry-After is rounded up to one."""


def bound(model: Model) -> float:
    """Gives the share of the allowed rate that must be used on this model."""
    reached = {
        name.format(int(model.rate * length)): used for name, used in SHORT_OF_IT.items() for length in (1, 3, 10)
    }
    return reached.get(model.name, USED)


@pytest.mark.parametrize("model", USUAL, ids=str)
def test_uses_what_the_service_allows_and_is_hardly_refused(model: Model) -> None:
    setting = Setting(organizers=organizers(model.rows), header=model.header)
    tally = simulate(Learned(Limits()), model.make(), setting)

    assert sorted(row for _, row in tally.done) == list(range(model.rows))
    assert efficiency(tally, model.make()) >= bound(model)
    assert tally.refused_late <= REFUSED
