"""The picture of a day's stretches, where one of them counts more than the day as a whole."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from karat.distances import Distance
from karat.golden import Yardstick
from karat.report import stretches_plot

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def stretch_picture(
    one: Yardstick, state: Any, whole: Distance, q: Fraction | None
) -> Figure | None:
    """Return the stretches of a day, drawn; None where the day as a whole is as far, or usual.

    `state` is that of `one.by_chunk()`, `whole` the day's own distance, `q` what the score is held
    against, None for too few calibration days.
    """
    cut = one.chunks
    found = one.profile(state)
    if cut is None or cut.usual is None or found is None:
        return None
    if cut.ratio(found.distance) <= max(whole.lower / one.scale, Fraction(1)):
        return None
    starts, far = cut.chunks(one.rule, one.golden, state)
    return stretches_plot(
        starts,
        [float(each) for each in far],
        name=one.rule.name,
        width_ns=cut.width_ns,
        usual=float(cut.usual),
        most=None if q is None else float(cut.usual + q * cut.spread),
    )
