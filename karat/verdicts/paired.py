"""The paired family: a census of our top of book against golden quotes of the same interval."""

from __future__ import annotations

from fractions import Fraction

from karat.contracts import PairedRule, Role
from karat.states.census_state import CensusState
from karat.verdicts.verdict import Finding, Number, Outcome


def judge_paired(rule: PairedRule, role: Role, census: CensusState | None) -> Finding:
    """Return the finding on a census; None stands for no golden capture of the interval.

    FAIL when either side is suspect more often than allowed; else INCONCLUSIVE when too little
    was compared; else PASS. Without a compared delta no share is known: INCONCLUSIVE.
    """
    if census is None:
        why = "there is no golden capture of this interval"
        return Finding("paired", role, "census", Outcome.INCONCLUSIVE, why, {})
    outcome, reason = _outcome(rule, census)
    return Finding("paired", role, "census", outcome, reason, _numbers(rule, census))


def _outcome(rule: PairedRule, census: CensusState) -> tuple[Outcome, str]:
    compared, deltas = census.compared, census.deltas
    for suspects, allowed, side in (
        (census.rebuild_suspect, rule.rebuild_suspect, "rebuild"),
        (census.golden_suspect, rule.golden_suspect, "golden"),
    ):
        if suspects > Fraction(allowed) * compared:
            share = f"{suspects:,} of {compared:,} quotes differ, {side} suspect"
            return Outcome.FAIL, f"{share} (allowed share {allowed}){_first(rule, census, side)}"
    if compared < rule.min_compared:
        return Outcome.INCONCLUSIVE, f"{compared:,} deltas compared, {rule.min_compared:,} needed"
    if compared < Fraction(rule.min_coverage) * deltas:
        share = f"{compared:,} of {deltas:,} deltas compared"
        return Outcome.INCONCLUSIVE, f"{share}, a share of {rule.min_coverage} needed"
    reason = f"{census.all_equal:,} of {compared:,} quotes equal golden"
    if census.golden_suspect:
        reason += f"; golden suspect in {census.golden_suspect:,}{_first(rule, census, 'golden')}"
    return Outcome.PASS, reason


def _first(rule: PairedRule, census: CensusState, side: str) -> str:
    """Tell the first mismatch of which `side` is suspect, if it was kept."""
    for offender in census.offenders:
        if offender.suspect == side:
            fields = zip(rule.fields, offender.candidate, offender.golden, strict=True)
            name, ours, theirs = next(f for f in fields if f[1] != f[2])
            return f", first at update id {offender.update_id}: {name} {ours}, golden {theirs}"
    return ""


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
    return numbers


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0
