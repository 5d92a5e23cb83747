"""Takes written expectations; gives checked rules and the statistics they need."""

from karat.contracts.condition import Condition
from karat.contracts.distance_rules import CELL_KINDS, CUT, BlockRule, DistanceRule, UnpairedRule
from karat.contracts.episodes_rule import EpisodesRule, StepRule
from karat.contracts.load import load_contract, parse_contract
from karat.contracts.measure import Measure, chosen, measures, observed, select
from karat.contracts.model import Contract, PairedRule
from karat.contracts.row_rules import COPIES, BookRule, CopiesRule, InvariantRule, OrderRule
from karat.contracts.runs_rule import NOBODY, RunsRule
from karat.contracts.source_rule import VENUES, SourceRule
from karat.contracts.timetable import due, is_due
from karat.contracts.trades_rule import TradesRule
from karat.contracts.values import FAMILIES, Family, Role

__all__ = [
    "CELL_KINDS",
    "COPIES",
    "CUT",
    "FAMILIES",
    "NOBODY",
    "VENUES",
    "BlockRule",
    "BookRule",
    "Condition",
    "Contract",
    "CopiesRule",
    "DistanceRule",
    "EpisodesRule",
    "Family",
    "InvariantRule",
    "Measure",
    "OrderRule",
    "PairedRule",
    "Role",
    "RunsRule",
    "SourceRule",
    "StepRule",
    "TradesRule",
    "UnpairedRule",
    "chosen",
    "due",
    "is_due",
    "load_contract",
    "measures",
    "observed",
    "parse_contract",
    "select",
]
