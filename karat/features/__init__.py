"""Takes published book events; gives steps of episodes that an agent can learn from."""

from karat.features.decisions import Observed, observe_market
from karat.features.known_again import cut_behind, known_market
from karat.features.market_steps import rl_steps, step_table

__all__ = [
    "Observed",
    "cut_behind",
    "known_market",
    "observe_market",
    "rl_steps",
    "step_table",
]
