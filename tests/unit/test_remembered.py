"""What is remembered of judging never differs from judging again, and goes when its ground goes."""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.partitions import Many, days, lean, lean_table
from karat.compute import content
from karat.contracts import Contract
from karat.errors import CorruptError
from karat.flow import Validation, listing, standing, validate
from karat.flow.file_names import FEW, file_digests
from karat.flow.judged import Trial
from karat.flow.remembered import Memory
from karat.lake.layout import LEDGER, MAIN, Partition, dataset_path
from karat.signing import KeyFiles
from karat.store import DiskStore, MemoryStore
from karat.verdicts import Outcome, current_golden

ROWS = 300
WIDTH = ROWS * 10**4
DAYS = days(4)
STRICT, LOOSE = lean("0.05", width_ns=WIDTH), lean("0.9", width_ns=WIDTH)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Many:
    """Return four days, not yet judged, and golden ones before them."""
    many = Many(tmp_path_factory.mktemp("made"), lean(width_ns=WIDTH))
    many.adopt([lean_table(10**6 + n, ROWS) for n in range(22)])
    many.put((day, lean_table(n, ROWS)) for n, day in enumerate(DAYS))
    return many


@pytest.fixture
def many(made: Many, tmp_path: Path) -> Many:
    return copied(made, tmp_path / "home")


def copied(many: Many, home: Path) -> Many:
    shutil.copytree(many.home, home)
    return replace(many, home=home)


def said(found: Validation) -> object:
    """Return all that must not hang on what was remembered."""
    verdicts = {str(one): verdict.encode() for one, verdict in found.verdicts.items()}
    return verdicts, found.outcome, found.root, found.merged


def afresh(many: Many, contract: Contract | None = None) -> Validation:
    """Judge without any store, and record nothing that was not there: the ledger is the same."""
    return validate(many.lake(), contract or many.contract, store=MemoryStore())


Step = tuple[str, Partition, int]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from(DAYS), st.integers(0, 6)),
        st.tuples(st.just("golden"), st.just(DAYS[0]), st.integers(0, 2)),
        st.tuples(st.just("judge"), st.just(DAYS[0]), st.integers(0, 2)),
    ),
    max_size=8,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, few=st.booleans())
def test_after_any_edits_it_says_what_judging_afresh_says(
    made: Many, steps: list[Step], few: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for module in (standing, listing) if few else ():  # four days count as many
            patch.setattr(module, "MANY", 1)
        many = copied(made, Path(folder) / "home")
        contracts = [many.contract, STRICT, LOOSE]
        for what, day, number in [*steps, ("judge", DAYS[0], 0)]:
            contract = contracts[number] if what == "judge" else None
            if what == "put":
                many.put([(day, lean_table(number, ROWS))])
            elif what == "golden":
                many.adopt([lean_table(10**6 + 100 * number + n, ROWS) for n in range(22)])
            found = many.validate(contract)
            assert said(found) == said(afresh(many, contract))
            again = many.validate(contract)
            assert said(again) == said(found)
            assert (again.cached, again.bytes_read) == (len(DAYS), 0)


def test_another_store_or_ledger_remembers_nothing(many: Many) -> None:
    before = many.validate()
    assert many.validate().cached == len(DAYS)
    shutil.move(many.home / "store", many.home / "kept")
    assert many.validate().cached == len(DAYS), "the ledger still knows"
    other = Many(many.home / "other", many.contract)
    other.adopt([lean_table(10**6 + n, ROWS) for n in range(22)])
    other.put((day, lean_table(n, ROWS)) for n, day in enumerate(DAYS))
    shutil.copytree(many.home / "kept", other.home / "store")
    found = other.validate()
    assert found.cached == 0, "another ledger holds none of them"
    assert said(found) == said(before)
    assert other.lake().head(LEDGER) != many.lake().head(LEDGER)


def test_verdicts_of_a_revoked_key_are_made_again(many: Many) -> None:
    many.validate()
    files = KeyFiles.below(many.home)
    old = files.signer().key_id
    files.rotate()
    assert many.validate().cached == len(DAYS), "what the old key signed stays believed"
    files.revoke(old, "stolen")
    many.adopt([lean_table(10**6 + n, ROWS) for n in range(22)])
    assert many.validate().cached == 0
    assert many.validate().cached == len(DAYS)


def test_where_columns_are_named_otherwise_all_is_judged_again(
    many: Many, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Verdicts name columns: the gate looks for those of the names as they are now."""
    many.validate()
    monkeypatch.setattr(content, "SCHEME", "columns/next")
    found = many.validate()
    assert memory(many).recall(DAYS).keys() == set(DAYS)
    assert found.bytes_read > 0
    assert many.validate().bytes_read == 0


def memory(many: Many) -> Memory:
    lake = many.lake()
    commit, store = lake.head(MAIN), DiskStore(many.home / "store")
    golden = current_golden(lake, commit, many.contract.dataset)
    return Memory(Trial(lake, many.contract, commit, commit, golden, store))


def test_a_verdict_is_read_only_when_it_is_looked_at(many: Many) -> None:
    before = many.validate()
    recalled = memory(many).recall([*DAYS, Partition("v-m-many", "2030-01-01")])
    assert list(recalled) == DAYS
    for day, one in recalled.items():
        verdict = before.verdicts[day]
        assert "verdict" not in vars(one)
        assert (one.outcome, one.key, one.rows) == (verdict.outcome, verdict.key, ROWS)
        assert (one.verdict, one.digest) == (verdict, verdict.inputs.content)
        assert one.content.digest == one.digest
        assert (one.known, one.bytes_read) == (True, 0)


def test_what_the_ledger_does_not_say_is_not_believed(many: Many) -> None:
    many.validate()
    (one,) = memory(many).recall(DAYS[:1]).values()
    other = next(outcome for outcome in Outcome if outcome is not one.outcome)
    for wrong in (replace(one, outcome=other), replace(one, key="0" * 64)):
        with pytest.raises(CorruptError, match="is remembered as"):
            _ = wrong.verdict


def test_nothing_is_remembered_of_a_lesser_level(many: Many) -> None:
    lake, store = many.lake(), DiskStore(many.home / "store")
    for _ in range(2):
        found = validate(lake, many.contract, store=store, level="L3")
        assert {str(one.outcome) for one in found.verdicts.values()} <= {"FAIL", "INCONCLUSIVE"}
    assert memory(many).recall(DAYS) == {}


def test_progress_counts_what_is_remembered_too(many: Many) -> None:
    many.validate()
    many.put([(DAYS[2], lean_table(99, ROWS))])
    told: list[tuple[int, int, str]] = []

    def progress(stage: str, done: int, total: int, what: str, *, rows: int = 0) -> None:
        assert (stage, rows) == ("validate", ROWS * done)
        told.append((done, total, what))

    store = DiskStore(many.home / "store")
    validate(many.lake(), many.contract, store=store, progress=progress)
    assert [(done, total) for done, total, _ in told] == [(n, 4) for n in (1, 2, 3, 4)]
    assert {what for _, _, what in told} == {str(day) for day in DAYS}
    assert told[-1][2] == str(DAYS[2])


def test_verdicts_are_equal_to_a_dict_of_them(many: Many) -> None:
    many.validate()
    found = many.validate().verdicts
    assert "DAYS" not in repr(found)
    assert str(DAYS[0]) in repr(found)
    assert found == dict(found.items())
    assert list(found) == DAYS
    with pytest.raises(KeyError):
        found[Partition("v-m-many", "2030-01-01")]


def test_few_files_are_looked_up_as_many_are_listed(many: Many) -> None:
    lake = many.lake()
    head, absent = lake.head(MAIN), days(FEW + 9)

    def path(instrument: str, date: str) -> str:
        return dataset_path(many.contract.dataset, instrument, date)

    listed = file_digests(lake, head, path, absent)
    assert set(listed) == set(DAYS) & set(absent)
    one_by_one = {day: file_digests(lake, head, path, [day]).get(day) for day in absent}
    assert {day: found for day, found in one_by_one.items() if found} == listed
    assert file_digests(lake, head, path, []) == {}
