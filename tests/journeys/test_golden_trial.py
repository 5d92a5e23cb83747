"""A candidate never becomes golden by accident, and adoption brings no surprise."""

from typing import Any

import pytest

from karat.errors import InputError, RefusedError
from karat.flow import adopt_golden, build_golden
from karat.flow.golden_adoptions import adoptions
from karat.flow.golden_effect import would_change
from karat.lake.layout import LEDGER, MAIN, Partition, dataset_path
from karat.simulation import lost_deltas
from karat.verdicts import Outcome, current_golden

pytestmark = pytest.mark.e2e

DAYS = [Partition("sim-usdm-aaa", f"2024-03-{n:02}") for n in range(1, 9)]
WHO = {"who": "the owner", "reason": "the first days"}


@pytest.fixture
def history(place: Any) -> Any:
    """Return the workplace with a contract that judges by golden days alone, two being enough."""
    values = place.contract.model_dump(by_alias=True, mode="json")
    values["unpaired"]["alpha"] = "1/3"
    values["families"] |= {"paired": "warn", "unpaired": "gate"}
    place.contract = type(place.contract).model_validate(values)
    place.validate()
    return place


def built(place: Any, days: list[Partition], ref: str = MAIN, first: int = 2) -> Any:
    chosen = days[:first], days[first:]
    return build_golden(place.lake, place.contract, ref, *chosen, store=place.store)


def spoiled(place: Any) -> str:
    """Restate a day with deltas lost, rebuild it, and return the audit branch."""
    place.restate(DAYS[3], lost_deltas(place.raw(DAYS[3]), 0.1, 5).raw)
    branch = place.rebuild().branch
    assert branch
    return str(branch)


def test_a_partition_that_failed_is_no_golden_day(history: Any) -> None:
    branch = spoiled(history)
    assert history.validate(branch).verdicts[DAYS[3]].outcome is Outcome.FAIL
    with pytest.raises(RefusedError, match=rf"{DAYS[3]} \(FAIL\): validate them first, or leave"):
        built(history, DAYS[:5], branch)
    # What is published is proved still: the spoiled rows are not those.
    assert built(history, DAYS[:5]).calibration[1].partition == str(DAYS[3])


def test_a_partition_restated_after_it_was_judged_is_no_golden_day(history: Any) -> None:
    proved = built(history, DAYS[:5])
    branch = spoiled(history)
    with pytest.raises(RefusedError, match=rf"{DAYS[3]} \(not judged\)"):
        built(history, DAYS[:5], branch)
    assert built(history, DAYS[:5]).digest == proved.digest


def test_a_partition_that_waits_under_another_name_is_no_golden_day(history: Any) -> None:
    lake = history.lake
    source, target = (dataset_path("book_events", d.instrument, d.date) for d in (DAYS[2], DAYS[7]))
    with lake.session(lake.head(MAIN), branch="wap-copied") as session:
        session.put(target, lake.local_path(MAIN, source))
        session.commit("Copy a day")
    with pytest.raises(RefusedError, match=rf"on trial: {DAYS[2]} \(as {DAYS[7]} on wap-copied\)"):
        built(history, DAYS[:5])
    assert built(history, [DAYS[0], DAYS[1], *DAYS[3:5]]).dataset == "book_events"
    adopt_golden(lake, built(history, [DAYS[0], DAYS[1], *DAYS[3:5]]), **WHO)
    lake.delete_branch("wap-copied")
    history.validate()
    assert len(built(history, DAYS[:5]).calibration) == 3


def test_a_golden_day_on_trial_under_another_name_fails(history: Any) -> None:
    lake = history.lake
    adopt_golden(lake, built(history, DAYS[:5]), **WHO)
    source, target = (dataset_path("book_events", d.instrument, d.date) for d in (DAYS[2], DAYS[7]))
    with lake.session(lake.head(MAIN), branch="wap-copied") as session:
        session.put(target, lake.local_path(MAIN, source))
        session.commit("Copy a day")
    verdict = history.validate("wap-copied").verdicts[DAYS[7]]
    assert verdict.outcome is Outcome.FAIL
    assert any(f"the rows of golden day {DAYS[2]}" in why for why in verdict.failures)


def test_what_would_change_is_what_changes(history: Any) -> None:
    lake, store = history.lake, history.store
    before = history.validate()
    golden = built(history, DAYS[:5])
    records = lake.head(LEDGER), lake.head(MAIN)
    effect = would_change(lake, history.contract, golden, instead_of=None, store=store)
    assert (lake.head(LEDGER), lake.head(MAIN)) == records
    adopt_golden(lake, golden, **WHO)
    after = history.validate()
    assert effect.judged == len(after.verdicts) == 10
    for partition, verdict in after.verdicts.items():
        told = {one.partition: one for one in effect.changed}[partition]
        assert told.after == verdict
        assert told.before == before.verdicts[partition]
        assert told.outcome == (verdict.outcome is not Outcome.INCONCLUSIVE)
    assert {one.after.outcome for one in effect.outcomes} <= {Outcome.PASS, Outcome.FAIL}
    assert effect.outcomes
    assert after.bytes_read == 0, "what was told was computed once"
    now = current_golden(lake, lake.head(MAIN), "book_events")
    again = would_change(lake, history.contract, golden, instead_of=now, store=store)
    assert (again.changed, again.bytes_read) == ((), 0)


def test_the_history_of_adoptions_is_that_of_the_lake(history: Any) -> None:
    lake = history.lake
    assert list(adoptions(lake, "book_events")) == []
    first, second = built(history, DAYS[:4]), built(history, DAYS[:5])
    for manifest, reason in ((first, "one"), (second, "two"), (second, "again"), (first, "back")):
        adopt_golden(lake, manifest, who="the owner", reason=reason)
        lake.create_branch(f"mark-{reason}", MAIN)
    told = [(a.golden, a.reason, a.who, a.revoked) for a in adoptions(lake, "book_events")]
    assert told == [
        (first.digest, "back", "the owner", ""),
        (second.digest, "two", "the owner", ""),
        (first.digest, "one", "the owner", ""),
    ]
    heads = [a.commit for a in adoptions(lake, "book_events")]
    assert heads == [lake.resolve(f"mark-{reason}") for reason in ("back", "two", "one")]
    assert list(adoptions(lake, "other_events")) == []


def test_threads_and_order_name_one_golden(history: Any) -> None:
    days = [DAYS[1], DAYS[0]], [DAYS[4], DAYS[2], DAYS[3]]
    threaded = build_golden(
        history.lake, history.contract, MAIN, *days, store=history.store, threads=2
    )
    assert threaded.digest == built(history, DAYS[:5]).digest
    with pytest.raises(InputError, match="name each once"):
        built(history, [DAYS[0], *DAYS[:3]])
