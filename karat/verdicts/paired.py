"""The paired family: a census of our top of book against golden quotes of the same interval."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

from karat.contracts import PairedRule, Role
from karat.states.census_state import CensusState, Offender
from karat.verdicts.ruling import Ruling, Told
from karat.verdicts.verdict import Number, Outcome

LASTING = 2
"""Mismatches in a row that make a run worth telling of."""
NO_CAPTURE = "there is no golden capture of this interval"


def judge_paired(rule: PairedRule, role: Role, census: CensusState | None) -> Ruling:
    """Return what is decided of a census; None stands for no golden capture of the interval.

    FAIL when either side is suspect more often than allowed; else INCONCLUSIVE when too little
    was compared; else PASS. Without a compared delta no share is known: INCONCLUSIVE.
    """
    if census is None:
        return Ruling("paired", role, "census", Outcome.INCONCLUSIVE, lambda: (NO_CAPTURE, {}))
    return Ruling("paired", role, "census", _outcome(rule, census), partial(_told, rule, census))


def _outcome(rule: PairedRule, census: CensusState) -> Outcome:
    compared = census.compared
    if any(_too_many(suspects, allowed, compared) for suspects, allowed, _ in _sides(rule, census)):
        return Outcome.FAIL
    if compared < rule.min_compared or compared < Fraction(rule.min_coverage) * census.deltas:
        return Outcome.INCONCLUSIVE
    return Outcome.PASS


def _sides(rule: PairedRule, census: CensusState) -> tuple[tuple[int, str, str], ...]:
    return (
        (census.rebuild_suspect, rule.rebuild_suspect, "rebuild"),
        (census.golden_suspect, rule.golden_suspect, "golden"),
    )


def _too_many(suspects: int, allowed: str, compared: int) -> bool:
    return suspects > Fraction(allowed) * compared


def _told(rule: PairedRule, census: CensusState) -> Told:
    return _reason(rule, census, _outcome(rule, census)), _numbers(rule, census)


def _reason(rule: PairedRule, census: CensusState, outcome: Outcome) -> str:
    compared, deltas = census.compared, census.deltas
    if outcome is Outcome.FAIL:
        suspects, allowed, side = next(
            one for one in _sides(rule, census) if _too_many(*one[:2], compared)
        )
        share = f"{suspects:,} of {compared:,} quotes differ, {side} suspect"
        told = _first(rule, census, side) + _longest(rule, census)
        return f"{share} (allowed share {allowed}){told}"
    if outcome is Outcome.INCONCLUSIVE and compared < rule.min_compared:
        return f"{compared:,} deltas compared, {rule.min_compared:,} needed"
    if outcome is Outcome.INCONCLUSIVE:
        share = f"{compared:,} of {deltas:,} deltas compared"
        return f"{share}, a share of {rule.min_coverage} needed"
    reason = f"{census.all_equal:,} of {compared:,} quotes equal golden"
    if census.golden_suspect:
        reason += f"; golden suspect in {census.golden_suspect:,}{_first(rule, census, 'golden')}"
    return reason


def _first(rule: PairedRule, census: CensusState, side: str) -> str:
    """Tell the first mismatch of which `side` is suspect, if it was kept."""
    for offender in census.offenders:
        if offender.suspect == side:
            return f", first at update id {offender.update_id}: {_differing(rule, offender)[0]}"
    return ""


def _longest(rule: PairedRule, census: CensusState) -> str:
    """Tell where the longest run of mismatches begins, and every field that differs there."""
    first, length = census.longest_first, census.longest_run
    if first is None or length < LASTING:
        return ""
    where = f"; the longest run of mismatches is {length:,}, from update id {first.update_id}"
    return f"{where}: {'; '.join(_differing(rule, first))}"


def _differing(rule: PairedRule, offender: Offender) -> list[str]:
    fields = zip(rule.fields, offender.candidate, offender.golden, strict=True)
    return [f"{name} {ours}, golden {theirs}" for name, ours, theirs in fields if ours != theirs]


def _numbers(rule: PairedRule, census: CensusState) -> dict[str, Number]:
    compared = census.compared
    numbers: dict[str, Number] = {
        "deltas": census.deltas,
        "compared": compared,
        "coverage": _share(compared, census.deltas),
        "min_compared": rule.min_compared,
        "min_coverage": rule.min_coverage,
        "all_equal": census.all_equal,
        "rebuild_suspect": census.rebuild_suspect,
        "rebuild_suspect_allowed": rule.rebuild_suspect,
        "golden_suspect": census.golden_suspect,
        "golden_suspect_allowed": rule.golden_suspect,
        "longest_mismatch_run": census.longest_run,
        "golden_rows": census.golden_rows,
        "golden_used": _share(census.golden_used, census.golden_rows),
    }
    matches = zip(rule.fields, census.equal, strict=True)
    numbers |= {f"match {name}": _share(equal, compared) for name, equal in matches}
    if census.offenders:
        numbers["first_update_id"] = census.offenders[0].update_id
    if census.longest_first:
        numbers["longest_mismatch_from"] = census.longest_first.update_id
    return numbers


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0
