"""The paired family on trades: ours against the golden ones with the same ids."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial

from karat.contracts import Role, TradesRule
from karat.states import TradeCensusState, TradeOffender
from karat.states.trade_census_state import TradeFault
from karat.verdicts.ruling import Ruling, Told
from karat.verdicts.verdict import Number, Outcome

NAME = "trades"
NOT_COMPARED = "trades were not compared: there is no golden capture of them"
Words = Callable[[TradesRule, TradeCensusState], str]
WORDS: dict[TradeFault, str] = {
    "rebuild_missing": "only golden has it",
    "rebuild_repeats": "ours has it more often than golden",
    "golden_missing": "golden lacks it",
    "golden_repeats": "golden has it more often than ours",
}


def judge_trades(rule: TradesRule, role: Role, census: TradeCensusState) -> Ruling:
    """Return what is decided of a census of trades.

    FAIL when more trades differ, or make a side suspect, than allowed; else INCONCLUSIVE when too
    few were compared, or too few of ours; else PASS. The reason names field and trade id.
    """
    return Ruling("paired", role, NAME, _outcome(rule, census), partial(_told, rule, census))


def without_trades(quotes: Ruling) -> Ruling:
    """Return what is decided of quotes where the rule on trades had nothing to judge."""

    def told() -> Told:
        reason, numbers = quotes.tell()
        return f"{reason}; {NOT_COMPARED}", numbers

    return quotes._replace(tell=told)


def _outcome(rule: TradesRule, census: TradeCensusState) -> Outcome:
    if any(_too_many(*one[:2], census) for one in _faults(rule, census)):
        return Outcome.FAIL
    few = census.compared < rule.min_compared
    if few or census.covered < Fraction(rule.min_coverage) * census.trades:
        return Outcome.INCONCLUSIVE
    return Outcome.PASS


def _faults(rule: TradesRule, census: TradeCensusState) -> tuple[tuple[int, str, Words], ...]:
    return (
        (census.rebuild_suspect, rule.rebuild_suspect, _lost),
        (census.differs, rule.differing, _changed),
        (census.golden_suspect, rule.golden_suspect, _golden),
    )


def _too_many(found: int, allowed: str, census: TradeCensusState) -> bool:
    return found > Fraction(allowed) * census.compared


def _told(rule: TradesRule, census: TradeCensusState) -> Told:
    return _reason(rule, census, _outcome(rule, census)), _numbers(rule, census)


def _reason(rule: TradesRule, census: TradeCensusState, outcome: Outcome) -> str:
    compared = census.compared
    if outcome is Outcome.FAIL:
        _, allowed, words = next(
            one for one in _faults(rule, census) if _too_many(*one[:2], census)
        )
        return f"{words(rule, census)} (allowed share {allowed})"
    if outcome is Outcome.INCONCLUSIVE and compared < rule.min_compared:
        return f"{compared:,} trades compared, {rule.min_compared:,} needed"
    if outcome is Outcome.INCONCLUSIVE:
        share = f"golden covers {census.covered:,} of {census.trades:,} trades"
        return f"{share}, a share of {rule.min_coverage} needed"
    reason = f"{census.equal:,} of {compared:,} trades equal golden"
    return f"{reason}; {_golden(rule, census)}" if census.golden_suspect else reason


def _golden(rule: TradesRule, census: TradeCensusState) -> str:
    share = f"{census.golden_suspect:,} of {census.compared:,} trades make golden suspect"
    return share + _first(rule, census, "golden_missing", "golden_repeats")


def _lost(rule: TradesRule, census: TradeCensusState) -> str:
    share = f"{census.rebuild_suspect:,} of {census.compared:,} trades make the rebuild suspect"
    return share + _first(rule, census, "rebuild_missing", "rebuild_repeats")


def _changed(rule: TradesRule, census: TradeCensusState) -> str:
    share = f"{census.differs:,} of {census.compared:,} trades differ"
    return share + _first(rule, census, "differs")


def _first(rule: TradesRule, census: TradeCensusState, *faults: TradeFault) -> str:
    """Tell the lowest id with one of these faults, if there is any."""
    found = [offender for offender in census.offenders if offender.fault in faults]
    if not found:
        return ""
    first = min(found, key=lambda offender: offender.trade_id)
    return f", first at trade id {first.trade_id}: {_how(rule, first)}"


def _how(rule: TradesRule, offender: TradeOffender) -> str:
    if offender.candidate is None or offender.golden is None:
        return WORDS[offender.fault]
    values = zip(rule.fields, offender.candidate, offender.golden, strict=True)
    told = [f"{name} {a}, golden {b}" for name, a, b in values if b is not None and a != b]
    return "; ".join(told)


def _numbers(rule: TradesRule, census: TradeCensusState) -> dict[str, Number]:
    numbers: dict[str, Number] = {
        "trades": census.trades,
        "golden_trades": census.golden_trades,
        "trades_compared": census.compared,
        "coverage": _share(census.covered, census.trades),
        "min_compared": rule.min_compared,
        "min_coverage": rule.min_coverage,
        "equal": census.equal,
        "differing": census.differs,
        "differing_allowed": rule.differing,
        "rebuild_missing": census.rebuild_missing,
        "rebuild_repeats": census.rebuild_repeats,
        "rebuild_suspect_allowed": rule.rebuild_suspect,
        "golden_missing": census.golden_missing,
        "golden_repeats": census.golden_repeats,
        "golden_suspect_allowed": rule.golden_suspect,
    }
    differing = zip(rule.fields, census.differing, strict=True)
    numbers |= {f"differ {name}": count for name, count in differing}
    if census.offenders:
        numbers["first_trade_id"] = min(offender.trade_id for offender in census.offenders)
    return numbers


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0
