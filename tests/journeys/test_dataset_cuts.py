"""What a dataset is cut from, which version it becomes, and how it is read at another time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from karat import dataset
from karat.dataset import Split
from karat.dataset.cutting import refuse_leaks
from karat.errors import CorruptError, DatasetRefused, InputError, UntrustedError
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition, manifest_path
from karat.messages import REBUILD_VERSION
from karat.signing import KeyFiles
from karat.simulation import corrected
from tests.journeys.conftest import FUTURES, SPOT, partition

ALONE = partition(1, SPOT)
"""A day that no other follows from: the day after it is not of the same book."""


def cut(place: Any, **how: Any) -> dataset.Manifest:
    return dataset.cut(place.lake, place.contract, "study", store=place.store, **how)


def restated(place: Any) -> None:
    place.restate(ALONE, corrected(place.raw(ALONE)))
    place.publish(place.prove())


def test_a_manifest_tells_all_that_it_rests_on(place: Any) -> None:
    manifest = cut(place)
    assert (manifest.title, manifest.features) == ("study@1.0.0", f"rebuild@{REBUILD_VERSION}")
    assert dict(manifest.schema) == {n: c.type for n, c in place.contract.columns.items()}
    assert manifest.signers == (KeyFiles.below(place.home).signer().key_id,)
    opened = dataset.open(place.lake, "study@1.0.0", verify="all")
    read = sum(batch.num_rows for batch in opened.batches(["sequence"]))
    assert manifest.rows == read == sum(entry.rows or 0 for entry in manifest.entries)


def test_days_are_split_in_time_and_the_embargo_is_left_out(place: Any) -> None:
    manifest = cut(place, partitions=[f"{FUTURES}/*"], split=Split("2024-03-06", 2))
    assert [entry.day[-2:] for entry in manifest.of("train")] == ["01", "02", "03"]
    assert [entry.day[-2:] for entry in manifest.of("eval")] == ["06", "07"]
    assert manifest.embargoed == (f"{FUTURES}/2024-03-04", f"{FUTURES}/2024-03-05")
    for part in ("train", "eval"):
        opened = dataset.open(place.lake, "study@1.0.0", part=part)
        assert opened.partitions == [entry.partition for entry in manifest.of(part)]
        assert len(list(opened.verify())) == len(opened.partitions)
    assert cut(place, partitions=[f"{FUTURES}/*"], split=Split("2024-03-06", 1)).version == "2.0.0"
    whole = cut(place, partitions=[f"{FUTURES}/*"])
    assert whole.version == "3.0.0"
    with pytest.raises(InputError, match="cut without a split"):
        dataset.open(place.lake, whole.title, part="train")


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"split": Split("2024-03-01", 0)}, "nothing is left to train on"),
        ({"split": Split("2025-03-01", 0)}, "nothing is left to eval on"),
        ({"partitions": ["*", "nobody-*/*"]}, "no raw partition matches nobody"),
        ({"partitions": []}, "no partitions are asked for"),
        ({"partitions": [f"{SPOT}/2024-03-01..2024-3-2"]}, "write a range of days"),
        ({"source": "nothing"}, "there is no such commit"),
        ({"source": "ledger"}, "no part of main"),
    ],
)
def test_what_cannot_be_cut_says_why(place: Any, how: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        cut(place, **how)
    assert dataset.manifests(place.lake, "study") == []


def test_ranges_and_names_choose_partitions(place: Any) -> None:
    some = [f"{FUTURES}/2024-03-02..2024-03-04", f"{SPOT}/2024-03-01"]
    found = [entry.partition for entry in cut(place, partitions=some).entries]
    assert found == [f"{SPOT}/2024-03-01", *(f"{FUTURES}/2024-03-0{n}" for n in (2, 3, 4))]
    assert cut(place, partitions=["sim-*/2024-03-01..2024-03-04", *some]).version == "1.1.0"


def test_what_an_earlier_version_says_is_that_version(place: Any) -> None:
    first = cut(place)
    restated(place)
    second = cut(place)
    assert (second.version, second.waived) == ("1.0.1", {})
    place.restate(ALONE, place.raw(ALONE))
    place.publish(place.prove())
    tags = list(place.lake.tags())
    assert cut(place) == first
    assert cut(place, purpose="a market maker").version == "1.0.2"
    assert cut(place).purpose == "a market maker", "said once"
    assert len(list(place.lake.tags())) == len(tags) + 1


def test_a_commit_of_main_is_cut_as_it_was(place: Any) -> None:
    before = place.lake.head("main")
    first = cut(place)
    restated(place)
    assert cut(place, source=before) == first
    assert cut(place).version == "1.0.1"


def test_a_dataset_is_read_as_of_a_moment(place: Any) -> None:
    start = place.lake.head("main")
    cut(place)
    between = place.lake.head("main")
    restated(place)
    cut(place)
    for moment, version in ((between, "1.0.0"), ("main", "1.0.1"), ("2999-01-01", "1.0.1")):
        assert dataset.open(place.lake, "study", as_of=moment).manifest.version == version
    assert dataset.open(place.lake, "study@1.0.0", as_of="2999-01-01T00:00+02:00").partitions
    with pytest.raises(DatasetRefused, match="no such version as of"):
        dataset.open(place.lake, "study@1.0.1", as_of=between)
    for moment in (start, "1971-01-01", "1971-01-01T00:00:00"):
        with pytest.raises(DatasetRefused, match="no version as of"):
            dataset.open(place.lake, "study", as_of=moment)
    with pytest.raises(InputError, match="write a commit, a branch, a day or a time"):
        dataset.open(place.lake, "study", as_of="yesterday")


def test_whoever_was_killed_before_the_tag_has_cut_all_the_same(place: Any) -> None:
    first = replace(place.cut(), name="study")
    file = {manifest_path("study", "1.0.0"): place.lake.keys.sign(first.encode())}
    append(place.lake, MAIN, file, message="Cut study 1.0.0")
    restated(place)
    with pytest.raises(DatasetRefused, match="have none"):
        dataset.open(place.lake, "study@1.0.0")
    assert cut(place).version == "1.0.1"
    assert dataset.open(place.lake, "study@1.0.0", verify="all").manifest == first


def test_one_content_does_not_train_and_evaluate(place: Any) -> None:
    """A copied day has a PASS of its own where no rule looks for copies."""
    manifest = cut(place, partitions=[f"{SPOT}/*"], split=Split("2024-03-03", 0))
    same = [entry.content for entry in manifest.entries]
    assert len(set(same)) == 3
    twin = replace(manifest.entries[2], content=same[0])
    with pytest.raises(DatasetRefused, match=r"evaluates, and .*/2024-03-01, which trains"):
        refuse_leaks(replace(manifest, entries=(*manifest.entries[:2], twin)))


def test_everything_is_verified_first_where_that_is_asked(place: Any) -> None:
    entry = cut(place).entries[0]
    file = place.lake.local_path("main", entry.path)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.chmod(0o644)
    file.write_bytes(data)
    assert dataset.open(place.lake, "study@1.0.0").partitions
    with pytest.raises(CorruptError, match=str(Partition.parse(entry.partition))):
        dataset.open(place.lake, "study@1.0.0", verify="all")


def test_a_revoked_key_that_vouched_for_verdicts_has_each_of_them_looked_at(place: Any) -> None:
    files = KeyFiles.below(place.home)
    old = files.signer().key_id
    files.rotate()
    first = cut(place)
    assert first.signers == (old,)
    assert dataset.open(place.lake, "study@1.0.0", verify="all").partitions
    files.revoke(old, "stolen")
    with pytest.raises(DatasetRefused, match="the ledger has no verdict"):
        dataset.open(place.lake, "study@1.0.0")
    place.rebuild()
    place.validate()
    assert dataset.open(place.lake, "study@1.0.0", verify="all").partitions, "another vouches now"
    assert cut(place) == first


def test_a_stranger_vouches_for_nothing(place: Any) -> None:
    with pytest.raises(UntrustedError, match="is not trusted here"):
        place.lake.keys.revoked("0" * 64)


def test_a_manifest_of_the_first_format_still_opens_and_is_the_same_data(place: Any) -> None:
    now = place.cut()
    entries = tuple(replace(entry, rows=None) for entry in now.entries)
    first = replace(
        now, name="study", entries=entries, schema=(), features="", signers=(), format=1
    )
    file = {manifest_path("study", "1.0.0"): place.lake.keys.sign(first.encode())}
    commit = append(place.lake, MAIN, file, message="Cut study 1.0.0")
    place.lake.create_tag("dataset-study-1.0.0", commit)
    opened = dataset.open(place.lake, "study@1.0.0", verify="all")
    assert (opened.manifest, opened.manifest.rows) == (first, None)
    assert cut(place) == first
    verdict = replace(entries[0], verdict="0" * 64)
    doubted = replace(first, version="1.0.1", entries=(verdict, *entries[1:]))
    file = {manifest_path("study", "1.0.1"): place.lake.keys.sign(doubted.encode())}
    commit = append(place.lake, MAIN, file, message="Cut study 1.0.1")
    place.lake.create_tag("dataset-study-1.0.1", commit)
    with pytest.raises(DatasetRefused, match="the ledger has no verdict"):
        dataset.open(place.lake, "study@1.0.1")
