"""Takes scores of trained agents; gives what moved them, data or code, and when to stop asking."""

from karat.feedback.attribution import Attribution, Effect, attribute
from karat.feedback.factorial import Factorial
from karat.feedback.score_files import read_factorial, read_pairs
from karat.feedback.stopping import Race, race

__all__ = [
    "Attribution",
    "Effect",
    "Factorial",
    "Race",
    "attribute",
    "race",
    "read_factorial",
    "read_pairs",
]
