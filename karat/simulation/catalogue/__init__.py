"""Takes a day of book events, a severity and a seed; gives the day with one of twelve faults.

The faults act on whole messages of a rebuilt table, where the `faults` beside this package act
on a raw capture; the schema, and the columns a fault is not about, stay as they were. No rows
stay no rows, and severity 0 gives the table itself.
"""

from karat.simulation.catalogue.clocks import resampled
from karat.simulation.catalogue.copies import yesterday_copied
from karat.simulation.catalogue.faults import CATALOGUE, Fault, Spoil
from karat.simulation.catalogue.loss import dropped, dropped_renumbered, thinned
from karat.simulation.catalogue.order import shuffled, swapped
from karat.simulation.catalogue.prices import spiked, volatility_scaled
from karat.simulation.catalogue.sides import sides_flipped
from karat.simulation.catalogue.sizes import sizes_scaled
from karat.simulation.catalogue.staleness import book_frozen

__all__ = [
    "CATALOGUE",
    "Fault",
    "Spoil",
    "book_frozen",
    "dropped",
    "dropped_renumbered",
    "resampled",
    "shuffled",
    "sides_flipped",
    "sizes_scaled",
    "spiked",
    "swapped",
    "thinned",
    "volatility_scaled",
    "yesterday_copied",
]
