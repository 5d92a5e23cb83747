"""A look at a lake in memory: what asks for runs, and what does not."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

import pytest

from karat import open_lake
from karat.contracts import Contract, RunsRule, SourceRule, parse_contract
from karat.errors import InputError, UnavailableError
from karat.lake import Lake
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.store import MemoryStore
from karat.watch import Look, Seen, look_at_captures, look_at_golden, look_at_rules
from tests.unit.whole_contract import TEXT

ONE, TWO = "x-spot-one", "x-spot-two"
RULES = RunsRule(partitions=3, at_once=2)
WRITTEN = parse_contract(TEXT, "test").model_copy(update={"runs": RULES})
DAYS = [f"2024-01-{n:02}" for n in range(1, 8)]
NOON = int(datetime(2024, 1, 8, 12, tzinfo=UTC).timestamp())


def clock() -> int:
    return NOON


class Place:
    """A lake in memory, the captures in it, and what the last look saw."""

    def __init__(self, contract: Contract = WRITTEN) -> None:
        self.lake: Lake = open_lake("memory:")
        self.contract, self.store, self.cursor = contract, MemoryStore(), ""

    def bring(self, files: Mapping[Partition, bytes | None], **metadata: str) -> None:
        folder = self.contract.source.folder
        with self.lake.session(MAIN) as session:
            for one, data in files.items():
                path = dataset_path(folder, one.instrument, one.date)
                if data is None:
                    session.delete(path)
                else:
                    session.put(path, data, metadata=metadata)
            session.commit("Bring")
            self.lake.merge(session.branch, MAIN, message="Bring")

    def look(self, at: Callable[..., Look] = look_at_captures) -> list[Partition]:
        found = at(self.lake, self.contract, self.cursor, store=self.store, clock=clock)
        self.cursor = found.seen.encode()
        return [one for batch in found.rebuild for one in batch.partitions]

    def all_looks(self) -> list[Partition]:
        found: list[Partition] = []
        while now := self.look():
            found += now
        return found


def days(*names: str, only: Iterable[str] = DAYS, data: bytes = b"1") -> dict[Partition, bytes]:
    return {Partition(name, day): data for name in names for day in only}


def test_new_days_wait_for_their_turn() -> None:
    place = Place()
    assert place.look() == []
    place.bring(days(ONE, TWO))
    first = [Partition(name, day) for name in (ONE, TWO) for day in DAYS[:3]]
    assert place.look() == first, "the first days of each, in two runs"
    assert Seen.decode(place.cursor).waiting == {*days(ONE, TWO)} - {*first}
    assert sorted([*first, *place.all_looks()]) == sorted(days(ONE, TWO))
    assert Seen.decode(place.cursor).waiting == frozenset()


def test_only_other_bytes_are_asked_for_and_again_when_they_are_back() -> None:
    place, first = Place(), Partition(ONE, DAYS[0])
    place.bring(days(ONE))
    assert sorted(place.all_looks()) == sorted(days(ONE))
    place.bring({first: b"1"}, note="other metadata")
    assert place.look() == []
    for data in (b"2", b"1", b"2"):
        generation = Seen.decode(place.cursor).generation
        place.bring({first: data})
        assert place.look() == [first]
        assert place.look() == []
        assert Seen.decode(place.cursor).generation == generation + 1
    place.bring({first: b"1"})
    place.bring({first: b"2"})
    assert place.look() == [], "what came and went between two looks"


def test_a_capture_that_is_gone_asks_for_the_day_after_it() -> None:
    place = Place()
    place.bring(days(ONE, TWO))
    place.all_looks()
    place.bring({Partition(ONE, DAYS[2]): None})
    assert place.look() == [Partition(ONE, DAYS[3])]
    place.bring({Partition(TWO, DAYS[-1]): None})
    assert place.look() == []


def test_a_day_is_asked_for_when_it_is_over_and_ours() -> None:
    place = Place()
    place.bring(days(ONE, only=["2023-12-31", "2024-01-07", "2024-01-08"]))
    assert place.all_looks() == [Partition(ONE, "2024-01-07")]
    assert Seen.decode(place.cursor).waiting == {Partition(ONE, "2024-01-08")}


def test_a_lost_cursor_or_another_maker_asks_for_what_the_ledger_lacks() -> None:
    place = Place()
    place.bring(days(ONE))
    place.all_looks()
    place.cursor = ""
    assert sorted(place.all_looks()) == sorted(days(ONE)), "nothing of it was rebuilt"
    source = SourceRule(**{**place.contract.source.model_dump(), "version": 9})
    place.contract = place.contract.model_copy(update={"source": source})
    assert sorted(place.all_looks()) == sorted(days(ONE))
    assert place.look() == []


def test_a_cursor_of_another_lake_asks_the_ledger() -> None:
    place, other = Place(), Place()
    place.bring(days(ONE))
    place.all_looks()
    other.bring(days(ONE, data=b"other"))
    other.cursor = place.cursor
    assert sorted(other.all_looks()) == sorted(days(ONE))


@pytest.mark.parametrize("text", ["x", "{}", "[]", '{"version":1}', '{"version":2,"waiting":{}}'])
def test_a_cursor_that_is_none_is_an_error(text: str) -> None:
    place = Place()
    place.cursor = text
    with pytest.raises(InputError, match="cursor"):
        place.look()


@pytest.mark.parametrize("look", [look_at_captures, look_at_golden, look_at_rules])
def test_a_lake_that_is_down_has_not_nothing_new(
    look: Callable[..., Look], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place()
    place.look(look)
    before = place.cursor

    def head(_: str) -> str:
        raise UnavailableError("the lake does not answer")

    monkeypatch.setattr(place.lake, "head", head)
    with pytest.raises(UnavailableError):
        place.look(look)
    assert place.cursor == before


def test_where_nothing_is_rebuilt_nothing_is_judged_again() -> None:
    place = Place()
    place.bring(days(ONE))
    for look in (look_at_rules, look_at_golden):
        place.cursor = ""
        assert place.look(look) == []
        found = look(place.lake, place.contract, "", store=place.store, clock=clock)
        assert not found.everything


def test_another_contract_has_everything_judged_and_back_again() -> None:
    place, told = Place(), []
    cursor = look_at_rules(place.lake, place.contract, store=place.store, clock=clock).seen
    other = parse_contract(TEXT.replace("locator: id", "locator: kind"), "other")
    for contract in (place.contract, other, other, place.contract):
        found = look_at_rules(place.lake, contract, cursor.encode(), store=place.store, clock=clock)
        told.append((found.everything, found.generation))
        cursor = found.seen
    assert told == [(False, NOON), (True, NOON), (False, NOON + 1), (True, NOON + 1)]
