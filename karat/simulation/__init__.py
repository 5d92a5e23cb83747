"""Takes instruments, dates and a seed; gives days of raw messages and golden quotes, and faults.

A deterministic exchange writes the raw format of a real capture and, from its own book, the
quotes and trades it is proved against. `lost_deltas`, `side_flip` and `stale_book` spoil a day;
where they did so goes into a sealed file. `corrected` restates a day that tells the same book.
`simulated_days` are rebuilt in memory, and `catalogue` spoils rebuilt days: trials of verdicts.
"""

from karat.simulation.days import Day, simulate
from karat.simulation.faults import Faulted, lost_deltas, side_flip, stale_book
from karat.simulation.files import write
from karat.simulation.regime import MARKET, PLAIN, Regime
from karat.simulation.restatement import corrected
from karat.simulation.sealed import Place, seal, unseal
from karat.simulation.trial_days import TrialDay, simulated_days

__all__ = [
    "MARKET",
    "PLAIN",
    "Day",
    "Faulted",
    "Place",
    "Regime",
    "TrialDay",
    "corrected",
    "lost_deltas",
    "seal",
    "side_flip",
    "simulate",
    "simulated_days",
    "stale_book",
    "unseal",
    "write",
]
