"""Few golden cells, and a threshold inside what they certify: all golden values decide.

Days under coarse cells come out as under a golden with every value; what is read for it is seen
from outside, by taking the files of all other days away.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from karat.compute import Processes
from karat.contracts import Contract
from karat.errors import CorruptError, KaratError
from karat.explanation import explained
from karat.flow import Validation, adopt_golden
from karat.flow.choosing import Plan, plan
from karat.flow.explaining import case_of, evidence_of
from karat.flow.reproducing import reproduce
from karat.golden import GoldenManifest
from karat.lake.layout import MAIN, golden_manifest_path
from karat.store import DiskStore, MemoryStore
from karat.verdicts import Ledger, Outcome, current_golden
from tests.journeys.refined_days import COUNT, DAYS, FEW, Days, brought, contract

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("refined")]

ALPHAS = ("0.05", "0.2", "0.7")
MORE = 96
"""So many cells leave a doubt about some days only."""
OPEN = Outcome.INCONCLUSIVE


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Days:
    return brought(tmp_path_factory.mktemp("coarse"), contract())


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Days:
    return brought(tmp_path_factory.mktemp("whole"), contract(None))


@pytest.fixture(scope="module")
def finer(tmp_path_factory: pytest.TempPathFactory) -> Days:
    return brought(tmp_path_factory.mktemp("finer"), contract(MORE))


@pytest.fixture
def few(made: Days, tmp_path: Path) -> Days:
    return copied(made, tmp_path)


def copied(place: Days, home: Path) -> Days:
    copytree(place.home, home / "copy")
    return replace(place, home=home / "copy")


def outcomes(found: Validation) -> list[list[tuple[str, Outcome]]]:
    return [[(f.name, f.outcome) for f in one.findings] for one in found.verdicts.values()]


def of_cells(found: Validation) -> Iterator[dict[str, Any]]:
    for one in found.verdicts.values():
        yield from (dict(f.numbers) for f in one.findings if "certified_low" in f.numbers)


def without_full(manifest: GoldenManifest) -> GoldenManifest:
    """Return a manifest as an older karat made it: no values beside its coarse cells."""
    held = {n: replace(one, full="", every=None) for n, one in manifest.strata[""].items()}
    return replace(manifest, strata={"": held})


def planned(place: Days, asked: Contract) -> Plan:
    store = DiskStore(place.home / "store")
    return plan(place.lake(), asked, MAIN, DAYS, store=store)


@pytest.mark.parametrize("alpha", ALPHAS)
def test_every_finding_is_that_of_all_golden_values(made: Days, whole: Days, alpha: str) -> None:
    coarse, full = (
        place.judge(contract(cells, alpha)) for place, cells in ((made, FEW), (whole, None))
    )
    assert outcomes(coarse) == outcomes(full)
    assert coarse.outcome is full.outcome
    refined = list(of_cells(coarse))
    assert refined, "there was a doubt"
    for said in refined:
        assert said["certified_low"] <= said["low"] == said["high"] <= said["certified_high"]
        assert said["refined"] >= 0
    for mine, theirs in zip(coarse.verdicts.values(), full.verdicts.values(), strict=True):
        for one, exact in zip(mine.findings[1:], theirs.findings[1:], strict=True):
            low, value, high = (
                float(number)
                for number in (one.numbers["low"], exact.numbers["low"], one.numbers["high"])
            )
            assert low <= value <= high
            if "refined" in one.numbers:
                assert one.numbers["low"] == exact.numbers["low"]


def test_what_was_inconclusive_is_decided_once_all_values_are_kept(few: Days) -> None:
    lake = few.lake()
    golden = current_golden(lake, lake.head(MAIN), "many")
    assert golden is not None
    old = without_full(golden)
    assert json.loads(old.encode())["version"] == 4
    adopt_golden(lake, old, who="anyone", reason="as it was")
    before = few.judge(contract())
    assert before.outcome is not Outcome.PASS
    assert any(OPEN in dict(one).values() for one in outcomes(before))
    assert not list(of_cells(before))
    assert not before.reread
    adopt_golden(lake, golden, who="anyone", reason="with all values")
    after = few.judge(contract())
    assert not any(OPEN in dict(one).values() for one in outcomes(after))


def test_only_days_with_a_threshold_inside_are_read_and_the_plan_names_them(
    finer: Days, tmp_path: Path
) -> None:
    """The other days' files are taken away first: whoever reads one fails."""
    place = copied(finer, tmp_path)
    place.judge(contract(MORE, "0.2"))
    asked = contract(MORE, "0.7")
    told = planned(place, asked)
    alone = {part.partition: part.columns for part in told.parts if part.refined}
    wanted = {*alone, *told.together.columns}
    assert alone
    assert len(wanted) < COUNT, "a doubt about some days only"
    assert told.cost.bytes > 0
    place.hide(kept=wanted)
    found = place.judge(asked)
    assert set(found.reread) == wanted
    assert {one: set(columns) for one, columns in found.reread.items()} == {
        one: {"value"} for one in wanted
    }
    assert found.bytes_read > 0
    counted = sum("refined" in f.numbers for d in alone for f in found.verdicts[d].findings)
    assert counted >= len(alone)
    fresh = copied(finer, tmp_path / "fresh")
    assert outcomes(found) == outcomes(fresh.judge(asked, store=MemoryStore()))


def test_what_was_refined_is_kept_and_nothing_is_read_again(finer: Days, tmp_path: Path) -> None:
    place = copied(finer, tmp_path)
    first = [place.judge(contract(MORE, alpha)) for alpha in ALPHAS]
    told = planned(place, contract(MORE, "0.701"))
    assert not any(part.refined or part.columns for part in told.parts)
    assert not told.together.columns
    place.hide()
    for alpha, one in zip(ALPHAS, first, strict=True):
        again = place.judge(contract(MORE, alpha))
        assert (again.cached, again.bytes_read, again.reread) == (COUNT, 0, {})
        assert again.verdicts == one.verdicts
        assert again.merged == one.merged
    near = place.judge(contract(MORE, "0.701"))
    assert (near.cached, near.bytes_read, near.reread) == (0, 0, {})
    assert list(of_cells(near))


def test_verdicts_follow_from_the_ledger_and_are_made_again(finer: Days, tmp_path: Path) -> None:
    """Many in a record, before some of them are refined, while they are, and afterwards."""
    place = copied(finer, tmp_path)
    for alpha in ("0.2", "0.21", "0.7", "0.71", "0.711"):
        asked = contract(MORE, alpha)
        found = place.judge(asked)
        lake = place.lake()
        for day, verdict in found.verdicts.items():
            told = Ledger(lake).verdict("many", day, verdict.key, asked.digest)
            assert told == verdict
        assert all(one.same for one in reproduce(lake, asked))
    paths = [one.path for one in place.lake().list("ledger", "verdicts/many/together/")]
    assert paths, "some were recorded as one"


def test_all_days_as_one_are_as_by_all_values_where_q_lies_inside(made: Days, whole: Days) -> None:
    coarse, full = (place.judge(contract(cells)) for place, cells in ((made, FEW), (whole, None)))
    exact = {name for name, (low, high) in coarse.merged.items() if low == high}
    assert exact, "q lies inside the bounds of some distance of all days"
    assert {n: coarse.merged[n] for n in exact} == {n: full.merged[n] for n in exact}
    root = coarse.root_verdict
    assert root is not None
    assert root.merged == coarse.merged


def test_other_processes_say_the_same(few: Days) -> None:
    asked = contract(alpha="0.3")
    apart = few.judge(asked, compute=Processes(2))
    assert any(of_cells(apart))
    here = few.judge(asked, store=MemoryStore())
    assert apart.verdicts == here.verdicts


def test_values_that_are_gone_are_missed_where_they_are_asked_for(few: Days) -> None:
    lake = few.lake()
    golden = current_golden(lake, lake.head(MAIN), "many")
    assert golden is not None
    for name in golden.full_files():
        path = golden_manifest_path(name, "full")
        lake.local_path(lake.head(MAIN), path).unlink()
    with pytest.raises(KaratError, match=r"missing: restore it"):
        few.judge(contract(alpha="0.4"), store=MemoryStore())


def test_a_manifest_is_adopted_with_all_its_values_or_not_at_all(few: Days) -> None:
    lake = few.lake()
    golden = current_golden(lake, lake.head(MAIN), "many")
    assert golden is not None
    assert all(data is None for data in golden.full_files().values()), "read when asked for"
    other = replace(golden, reference=golden.reference[::-1])
    adopt_golden(lake, other, who="anyone", reason="the same values lie there already")
    name = next(iter(golden.full_files()))
    held = {n: replace(one, full="0" * 64) for n, one in golden.strata[""].items()}
    with pytest.raises(KaratError, match="are not at hand"):
        adopt_golden(lake, replace(golden, strata={"": held}), who="anyone", reason="others")
    with pytest.raises(CorruptError, match="do not match"):
        golden.with_full({name: b"others"})


def test_a_refined_distance_is_worked_out_by_hand_in_the_cells_that_decided(few: Days) -> None:
    found, lake = few.judge(contract()), few.lake()
    day, finding = next(
        (day, finding)
        for day, verdict in found.verdicts.items()
        for finding in verdict.findings
        if "refined" in finding.numbers
    )
    case = case_of(lake, contract(), MAIN, day, store=DiskStore(few.home / "store"))
    told = explained(evidence_of(contract(), case, finding), finding)
    assert told.agrees
    assert told.numbers["low"] == told.numbers["high"] == finding.numbers["low"]
