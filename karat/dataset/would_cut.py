"""What a cut would hold, named without cutting: it changes when, and only when, a version would."""

from __future__ import annotations

from collections.abc import Sequence

from karat.contracts import Contract
from karat.dataset.choosing import choose
from karat.dataset.cutting import features_of
from karat.dataset.split import Split
from karat.digest import digest
from karat.lake import CommitId, Lake, ObjectInfo
from karat.lake.layout import MAIN, published_verdict_path
from karat.verdicts.adoption import adopted
from karat.verdicts.lineage import files


def would_cut(
    lake: Lake,
    contract: Contract,
    patterns: Sequence[str],
    at: CommitId,
    split: Split | None = None,
) -> str:
    """Return the digest of what `patterns` choose of main at the commit `at`, as it is published.

    That is bytes and verdicts by partition, contract, golden days and the code that makes rows.
    A capture that is not published yet changes nothing: until then a cut is refused. Nothing is
    read but listings. InputError where the patterns match nothing, or the split leaves nothing.
    """
    chosen = choose(lake, at, contract.source, patterns, MAIN, split).partitions
    held = dict(files(lake, at, f"{contract.dataset}/"))
    folder = published_verdict_path(contract.dataset, chosen[0]).removesuffix(f"{chosen[0]}.json")
    listed = (one for one in lake.list(at, folder) if isinstance(one, ObjectInfo))
    notes = {one.path: one.content_hash for one in listed}
    entries = [
        part
        for one in chosen
        if one in held
        for part in (str(one), held[one], notes.get(f"{folder}{one}.json", ""))
    ]
    golden = adopted(lake, at, contract.dataset) or ""
    border = (split.eval_from, split.embargo_days) if split else ()
    how = contract.digest, golden, features_of(contract), len(border), *border
    return digest("would-cut/1", *how, *entries)
