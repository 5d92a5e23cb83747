"""A record of many verdicts that was edited, exchanged, removed or forged is never believed."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.partitions import lean_table
from karat.errors import CorruptError
from karat.lake.append import append
from karat.lake.layout import LEDGER, root_path
from karat.signing import KeyFiles
from karat.verdicts import Ledger, Outcome, record
from karat.verdicts.batch import Batch
from karat.verdicts.batches import batches
from karat.verdicts.root import RootVerdict
from tests.unit.rejudged import BASE, DAYS, Days, changed, judged_days

NEW = changed(tolerance="0.9")
OTHER = changed(tolerance="0.8")


@pytest.fixture
def place(tmp_path: Path) -> Days:
    found = judged_days(tmp_path)
    found.judge(NEW)
    return found


def batch_path(place: Days, contract: Any = NEW) -> str:
    (path,) = place.ledger(f"verdicts/many/together/{contract.digest}/")
    return path


def flip(place: Days, path: str) -> None:
    file = place.open.local_path(LEDGER, path)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.chmod(0o644)
    file.write_bytes(data)


def ask(place: Days, contract: Any = NEW) -> Any:
    """Return a verdict as another process finds it."""
    ledger = Ledger(place.lake())
    keys = [one.batch.entries[str(DAYS[0])].key for one in batches(ledger, "many", contract.digest)]
    return ledger.verdict("many", DAYS[0], keys[0]) if keys else None


def test_what_was_not_touched_is_believed(place: Days) -> None:
    assert ask(place).outcome is Outcome.PASS


@pytest.mark.parametrize("what", ["verdicts/many/together/", "measured/many/"])
def test_a_file_edited_on_the_disk(place: Days, what: str) -> None:
    for path in place.ledger(what):
        flip(place, path)
    with pytest.raises(CorruptError):
        ask(place)


def test_a_record_exchanged_for_another(place: Days) -> None:
    place.judge(OTHER)
    with place.open.open(LEDGER, batch_path(place, OTHER)) as stream:
        append(place.open, LEDGER, {batch_path(place): stream.read()}, message="Mine")
    with pytest.raises(CorruptError, match="exchanged"):
        ask(place)


@pytest.mark.parametrize("what", ["together", "measured"])
def test_a_record_removed(place: Days, what: str) -> None:
    prefix = {"together": batch_path(place), "measured": "measured/"}[what]
    with place.open.session(LEDGER) as session:
        for path in place.ledger(prefix):
            session.delete(path)
        place.open.merge(session.commit("Nothing happened"), LEDGER, message="Nothing")
    with pytest.raises(CorruptError, match="gone"):
        ask(place)


LIES = ["outcome", "decisive", "content", "moved", "key", "contract", "lacking"]


def lie_about(batch: Batch, lie: str) -> dict[str, Any]:
    first, second = str(DAYS[0]), str(DAYS[1])
    entry, entries = batch.entries[first], dict(batch.entries)
    said: dict[str, dict[str, Any]] = {
        "outcome": {"outcome": Outcome.FAIL},
        "decisive": {"decisive": (("unpaired", "another"),)},
        "content": {"content": "0" * 64},
        "moved": entries[second]._asdict(),
        "key": {"key": "0" * 64},
    }
    if lie in said:
        return {"entries": entries | {first: entry._replace(**said[lie])}}
    if lie == "contract":
        return {"ruled": json.loads(json.dumps(batch.ruled)) | {"locator": "value"}}
    return {"entries": entries | {"v-m-many/2030-01-01": entry}}


@pytest.mark.parametrize("lie", LIES)
def test_what_a_trusted_key_signed_has_to_follow(place: Days, lie: str) -> None:
    (one,) = batches(place.now, "many", NEW.digest)
    spoiled = replace(one.batch, **lie_about(one.batch, lie))
    record(place.open, {spoiled.path: spoiled.data}, "Mine")
    asked = "v-m-many/2030-01-01" if lie == "lacking" else str(DAYS[0])
    found = {found.path: found for found in batches(Ledger(place.lake()), "many", NEW.digest)}
    with pytest.raises(CorruptError):
        found[spoiled.path].verdict(asked)
    assert found[one.path].verdict(str(DAYS[0])).outcome is Outcome.PASS
    if lie != "lacking":
        with pytest.raises(CorruptError):
            list(Ledger(place.lake()).judged("many", DAYS[0]))


@pytest.mark.parametrize("lie", ["measured", "golden"])
def test_what_a_record_was_made_of_has_to_be_there(place: Days, lie: str) -> None:
    (one,) = batches(place.now, "many", NEW.digest)
    root = replace(one.batch.root, golden="0" * 64)
    said: dict[str, Any] = {"measured": "0" * 64} if lie == "measured" else {"root": root}
    spoiled = replace(one.batch, **said)
    record(place.open, {spoiled.path: spoiled.data}, "Mine")
    with pytest.raises(CorruptError, match="gone"):
        list(batches(Ledger(place.lake()), "many"))


def test_a_record_under_another_name(place: Days) -> None:
    (one,) = batches(place.now, "many", NEW.digest)
    path = one.path.replace(one.batch.root.key, "0" * 64)
    record(place.open, {path: one.batch.data}, "Mine")
    with pytest.raises(CorruptError, match="not what its name says"):
        list(batches(Ledger(place.lake()), "many"))


def test_what_a_revoked_key_signed_is_decided_again(place: Days) -> None:
    files = KeyFiles.below(place.home)
    old = files.signer().key_id
    files.rotate()
    files.revoke(old, "stolen")
    place.__dict__.pop("open")
    assert ask(place) is None
    place.adopt([lean_table(10**6 + n, 400) for n in range(22)])
    place.gone()
    again = place.judge(NEW)
    assert (again.cached, again.bytes_read) == (0, 0)
    assert ask(place) == again.verdicts[DAYS[0]]
    assert place.judge(NEW).cached == len(DAYS)


def test_the_verdict_on_all_is_signed_and_held_to(place: Days) -> None:
    found = place.judge(BASE)
    root = found.root_verdict
    assert root is not None
    assert place.now.root("many", root.key, BASE.digest) == root
    assert (root.root, root.partitions, root.outcome) == (found.root, len(DAYS), found.outcome)
    assert root.merged == found.merged
    many = place.judge(NEW).root_verdict
    assert many is not None
    assert place.now.root("many", many.key, NEW.digest) == many
    assert place.now.root("many", many.key, BASE.digest) is None
    flip(place, root_path("many", root.key))
    place.__dict__.pop("open")
    with pytest.raises(CorruptError):
        place.judge(BASE)


def test_another_verdict_on_all_under_its_name_is_refused(place: Days) -> None:
    root = place.judge(BASE, partitions=DAYS[:5]).root_verdict
    assert root is not None
    other = place.judge(BASE, partitions=DAYS[:6]).root_verdict
    assert other is not None
    mine = replace(other, outcome=Outcome.FAIL)
    assert mine.key != root.key
    with pytest.raises(CorruptError, match="says something else"):
        record(place.open, {root_path("many", mine.key): mine.encode()}, "Mine")
    with pytest.raises(CorruptError, match="not what its name says"):
        RootVerdict.decode(mine.encode(), root.key)
