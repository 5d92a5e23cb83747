"""Takes raw rows, golden and a finding; gives the finding's numbers worked out by hand, in steps.

Plain loops over the rows, without states, tree or distances: a second way to the same numbers.
"""

from karat.explanation.by_hand import Evidence, explained, rests_on
from karat.explanation.worked import Compared, Worked

__all__ = ["Compared", "Evidence", "Worked", "explained", "rests_on"]
