"""Somebody's own day files against golden days of the same dataset: no lake, nothing recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from karat.contracts import Contract, measures
from karat.errors import InputError
from karat.flow.file_sample import FileSample
from karat.golden import GoldenManifest, distance_measures, manifest_of, split_strata
from karat.telemetry import Progress, silent
from karat.verdicts import JUDGE_VERSION, Finding, Outcome, Verdict, judge
from karat.verdicts.judging import Candidate
from karat.verdicts.level import level_of
from karat.verdicts.stratum import stratum_of
from karat.verdicts.trial import check_columns
from karat.verdicts.verdict import Inputs


@dataclass(frozen=True)
class OwnDays:
    """Verdicts by the names of the files, and the golden manifest they were judged by.

    `golden` is None where the contract asks for no golden days, or there are none.
    """

    verdicts: dict[str, Verdict]
    golden: GoldenManifest | None


def day_files(folder: Path, contract: Contract, prefix: str = "") -> list[FileSample]:
    """Return the Parquet files of a folder by name; a day's name is its file's, after `prefix`.

    Raises InputError where there is none, or where strata ask for a date and a name is none.
    """
    paths = sorted(folder.glob("*.parquet"))
    if not paths:
        raise InputError(f"{folder}: no Parquet files here: one file a day, called by its day")
    return [FileSample(f"{prefix}{p.stem}", p, _stratum(contract, p)) for p in paths]


def judge_days(
    contract: Contract,
    data: Sequence[FileSample],
    golden: Sequence[FileSample],
    *,
    threads: int = 1,
    progress: Progress = silent,
) -> OwnDays:
    """Return the verdict on each file of `data`, held against the golden files.

    Of these the first 4 of each stratum are reference days, the rest calibrate. A file with the
    rows of a golden day FAILs, whatever else it is: golden days are no candidates. Raises
    InputError for files that cannot be read, are no days of the contract, or are golden twice.
    """
    for sample in (*data, *golden):
        check_columns(contract, sample.held, str(sample.path))
    manifest = None
    if contract.unpaired and golden:
        parts = split_strata(golden, lambda day: day.stratum)
        manifest = manifest_of(contract, *parts, progress, threads=threads)
    known = {day.content: day.name for day in golden}
    verdicts = {}
    for at, sample in enumerate(data, start=1):
        verdicts[sample.name] = _verdict(contract, sample, manifest, known.get(sample.content, ""))
        progress("validate", at, len(data), sample.name)
    return OwnDays(verdicts, manifest)


def _stratum(contract: Contract, path: Path) -> str:
    if contract.unpaired and contract.unpaired.strata == "weekday":
        try:
            date.fromisoformat(path.stem)
        except ValueError as error:
            told = f"{path}: days are compared by weekday, and {path.stem!r} is no date"
            raise InputError(f"{told}: call the file YYYY-MM-DD.parquet") from error
    return stratum_of(contract, path.stem)


def _verdict(
    contract: Contract, sample: FileSample, golden: GoldenManifest | None, twin: str
) -> Verdict:
    held = golden.usable(contract, sample.stratum) if golden else {}
    asked = [*measures(contract), *distance_measures(held, contract)]
    states = [(measure, sample.state(measure)) for measure in asked]
    case = Candidate(sample.name, sample.content, sample.rows, sample.stratum)
    findings = judge(contract, case, states, None, golden, observe=sample.states)
    if twin:
        why = f"these are the rows of golden day {twin}: a golden day is no candidate"
        copied = Finding("unpaired", "gate", "score", Outcome.FAIL, why, {})
        findings = (*(f for f in findings if (f.family, f.name) != ("unpaired", "score")), copied)
    keys = [measure.state_key(sample.held.columns) for measure in asked]
    return Verdict(_inputs(contract, sample, golden, keys), findings)


def _inputs(
    contract: Contract, sample: FileSample, golden: GoldenManifest | None, keys: Sequence[str]
) -> Inputs:
    return Inputs(
        dataset=contract.dataset,
        partition=sample.name,
        content=sample.content,
        states=tuple(keys),
        golden=golden.digest if golden else "",
        paired="",
        contract=contract.digest,
        level=level_of(contract),
        judge=JUDGE_VERSION,
    )
