"""What each action would have been rewarded with: what policies are trained and judged by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from karat.contracts import Contract
from karat.dataset import Steps
from karat.errors import InputError


def payoffs(batch: Steps) -> NDArray[np.float64]:
    """Return them, (n, actions); InputError for steps that do not tell."""
    if batch.payoffs is None:
        raise InputError(
            "the contract's `episodes` name no `payoffs`: what each action would have been "
            "rewarded with is needed to train and to evaluate"
        )
    return batch.payoffs.astype(np.float64)


def payoff_unit(contract: Contract) -> str:
    """Return the unit of what is gained; "" where the contract tells none, or several."""
    rule = contract.episodes
    units = {contract.columns[name].unit for name in (rule.payoffs if rule else ())}
    return units.pop() or "" if len(units) == 1 else ""
