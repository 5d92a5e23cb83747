"""Statistics that bring a distance of their own: what a package offers to contracts."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from karat.distances.distance import Distance
from karat.errors import InputError
from karat.states import Statistic
from karat.states.plugged import plugged

S = TypeVar("S")


class OwnDistance(Statistic[S], Protocol[S]):
    """A statistic of one column that says how far two of its states are apart.

    Register a class that is made with nothing, under the entry point `karat.statistics`; its name
    there is the `kind` of a contract's distances. Its golden is the merged state of golden days.
    """

    def distance(self, golden: S, state: S) -> Distance:
        """Return how far a candidate's `state` is from `golden`.

        `count` is the number of rows judged; `Distance.none()` for no rows on either side.
        """


def own_distance(kind: str) -> OwnDistance[Any]:
    """Return the statistic of this kind; `InputError` for none, or one without `distance`."""
    statistic = plugged(kind)
    if not callable(getattr(statistic, "distance", None)):
        raise InputError(
            f"statistic {kind!r} has no distance(golden, state), which the distances of a "
            "contract need"
        )
    own: OwnDistance[Any] = statistic  # type: ignore[assignment]
    return own


def distance_by(kind: str, golden: Any, state: Any) -> Distance:
    """Return the distance as the statistic `kind` tells it; `InputError` for anything else."""
    found = own_distance(kind).distance(golden, state)
    if not isinstance(found, Distance):
        told = type(found).__name__
        raise InputError(f"statistic {kind!r}: its distance is a {told}, no karat Distance")
    return found
