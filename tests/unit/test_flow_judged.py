"""Budgets, other golden days and pictures on a lake of judged days, against what validate says."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from karat import load_contract, open_lake
from karat.contracts import Contract
from karat.errors import InputError
from karat.flow import validate
from karat.flow.budgets import Budget
from karat.flow.choosing import fitting, plan
from karat.flow.golden_effect import would_change
from karat.flow.pictures import finding_picture, on_trial_at, split_of, summary_pictures
from karat.lake import Lake
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.store import DiskStore, MemoryStore, Store
from karat.verdicts import Outcome, current_golden
from karat.verdicts.level import LESSER

DAYS = [Partition("sim-usdm-abc", f"2024-01-0{n}") for n in range(1, 6)]
LAST = DAYS[-1]


@pytest.fixture
def place(adopted: Callable[..., Any], tmp_path: Path) -> tuple[Lake, Contract, Store]:
    assert adopted("golden", "ls").code == 0
    home = tmp_path / "home"
    contract = load_contract(home / "contract.yaml")
    return open_lake(home / "lake"), contract, DiskStore(home / "store")


def test_a_larger_budget_never_chooses_a_lesser_level(place: Any) -> None:
    lake, contract, _ = place
    store = MemoryStore()
    costs = [plan(lake, contract, MAIN, [LAST], store=store, level=level).cost.bytes
             for level in (None, *LESSER)]  # fmt: skip
    assert costs == sorted(costs, reverse=True)
    own = (None, *LESSER)
    chosen = []
    for spend in (0, *sorted(costs), 10**9):
        budget = Budget(bytes=spend)
        choice = fitting(lake, contract, MAIN, [LAST], budget, store=store)
        told = plan(lake, contract, MAIN, [LAST], store=store, level=choice.level).cost
        assert budget.fits(told) is ("the best that a budget of" in choice.words)
        better = own[: own.index(choice.level)]
        for level in better:
            dear = plan(lake, contract, MAIN, [LAST], store=store, level=level)
            assert not budget.fits(dear.cost)
        chosen.append(own.index(choice.level))
    assert chosen == sorted(chosen, reverse=True)
    assert chosen[-1] == 0
    least = fitting(lake, contract, MAIN, [LAST], Budget(), store=store, most="L3")
    assert least.level == "L3", "no better than what was asked for"


def test_a_day_after_that_cannot_be_read_is_let_lie(place: Any) -> None:
    """The day asked for is planned and judged as without it; asked for itself, it is refused."""
    lake, contract, _ = place
    told = plan(lake, contract, MAIN, DAYS[3:4], store=MemoryStore())
    assert [part.partition for part in told.after] == [LAST]
    with lake.session(lake.head(MAIN), branch="wap-broken") as session:
        session.put(dataset_path(contract.dataset, LAST.instrument, LAST.date), BytesIO(b"no"))
        session.commit("Put what is no Parquet")
    broken = plan(lake, contract, "wap-broken", DAYS[3:4], store=MemoryStore())
    assert broken.after == ()
    assert [p.cost.bytes for p in broken.parts] == [p.cost.bytes for p in told.parts]
    done = validate(lake, contract, "wap-broken", DAYS[3:4], store=MemoryStore())
    assert list(done.verdicts) == DAYS[3:4]
    with pytest.raises(InputError, match="not a readable Parquet file"):
        plan(lake, contract, "wap-broken", [LAST], store=MemoryStore())


def test_another_golden_changes_what_validate_would_say(place: Any) -> None:
    """Without golden days every distance is unknown again; with them all is as it stands."""
    lake, contract, store = place
    golden = current_golden(lake, lake.head(MAIN), contract.dataset)
    assert golden is not None
    head = lake.head("ledger")
    judged = validate(lake, contract, store=store).verdicts
    same = would_change(lake, contract, golden, instead_of=golden, store=store)
    assert (same.judged, same.changed, same.bytes_read) == (5, (), 0)
    gone = would_change(lake, contract, None, instead_of=golden, store=store)
    assert [one.partition for one in gone.changed] == DAYS
    for one in gone.changed:
        assert one.before == judged[one.partition]
        assert {new.outcome for _, new in one.findings.values() if new} <= {Outcome.INCONCLUSIVE}
        assert {"spread", "score"} <= set(one.findings)
    back = would_change(lake, contract, golden, instead_of=None, store=store)
    assert [(o.after, o.before) for o in back.changed] == [
        (o.before, o.after) for o in gone.changed
    ]
    assert lake.head("ledger") == head, "nothing was recorded"


def test_a_picture_is_of_what_has_one(place: Any) -> None:
    lake, contract, store = place
    case = on_trial_at(lake, contract, MAIN, LAST, store=store)
    for name, drawn in (("spread", True), ("memory of sides", True), ("size atoms", False),
                        ("book is not crossed", False), ("no such", False)):  # fmt: skip
        assert (finding_picture(contract, case, name, store) is not None) is drawn, name
    for finding in validate(lake, contract, MAIN, [LAST], store=store).verdicts[LAST].findings:
        numbers: dict[str, Any] = dict(finding.numbers)
        beyond = numbers.get("worst_chunk_ratio", 0) > max(numbers.get("ratio", 0), 1)
        figure = finding_picture(contract, case, finding.name, store)
        told = figure.texts[0].get_text() if figure else ""
        assert ("farthest at" in told) is beyond, "what counts most is drawn"
    assert split_of(contract, case, "spread", store)
    assert split_of(contract, case, "memory of sides", store) == ""
    verdicts = validate(lake, contract, store=store).verdicts
    assert set(summary_pictures(verdicts, [LAST], case.golden, contract)) == {"scores", "calendar"}
