"""Bytes edited behind karat's back, kind by kind: neither the gate nor the reader lets them by."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from karat import dataset, load_contract
from karat.cli.main import app
from karat.errors import CorruptError, DatasetRefused, KaratError, UntrustedError
from karat.lake.append import append
from karat.lake.layout import LEDGER, MAIN, Partition, dataset_path, manifest_path, verdict_path
from karat.signing import KeyFiles
from karat.verdicts import kept_history
from karat.verdicts.order import history

pytestmark = pytest.mark.e2e
ALONE = Partition("sim-spot-bbb", "2024-03-02")
NAME = "demo@1.0.0"


def gate(place: Any) -> object:
    return place.cut()


def reader(place: Any) -> object:
    return list(dataset.open(place.lake, NAME).verify())


both = pytest.mark.parametrize("ask", [gate, reader])


def verdict_of(place: Any, partition: Partition = ALONE) -> str:
    entries = dataset.open(place.lake, NAME).manifest.entries
    (entry,) = [e for e in entries if e.partition == str(partition)]
    return verdict_path("book_events", partition, entry.verdict)


def first_below(place: Any, prefix: str) -> str:
    return str(next(iter(place.lake.list(LEDGER, prefix))).path)


def flip(place: Any, ref: str, path: str) -> None:
    """Change one byte of a file where it lies on the disk."""
    file: Path = place.lake.local_path(ref, path)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.chmod(0o644)
    file.write_bytes(data)


LEDGER_FILES: dict[str, Callable[[Any], str]] = {
    "verdict": verdict_of,
    "order": lambda place: first_below(place, "order/"),
}


@both
@pytest.mark.parametrize("kind", LEDGER_FILES)
def test_a_record_edited_on_the_disk(place: Any, kind: str, ask: Callable[[Any], object]) -> None:
    flip(place, LEDGER, LEDGER_FILES[kind](place))
    del place.__dict__["lake"]  # as a process that looks at it for the first time
    with pytest.raises(CorruptError):
        ask(place)


@both
def test_an_entry_edited_on_the_disk_of_a_machine_that_kept_the_ledger(
    place: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was kept is enough to judge by, and admits nothing."""
    monkeypatch.setattr(kept_history, "WORTH", 1)
    for _ in range(2):  # the first looks at all of it, the second builds on that
        place.validate()
        del place.__dict__["lake"]
    assert history(place.lake).kept
    flip(place, LEDGER, first_below(place, "order/"))
    del place.__dict__["lake"]
    assert place.validate().outcome == "PASS"
    with pytest.raises(CorruptError):
        ask(place)


def test_a_build_edited_on_the_disk(place: Any) -> None:
    flip(place, LEDGER, first_below(place, f"builds/book_events/{ALONE}/"))
    with pytest.raises(CorruptError):
        gate(place)


@both
def test_a_record_exchanged_in_a_lake_that_is_whole(place: Any, ask: Any) -> None:
    """Whoever may write to the lake makes every digest fit, and cannot sign."""
    other = Partition("sim-spot-bbb", "2024-03-01")
    with place.lake.open(LEDGER, verdict_of(place, other)) as stream:
        append(place.lake, LEDGER, {verdict_of(place): stream.read()}, message="Mine")
    del place.__dict__["lake"]
    with pytest.raises(CorruptError, match="exchanged"):
        ask(place)


def test_data_edited_on_the_disk(place: Any) -> None:
    path = dataset_path("book_events", ALONE.instrument, ALONE.date)
    flip(place, MAIN, path)
    with pytest.raises(CorruptError, match=str(ALONE)):
        reader(place)


def test_data_edited_on_an_audit_branch_is_not_published(place: Any) -> None:
    from karat.simulation import corrected

    place.restate(ALONE, corrected(place.raw(ALONE)))
    branch = place.prove()
    flip(place, branch, dataset_path("book_events", ALONE.instrument, ALONE.date))
    with pytest.raises(CorruptError):
        place.publish(branch)


def test_a_state_edited_on_the_disk_is_computed_again(place: Any) -> None:
    before = place.validate()
    with closing(sqlite3.connect(place.home / "store" / "store-1.db")) as states, states:
        for row, data in states.execute("SELECT row, data FROM contents").fetchall():
            edited = data[:-1] + bytes([data[-1] ^ 1])
            states.execute("UPDATE contents SET data = ? WHERE row = ?", (edited, row))
    from karat.verdicts import Ledger

    for partition, verdict in before.verdicts.items():
        assert Ledger(place.lake).verdict("book_events", partition, verdict.key) == verdict
    after = place.validate()
    assert after.verdicts == before.verdicts
    assert after.root == before.root
    assert place.store.corrupt > 0
    assert place.cut().version == "1.0.0"


@both
def test_a_manifest_edited_on_the_disk(place: Any, ask: Any) -> None:
    flip(place, MAIN, manifest_path("demo", "1.0.0"))
    with pytest.raises(CorruptError):
        ask(place)


def test_a_manifest_put_under_the_tag_of_another(place: Any) -> None:
    with place.lake.open(MAIN, manifest_path("demo", "1.0.0")) as stream:
        data = stream.read()
    edits = {"9.0.0": data, "9.0.1": data.replace(b"eyJ", b"eyK", 1)}
    for version, edited in edits.items():
        commit = append(place.lake, MAIN, {manifest_path("demo", version): edited}, message="Mine")
        place.lake.create_tag(f"dataset-demo-{version}", commit)
        with pytest.raises(CorruptError, match=r"demo/9\.0"):
            dataset.open(place.lake, f"demo@{version}")


def test_a_contract_edited_on_the_disk(place: Any, tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "contracts" / "book_events.yaml").read_text()
    file = tmp_path / "book_events.yaml"
    file.write_text(text.replace('alpha: "0.05"', 'alpha: "0.06"', 1))
    assert file.read_text() != text
    place.contract = load_contract(file)
    with pytest.raises(DatasetRefused, match="no verdict under the present contract"):
        gate(place)


@both
def test_another_trust_root_believes_nothing_here(place: Any, ask: Any, tmp_path: Path) -> None:
    other = KeyFiles.below(tmp_path / "other")
    other.set_up()
    trust = KeyFiles.below(place.home).trust_root
    trust.write_bytes(other.trust_root.read_bytes())
    with pytest.raises(UntrustedError, match="not trusted here"):
        ask(place)


TRUSTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "gone": (Path.unlink, "no trust root"),
    "empty": (lambda path: path.write_text(""), "not a trust root"),
    "edited": (lambda path: path.write_text(_renamed(path)), "not what their names say"),
}


def _renamed(path: Path) -> str:
    body = json.loads(path.read_bytes())
    (key,) = body["keys"].values()
    return json.dumps(body | {"keys": {"0" * 64: key}})


@both
@pytest.mark.parametrize("how", TRUSTS)
def test_a_trust_root_that_is_not_one(place: Any, ask: Any, how: str) -> None:
    act, told = TRUSTS[how]
    act(KeyFiles.below(place.home).trust_root)
    with pytest.raises(KaratError, match=told):
        ask(place)


@both
def test_a_ledger_put_back_to_an_earlier_state(place: Any, ask: Any) -> None:
    ask(place)  # this machine has seen the ledger as it is
    first = list(place.lake.log(LEDGER))[-1].id
    (before,) = place.lake.commit_info(LEDGER).parents[:1]
    for commit in (before, first):
        place.lake._backend.refs.set_ref("branch", LEDGER, commit)
        del place.__dict__["lake"]
        with pytest.raises(CorruptError, match="put back to an earlier state"):
            ask(place)


def test_a_backup_put_back_on_purpose_is_accepted(place: Any) -> None:
    reader(place)
    (before,) = place.lake.commit_info(LEDGER).parents[:1]
    place.lake._backend.refs.set_ref("branch", LEDGER, before)
    del place.__dict__["lake"]
    words = ["keys", "accept", "--home", str(place.home), "--json"]
    told = CliRunner().invoke(app, words)
    assert (told.exit_code, json.loads(told.stdout)["entries"]) == (0, 1)
    with pytest.raises(DatasetRefused, match="no verdict"):
        gate(place)
    assert place.validate().outcome == "PASS"
    assert gate(place)


def test_what_a_revoked_key_signed_is_judged_again_from_kept_states(place: Any) -> None:
    files = KeyFiles.below(place.home)
    old = files.signer().key_id
    files.rotate()
    assert [gate(place), reader(place)]  # what the old key signed stays believed
    files.revoke(old, "stolen")
    with pytest.raises(DatasetRefused, match=r"its key|is revoked \(stolen\)"):
        reader(place)
    with pytest.raises(DatasetRefused, match="not rebuilt"):
        gate(place)
    batch = place.rebuild()
    assert (batch.branch, batch.failed, len(batch.rebuilt)) == (None, {}, 10)
    proof = place.validate()
    assert (proof.outcome, proof.cached, proof.bytes_read) == ("PASS", 0, 0)
    assert place.cut().version == "1.0.1"
    assert len(list(dataset.open(place.lake, "demo@1.0.1").verify())) == 10
