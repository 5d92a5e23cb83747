"""Verdicts as Dagster shows them: a sentence, and tables with the worst on top."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

from karat.assets.headline import headline
from karat.assets.partitions import key_of
from karat.assets.reports import report
from karat.contracts import Contract
from karat.digest import digest
from karat.flow import Validation, published_root
from karat.lake.layout import Partition
from karat.resources import Connection
from karat.resources.dagster_private import Result
from karat.verdicts import Finding, Outcome, against, worst

RANKS = (Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.FAIL)
ABSENT = "its newest raw capture is not rebuilt: materialize it first"
UNRULED = "the contract has no rules for it any more: load the definitions again"
GLANCE = "at a glance"
"""Dagster shows metadata by name: this comes first."""
FACTS = "facts"
"""Of what is shown beside findings: what belongs to their headline."""
TOGETHER, VERDICTS = "partitions", "digest of verdicts"
"""Of the root: a table of partitions, and what tells their verdicts from others of the same."""
PLOTTED = ("score", "q")
"""Numbers that Dagster draws over time by itself."""
Row = Mapping[str, str | int | float | bool | None]


def about_partition(
    contract: Contract,
    family: str,
    proof: Validation,
    partition: Partition,
    more: Mapping[str, Any] | None = None,
) -> Result:
    """Return what one family of rules found about a partition; `more` is shown beside it.

    What somebody waived, so that the gate admits it, warns: it is not passed, and blocks nothing.
    """
    verdict = proof.verdicts[partition]
    findings = [f for f in verdict.findings if f.family == family]
    # What decides comes first: a warning of a family that decides does not fail its check.
    findings.sort(key=lambda f: (f.role == "warn", -RANKS.index(f.outcome)))
    if not findings:
        return _unknown(partition, UNRULED)
    first = findings[0]
    found = dict(more or {})
    told = headline(findings) | found.pop(FACTS, {})
    metadata = {
        GLANCE: _glance({"partition": partition, **told, "commit": proof.commit}),
        "outcome": str(first.outcome),
        "reason": first.reason,
        **{name: told[name] for name in PLOTTED if name in told},
        "findings": _table(
            {"rule": f.name, "outcome": str(f.outcome), "why": f.reason} for f in findings
        ),
        "numbers": _table(_numbers(findings)),
        "threshold": dg.MetadataValue.json(contract.model_dump(mode="json")[family]),
        "verdict": verdict.key,
        "waiver": str(proof.waivers.get(partition, "none")),
        "where": f"{proof.ref} at commit {proof.commit}",
        "commit": proof.commit,
        **found,
    }
    if first.outcome is not Outcome.PASS:
        metadata["report"] = report(findings, told, proof, partition)
    text = f"{first.outcome}: {first.name}: {first.reason}"
    rank, decides = RANKS.index(first.outcome), first.role == "gate"
    if decides and rank and (waived := _waived(proof, partition)):
        text, decides = f"{text}; {waived}", False
    return Result(str(key_of(partition)), rank, text, metadata, decides=decides)


def not_rebuilt(partition: Partition) -> Result:
    """Return what is said of a partition that has nothing to judge; it is not passed."""
    return _unknown(partition, ABSENT)


def about_root(
    on: Connection, proofs: Sequence[Validation], absent: Sequence[Partition] = ()
) -> Result:
    """Return what all judged partitions are together, branch by branch; `absent` have no bytes."""
    judged = [
        (partition, verdict.outcome, "".join(verdict.failures[:1]))
        for proof in proofs
        for partition, verdict in proof.verdicts.items()
    ]
    judged += [(partition, Outcome.INCONCLUSIVE, ABSENT) for partition in absent]
    judged.sort(key=lambda found: -RANKS.index(found[1]))
    outcome = worst(found[1] for found in judged)
    counts = Counter(str(found[1]) for found in judged)
    facts: dict[str, object] = {
        f"partitions {name}": count for name, count in sorted(counts.items())
    }
    facts |= {"worst partition": judged[0][0]} if judged else {}
    facts |= {f"commit of {proof.ref}": proof.commit for proof in proofs}
    metadata = {
        GLANCE: _glance(facts),
        "outcome": str(outcome),
        TOGETHER: _table(
            {"partition": str(p), "outcome": str(found), "why": why} for p, found, why in judged
        ),
        VERDICTS: _verdicts(proofs, absent),
        "merged distances": _table(_merged(proofs)),
        "roots": _table(_roots(on, proofs)),
        "verdicts already known": sum(proof.cached for proof in proofs),
        "bytes read": sum(proof.bytes_read for proof in proofs),
        "columns read again": _table(_reread(proofs)),
    }
    text = f"{outcome}: {len(judged)} partitions together"
    return Result(None, RANKS.index(outcome), text, metadata)


def together_in(told: Mapping[str, Any]) -> set[Partition]:
    """Return the partitions that the metadata of a root speaks of."""
    rows = getattr(told.get(TOGETHER), "records", [])
    return {Partition.parse(str(row.data["partition"])) for row in rows}


def _verdicts(proofs: Sequence[Validation], absent: Sequence[Partition]) -> str:
    keys = {day: one.key for proof in proofs for day, one in proof.verdicts.items()}
    keys |= dict.fromkeys(absent, "")
    return digest("together/1", *(f"{day} {key}" for day, key in sorted(keys.items())))


def _waived(proof: Validation, partition: Partition) -> str:
    """Return who answers for a partition that the gate admits without a PASS; "" for nobody."""
    verdict, waiver = proof.verdicts[partition], proof.waivers.get(partition)
    return str(waiver) if waiver and not against(waiver, verdict) else ""


def _unknown(partition: Partition, why: str) -> Result:
    metadata = {"outcome": str(Outcome.INCONCLUSIVE), "reason": why}
    rank = RANKS.index(Outcome.INCONCLUSIVE)
    return Result(str(key_of(partition)), rank, f"{Outcome.INCONCLUSIVE}: {why}", metadata)


def _numbers(findings: Sequence[Finding]) -> Iterable[Row]:
    for finding in findings:
        for name, number in finding.numbers.items():
            yield {"rule": finding.name, "number": name, "value": str(number)}


def _merged(proofs: Sequence[Validation]) -> Iterable[Row]:
    for proof in proofs:
        for name, (low, high) in proof.merged.items():
            bounds = {"low": float(low), "high": float(high)}
            yield {
                "branch": proof.ref,
                "partitions": len(proof.verdicts),
                "distance": name,
                **bounds,
            }


def _reread(proofs: Sequence[Validation]) -> Iterable[Row]:
    """Yield the columns that were read once more, for all golden values to say."""
    for proof in proofs:
        for partition, columns in proof.reread.items():
            yield {"partition": str(partition), "columns": ", ".join(columns)}


def _roots(on: Connection, proofs: Sequence[Validation]) -> Iterable[Row]:
    for proof in proofs:
        whole = published_root(on.lake, on.contract.dataset, proof.commit)
        for what, root in (("judged now", proof.root), ("all there", whole)):
            yield {"branch": proof.ref, "partitions": what, "root": root}


def _glance(facts: Mapping[str, object]) -> dg.MetadataValue[Any]:
    return _table({"fact": name, "value": str(value)} for name, value in facts.items())


def _table(rows: Iterable[Row]) -> dg.MetadataValue[Any]:
    """Return rows as a table, or a word where there are none: a table needs a column."""
    records = [dg.TableRecord(dict(row)) for row in rows]
    return dg.MetadataValue.table(records) if records else dg.MetadataValue.text("none")
