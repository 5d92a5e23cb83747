"""The story: proved and published, restated with a fault and refused, put back, put right."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import dagster as dg

from karat import dataset
from karat.flow import captures_in, ingest, published_root
from karat.jobs.demo import said
from karat.jobs.demo.ground import INSTRUMENT, NAME
from karat.jobs.demo.stage import Ran, Stage
from karat.lake.layout import Partition
from karat.simulation import Day, corrected, lost_deltas, seal, simulate, unseal, write
from karat.verdicts import Outcome

FIRST_DAY = date(2024, 3, 1)
DAYS, REFERENCE, CALIBRATION = 24, 4, 19
MESSAGES_A_DAY = 4_000
SEED = 7
SPOILED = 11  # the day after it has no snapshot and opens with its book
SEVERITY = 0.02
CUT = "cut, tagged, every byte verified"


def play(stage: Stage) -> None:
    """Play all parts on an empty lake."""
    days = list(_simulated(stage))
    partitions = [Partition(day.instrument, day.date.isoformat()) for day in days]
    _proved(stage, days, partitions)
    before = published_root(stage.on.lake, stage.on.contract.dataset)
    spoiled = partitions[SPOILED : SPOILED + 2]
    gap = _restated(stage, days[SPOILED], spoiled, before)
    _put_back(stage, days[SPOILED], spoiled[0], before)
    _put_right(stage, days[SPOILED], spoiled[0], before)
    _unsealed(stage, gap)


def _simulated(stage: Stage) -> list[Day]:
    stage.scene("A market, and two recordings of it")
    dates = [FIRST_DAY + timedelta(at) for at in range(DAYS)]
    days = list(simulate(INSTRUMENT, dates, seed=SEED, messages_per_day=MESSAGES_A_DAY))
    messages = sum(day.raw.num_rows for day in days)
    quotes = sum(day.golden.num_rows for day in days)
    told = f"{messages:,} messages and {quotes:,} golden quotes simulated, {DAYS} days"
    stage.tell(told, messages=messages, golden=quotes)
    write(stage.settings.home / "captures", days)
    _deliver(stage, stage.settings.home / "captures")
    stage.run("observe")
    stage.tell("captures ingested into the lake: raw/ and golden/")
    return days


def _proved(stage: Stage, days: list[Day], partitions: list[Partition]) -> None:
    stage.scene("Rebuilt, proved, published")
    ran = stage.run("rebuild", partitions[0], partitions[-1])
    rows = sum(int(str(m.metadata["rows"].value)) for m in _made(ran, "book_events"))
    passed = sum(c.passed for c in ran.checks if c.check_name == "paired")
    told = f"{rows:,} book events rebuilt; {passed} of {len(days)} days equal golden, published"
    stage.tell(told, right=ran.success and passed == len(days), rows=rows)
    keys = [str(partition) for partition in partitions]
    config = {
        "reference": keys[:REFERENCE],
        "calibration": keys[REFERENCE : REFERENCE + CALIBRATION],
        "who": "karat demo",
        "reason": "the first proved days",
    }
    adopted = stage.run("adopt", config={"golden_reference": config})
    told = f"golden days adopted: {REFERENCE} for cells, {CALIBRATION} to calibrate"
    stage.tell(told, right=adopted.success)
    judged, last = stage.run("revalidate"), partitions[-1]
    score, short = said.score(judged, last), said.short_of_rows(judged, last)
    stage.tell(f"judged again under them; {last.date}: {score}", right=_usual(score))
    outcome = said.check(judged, "unpaired", last).partition(":")[0]
    told = f"unpaired: {outcome}, where a golden capture decides a warning and no more: {short}"
    stage.tell(told, right=judged.success and outcome in tuple(Outcome))
    _trained(stage, "1.0.0", f"training dataset {NAME}@1.0.0: {CUT}")


def _restated(stage: Stage, day: Day, spoiled: list[Partition], before: str) -> tuple[int, int]:
    """Let the vendor restate a day with a fault; return the ids that karat found missing."""
    stage.scene(f"The vendor restates {day.date}, with a fault nobody is told of")
    faulted = lost_deltas(day.raw, SEVERITY, SEED)
    seal(stage.settings.home / "sealed.json", faulted.place)
    _replace(stage, replace(day, raw=faulted.raw))
    ran = stage.run("rebuild", spoiled[0])
    rebuilt = [m.partition for m in _made(ran, "book_events") if m.metadata["rebuilt now"].value]
    names = ", ".join(str(name) for name in sorted(filter(None, rebuilt)))
    stage.tell(f"rebuilt and judged: {names}", right=len(rebuilt) == len(spoiled))
    for family in ("sequence", "paired"):
        reason = said.check(ran, family, spoiled[0])
        stage.tell(f"{family}: {reason}", right=reason.startswith("FAIL"))
    after = published_root(stage.on.lake, stage.on.contract.dataset)
    told = f"published root before {before[:16]}, after {after[:16]}: nothing was published"
    stage.tell(told, right=after == before and not ran.success, before=before, after=after)
    rows = sum(b.num_rows for b in dataset.open(stage.on.lake, f"{NAME}@1.0.0").batches())
    stage.tell(f"{NAME}@1.0.0 still opens, its bytes are still proved: {rows:,} rows")
    refused = stage.run("train")
    why = refused.failures[0] if refused.failures else "nothing was refused"
    stage.tell(why, right=not refused.success and str(spoiled[0]) in why)
    return said.first_gap(ran, spoiled[0])


def _put_back(stage: Stage, day: Day, partition: Partition, before: str) -> None:
    stage.scene("The first file is put back")
    _replace(stage, day)
    ran = stage.run("rebuild", partition)
    root = next(c for c in ran.checks if c.check_name == "dataset_root")
    read = int(str(root.metadata["bytes read"].value))
    same = published_root(stage.on.lake, stage.on.contract.dataset) == before
    rebuilt = any(m.metadata["rebuilt now"].value for m in _made(ran, "book_events"))
    told = f"answered from the ledger: {read} bytes read, nothing rebuilt, nothing published"
    stage.tell(told, right=ran.success and same and not (read or rebuilt), bytes_read=read)
    told = f"no new version: the newest training dataset is {NAME}@1.0.0, every byte verified"
    _trained(stage, "1.0.0", told)


def _put_right(stage: Stage, day: Day, partition: Partition, before: str) -> None:
    stage.scene("A corrected file comes: other bytes, the same book")
    _replace(stage, replace(day, raw=corrected(day.raw)))
    ran = stage.run("rebuild", partition)
    after = published_root(stage.on.lake, stage.on.contract.dataset)
    paired = said.check(ran, "paired", partition)
    told = f"{paired}; published root before {before[:16]}, after {after[:16]}"
    stage.tell(told, right=ran.success and after != before)
    _trained(stage, "1.0.1", f"training dataset {NAME}@1.0.1: {CUT}")


def _unsealed(stage: Stage, gap: tuple[int, int]) -> None:
    stage.scene("The seal is broken")
    place = unseal(stage.settings.home / "sealed.json")
    told = f"{place.count} deltas were taken out, update ids from {place.first_update_id}"
    found = f"karat named the first gap as {gap[0]} to {gap[1]}"
    stage.tell(f"{told}; {found}", right=gap[0] <= place.first_update_id <= gap[1])


def _trained(stage: Stage, version: str, told: str) -> None:
    """Cut all of the newest data, and tell so where that gives the version, and no later one is."""
    ran = stage.run("train")
    made = [m.metadata["dataset"].value for m in _made(ran, "training_dataset")]
    newest = [manifest.version for manifest in dataset.manifests(stage.on.lake, NAME)][-1:]
    right = made == [f"{NAME}@{version}"] and newest == [version]
    astray = f"training dataset {made[0] if made else ran.failures}, and the newest is {newest}"
    stage.tell(told if right else astray, right=right)


def _deliver(stage: Stage, folder: Path) -> None:
    ingest(stage.on.lake, captures_in([folder]))


def _replace(stage: Stage, day: Day) -> None:
    """Write a day's captures again, and ingest them as the vendor's newest."""
    write(stage.settings.home / "captures", [day])
    done = ingest(stage.on.lake, captures_in([stage.settings.home / "captures"]))
    restated = [i.capture.partition for i in done if i.status == "restated"]
    stage.tell(f"restated and ingested: {', '.join(map(str, restated))}", right=len(restated) == 1)


def _made(ran: Ran, asset: str) -> list[dg.AssetMaterialization]:
    """Return the last materialization of each partition of an asset in a run."""
    found = {m.partition: m for m in ran.materialized if m.asset_key.path == [asset]}
    return [m for m in found.values() if m.metadata]


def _usual(score: str) -> bool:
    """Return whether a score was judged by all calibration days, and found as theirs are."""
    return score.startswith("PASS") and f"{CALIBRATION} of {CALIBRATION}" in score
