"""Takes written expectations; gives checked rules and the statistics they need."""

from karat.contracts.load import load_contract, parse_contract
from karat.contracts.measure import Measure, chosen, distance_measures, measures, select
from karat.contracts.model import FAMILIES, Contract, Family, PairedRule, Role

__all__ = [
    "FAMILIES",
    "Contract",
    "Family",
    "Measure",
    "PairedRule",
    "Role",
    "chosen",
    "distance_measures",
    "load_contract",
    "measures",
    "parse_contract",
    "select",
]
