"""`karat breaker`: which breakers are open, why, and closing one by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from karat.cli.exits import Exit
from karat.cli.group import Commands
from karat.cli.incidents import telling
from karat.cli.options import AsJson, ContractFile, Home, LakeUrl
from karat.cli.output import answer, short
from karat.cli.teaching import flowing, teaching
from karat.cli.user import user_name
from karat.cli.workplace import Workplace, workplace

if TYPE_CHECKING:
    from karat.breaker import Breaker

COLOURS = {"closed": "green", "open": "bold red", "half-open": "yellow"}
STATUS = teaching(
    "karat breaker status",
    "karat breaker status --json",
    done="nothing is stopped: every breaker is closed, or what opened it is waived",
    fail="a breaker is open or half-open, and stops publication and training",
)
RESET = teaching("karat breaker reset binance-spot-btcusdt --reason 'vendor confirmed the outage'")
Instrument = Annotated[
    str, typer.Argument(metavar="INSTRUMENT", help="Such as binance-spot-btcusdt.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stays on record.")]
Who = Annotated[
    str | None, typer.Option("--who", help="Who answers for it. Default: the user's name.")
]


def status(
    *,
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show the breaker of every instrument of the dataset, and what opened it.

    One opens when as many contents as the contract says have a FAIL, and stops publication and
    training, not judging. It is half-open once a partition that was not judged before has a PASS:
    that one is published first, and when it reads again as it should, the breaker is closed.
    """
    place = workplace(lake, contract, home)
    rows = _rows(place)
    body = {"dataset": place.contract.dataset, "breakers": [_plain(*row) for row in rows]}
    code = Exit.FAIL if any(stops for _, stops in rows) else Exit.DONE
    answer(body, lambda console: _draw(console, rows), as_json=as_json, code=code)


def reset(
    instrument: Instrument,
    *,
    reason: Reason,
    who: Who = None,
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Close a breaker by hand, in your name and for a reason, signed with the key that signs here.

    What failed is not counted again and still has no PASS; another content that fails opens it
    again.
    """
    from karat.breaker import reset as close

    place = workplace(lake, contract, home)
    dataset, by = place.contract.dataset, who or user_name()
    state = close(place.lake, dataset, instrument, who=by, reason=reason)
    body = _plain(state, stops=False) | {"who": by, "reason": reason}

    def draw(console: Console) -> None:
        console.print(f"{instrument}  [green]closed[/] by {escape(by)}: {escape(reason)}")

    with telling(place):
        answer(body, draw, as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Add `karat breaker` and its commands to `app`."""
    group = typer.Typer(
        cls=Commands,
        no_args_is_help=True,
        rich_markup_mode="rich",
        help="Show what stops publication and training of an instrument, and close it by hand.",
    )
    group.command(help=flowing(status.__doc__), epilog=STATUS)(status)
    group.command(help=flowing(reset.__doc__), epilog=RESET)(reset)
    app.add_typer(group, name="breaker")


def _rows(place: Workplace) -> list[tuple[Breaker, bool]]:
    """Return the breaker of each instrument, and whether it stops anything now."""
    from karat.breaker import breaker_of, breakers, holds
    from karat.lake.layout import MAIN
    from karat.telemetry import now_s
    from karat.verdicts import Ledger
    from karat.verdicts.lineage import raw_partitions

    ledger, dataset = Ledger(place.lake), place.contract.dataset
    raw = raw_partitions(place.lake, place.lake.head(MAIN), source=place.contract.source)
    names = {one.instrument for one in raw} | {one.instrument for one in breakers(ledger, dataset)}
    found = [breaker_of(ledger, dataset, name) for name in sorted(names)]
    return [(one, holds(ledger, one, now_s())) for one in found]


def _plain(state: Breaker, stops: bool) -> dict[str, Any]:
    from karat.breaker import told

    return {
        "instrument": state.instrument,
        "state": str(state.phase),
        "stops": stops,
        "since_s": state.since_s or None,
        "failures": [
            {"partition": partition, "content": content, "verdict": verdict}
            for content, (partition, verdict) in state.failures.items()
        ],
        "passed": dict(state.passed),
        "claimed": dict(state.claim.lets) if state.claim else {},
        "damage": state.damage or None,
        "why": told(state) if stops else None,
    }


def _draw(console: Console, rows: list[tuple[Breaker, bool]]) -> None:
    from karat.breaker import moment, told

    for state, stops in rows:
        colour = COLOURS[state.phase]
        since = f" since {moment(state.since_s)}" if state.since_s else ""
        waived = "" if stops or not state.opened else "  [yellow]waived: it stops nothing[/]"
        console.print(f"{state.instrument}  [{colour}]{state.phase}[/]{since}{waived}")
        for content, (partition, _) in state.failures.items():
            console.print(f"  FAIL {partition} {short(content)}", soft_wrap=True)
        if stops:
            console.print(f"  [dim]{escape(told(state))}[/]", soft_wrap=True)
    if not rows:
        console.print("no instruments: ingest captures first")
