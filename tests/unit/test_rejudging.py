"""A threshold that changes is decided again from what was measured; nothing is read."""

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.partitions import lean_table
from karat.errors import CorruptError
from karat.flow.reproducing import reproduce as made_again
from karat.store import MemoryStore
from karat.verdicts import JUDGE_VERSION, Outcome, measurement, worst
from karat.verdicts.batches import batches
from tests.unit.rejudged import BASE, COUNT, DAYS, Days, changed, judged_days

TOGETHER = "verdicts/many/together/"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Days:
    return judged_days(tmp_path_factory.mktemp("rejudged"))


@pytest.fixture
def own(tmp_path: Any) -> Days:
    return judged_days(tmp_path)


SHARES = st.fractions(Fraction(1, 100), Fraction(99, 100), max_denominator=200).map(str)
THRESHOLDS = st.fixed_dictionaries(
    {},
    optional={
        "tolerance": SHARES,
        "alpha": st.sampled_from(["0.05", "1/20", "0.1", "0.3", "0.01"]),
        "min_rows": st.sampled_from([1, 100, 10**6]),
        "severity": st.sampled_from(["gate", "warn"]),
        "worst_chunk": st.sampled_from(["gate", "warn"]),
        "allowance": st.integers(0, 3),
    },
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(THRESHOLDS)
def test_any_thresholds_give_the_verdicts_that_rows_give(place: Days, said: Any) -> None:
    """The same bytes as of an empty store, and the same outcomes as from states one by one."""
    contract = changed(**said)
    found = place.judge(contract)
    assert found.bytes_read == 0
    again = made_again(place.open, contract)
    assert all(one.same for one in again)
    assert [found.verdicts[one.partition].encode() for one in again] == [
        one.again.encode() for one in again
    ]
    outcomes = [one.again.outcome for one in again]
    assert found.outcome is worst(outcomes)
    assert [v.outcome for v in found.verdicts.values()] == outcomes


def test_many_are_one_record_and_judged_once(own: Days) -> None:
    own.gone()
    contract = changed(tolerance="0.9")
    before = len(own.ledger("verdicts/"))
    found = own.judge(contract)
    assert (found.cached, found.bytes_read) == (0, 0)
    (path,) = own.ledger(TOGETHER)
    assert path.startswith(f"{TOGETHER}{contract.digest}/")
    assert len(own.ledger("verdicts/")) == before + 1
    commit = own.now.commit
    again = own.judge(contract)
    assert (again.cached, again.bytes_read) == (COUNT, 0)
    assert again.verdicts == found.verdicts
    bare = own.judge(contract, store=MemoryStore(), partitions=[]), own.now.commit
    assert bare[1] == commit


def test_what_was_measured_is_written_once(own: Days) -> None:
    own.judge(changed(tolerance="0.9"))
    first = own.ledger("measured/")
    own.judge(changed(tolerance="0.8"))
    assert own.ledger("measured/") == first
    assert len(first) == 2  # measurements and the golden manifest's text


def test_the_ledger_alone_tells_each_verdict_in_full(own: Days) -> None:
    contract = changed(tolerance="0.05")
    found = own.judge(contract)
    own.gone()
    ledger = own.now
    for day in DAYS:
        key = found.verdicts[day].key
        assert ledger.verdict("many", day, key) == found.verdicts[day]
        assert ledger.verdict("many", day, key, contract.digest) == found.verdicts[day]
        assert ledger.verdict("many", day, key, BASE.digest) is None
        assert found.verdicts[day] in list(ledger.judged("many", day))
        other = next(one for one in DAYS if one != day)
        assert ledger.verdict("many", other, key) is None


def test_an_entry_names_the_rules_that_decided(own: Days) -> None:
    contract = changed(tolerance="0.0001", alpha="0.05")
    found = own.judge(contract)
    (one,) = batches(own.now, "many", contract.digest)
    for day in DAYS:
        verdict, entry = found.verdicts[day], one.batch.entries[str(day)]
        gates = [f for f in verdict.findings if f.role == "gate" and f.outcome is verdict.outcome]
        named = [(f.family, f.name) for f in gates]
        assert entry.outcome is verdict.outcome
        assert [*entry.decisive] == (named[:1] if entry.outcome is Outcome.PASS else named)


def test_few_have_a_record_each(own: Days) -> None:
    contract = changed(tolerance="0.9")
    few = own.judge(contract, partitions=DAYS[:3])
    assert (few.cached, few.bytes_read, own.ledger(TOGETHER)) == (0, 0, [])
    rest = own.judge(contract)
    assert (rest.cached, rest.bytes_read) == (3, 0)
    (one,) = batches(own.now, "many", contract.digest)
    assert set(one.batch.entries) == {str(day) for day in DAYS[3:]}
    assert one.batch.root.partitions == COUNT


def test_a_replaced_day_is_read_and_the_others_decided(own: Days) -> None:
    contract = changed(tolerance="0.9")
    size = own.put([(DAYS[4], lean_table(99, 400))])
    found = own.judge(contract)
    assert 0 < found.bytes_read <= size
    assert (found.cached, len(own.ledger(TOGETHER))) == (0, 1)


OTHERWISE: dict[str, dict[str, Any]] = {
    "a column's rule": {"of": "change"},
    "no tolerance": {"tolerance": None},
    "no stretches": {"worst_chunk": "none"},
}


@pytest.mark.parametrize("change", OTHERWISE)
def test_what_is_measured_otherwise_is_not_decided_from_it(own: Days, change: str) -> None:
    said = OTHERWISE[change]
    found = own.judge(changed(**said))
    assert found.cached == 0
    assert own.ledger(TOGETHER) == []  # from states, so a record each
    assert all(one.same for one in made_again(own.open, changed(**said)))


def test_a_rule_that_judges_otherwise_decides_again_without_reading(
    own: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = own.judge(changed(tolerance="0.9"))
    own.gone()
    for name in ("verdicts.trial", "verdicts.derived", "flow.remembered", "flow.rejudging"):
        monkeypatch.setattr(f"karat.{name}.JUDGE_VERSION", 99)
    found = own.judge(changed(tolerance="0.9"))
    assert (found.cached, found.bytes_read) == (0, 0)
    for day, verdict in before.verdicts.items():  # the old ones are what was signed
        old = own.now.verdict("many", day, verdict.key)
        assert old is not None
        assert (old.outcome, old.inputs) == (verdict.outcome, verdict.inputs)
        assert {f.reason for f in old.findings} == {
            f"decided by version {JUDGE_VERSION} of the rule, and recorded without words"
        }
        assert found.verdicts[day].findings == verdict.findings
        assert found.verdicts[day].key != verdict.key


def test_a_package_of_another_version_undoes_nothing(
    own: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("karat.__version__", "99.0.0", raising=False)
    own.gone()
    found = own.judge(BASE)
    assert (found.cached, found.bytes_read) == (COUNT, 0)


def test_a_statistic_of_another_version_undoes_its_own_states(
    own: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    from karat.states import Invariant

    before = own.judge(BASE)
    monkeypatch.setattr(Invariant, "version", 99)
    monkeypatch.setattr("karat.flow.ways._known", {})  # as in a new process
    found = own.judge(BASE)
    assert (found.cached, found.root) == (0, before.root)
    for day, verdict in found.verdicts.items():
        old, new = before.verdicts[day].inputs.states, verdict.inputs.states
        assert [a == b for a, b in zip(old, new, strict=True)] == [False] + [True] * (len(old) - 1)
    assert found.bytes_read > 0


def test_a_store_that_was_changed_is_not_believed_against_the_ledger(own: Days) -> None:
    contract = changed(tolerance="0.9")
    own.judge(contract, partitions=DAYS[:3])
    memory = MemoryStore()
    own.judge(changed(tolerance="0.7"), store=memory, partitions=DAYS[:3])
    for name, data in list(memory._results.items()):
        if data.startswith(b'["'):
            said = json.loads(data)
            if len(said) == len(measurement.Measurement._fields):
                said[-1]["kept"] = {name: [9, 9, 0] for name in said[-1]["kept"]}
                memory.put(name, json.dumps(said).encode())
    with pytest.raises(CorruptError, match="remove the store"):
        own.judge(contract, store=memory, partitions=DAYS[:3])
