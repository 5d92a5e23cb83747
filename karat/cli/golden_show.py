"""`karat golden show`: what a golden manifest says."""

from __future__ import annotations

from karat.cli import golden_table
from karat.cli.golden_find import CURRENT, Which, found
from karat.cli.options import AsJson, ContractFile, Home, LakeUrl
from karat.cli.output import answer
from karat.cli.teaching import teaching
from karat.cli.workplace import workplace

NAME = "show"
EPILOG = teaching("karat golden show", "karat golden show 3f0c1b9a7d42 --json")


def command(
    golden: Which = CURRENT,
    *,
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show the days, scales and quantiles of a golden manifest; of the one in force by default."""
    place = workplace(lake, contract, home)
    body = golden_table.plain(found(place, golden), place.contract)
    answer(body, lambda console: golden_table.draw(console, body), as_json=as_json)
