"""Takes a candidate and a golden as files or tables; gives how they differ, and what is unproved.

For a person with two files: no lake, no contract. The answer is never PASS.
"""

from karat.comparison.comparing import compare
from karat.comparison.key_census import Differing, KeyCensus
from karat.comparison.measuring import Atom, Column
from karat.comparison.result import Comparison

__all__ = ["Atom", "Column", "Comparison", "Differing", "KeyCensus", "compare"]
