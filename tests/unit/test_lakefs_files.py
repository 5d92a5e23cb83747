"""Files of lakeFS: their digests, whoever put them, and the copies that are kept of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.digest import bytes_digest
from karat.errors import CorruptError, InputError, ObjectGone
from karat.lake.confirming import confirm
from karat.lake.lakefs import LakeFSLake
from karat.lake.lakefs_metadata import claimed_hash, commit_facts, merge_facts, readable, written
from karat.lake.protocol import ObjectInfo
from karat.lake.testing.writing import paths, publish, read, write
from tests.lakefs_double.clients import branch_with, commit, official, upload_as
from tests.lakefs_double.faults import Fault
from tests.lakefs_double.lakes import fill, kept, lake_on
from tests.lakefs_double.server import Double, serving
from tests.lakefs_double.state import Server

LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]))
KEYS = st.from_regex(r"[-a-z0-9]+", fullmatch=True).filter(lambda key: key != "content-sha256")
HASH = bytes_digest(b"")


@pytest.fixture(params=[False, True], ids=["api", "urls"])
def double(request: pytest.FixtureRequest) -> Iterator[Double]:
    with serving(Server(presign=request.param)) as server:
        yield server


@pytest.fixture
def lake(double: Double, tmp_path: Path) -> LakeFSLake:
    return lake_on(double, tmp_path / "cache")


def reads(double: Double) -> int:
    calls = double.faults.calls
    return calls.get("get_object", 0) + calls.get("read_presigned", 0)


@given(st.dictionaries(KEYS, LINE))
def test_metadata_is_plain_on_the_way_and_comes_back(metadata: dict[str, str]) -> None:
    stored = written(metadata, HASH)
    assert all(value.isascii() and value.strip() == value for value in stored.values())
    assert (readable(stored), claimed_hash(stored)) == (metadata, HASH)


@pytest.mark.parametrize("value", ["", " ", "é", "karat-utf8:", " karat-utf8:%41", "a  b", "日本"])
def test_any_line_of_metadata_is_kept_by_the_server(lake: LakeFSLake, value: str) -> None:
    with lake.session("main") as session:
        info = session.put("a", b"1", metadata={"k": value})
        assert lake.stat(session.commit("one"), "a") == info
    assert info.metadata == {"k": value}


def test_the_digest_is_the_lakes_to_write(lake: LakeFSLake) -> None:
    with lake.session("main") as session, pytest.raises(InputError, match="content-sha256"):
        session.put("a", b"1", metadata={"content-sha256": HASH})


@pytest.mark.parametrize("claim", ["", "0" * 63, "A" * 64, "g" * 64])
def test_nonsense_is_no_claim(claim: str) -> None:
    assert claimed_hash({"content-sha256": claim}) is None
    assert claimed_hash(None) is None


@given(st.dictionaries(st.sampled_from(["k", "Any key", "expected"]), st.text()), st.booleans())
def test_what_a_merge_says_comes_back_without_what_the_lake_added(
    metadata: dict[str, str], expected: bool
) -> None:
    sent = merge_facts(metadata, HASH if expected else None) | {".lakefs.merge.strategy": "default"}
    assert commit_facts(sent, 2) == metadata
    assert commit_facts(sent, 1) == sent


def test_a_file_is_brought_once(double: Double, lake: LakeFSLake, tmp_path: Path) -> None:
    first = write(lake, "work", {"a": b"1", "same": b"1"})
    for ref, path in ((first, "a"), ("work", "a"), (first, "same")):
        assert read(lake, ref, path) == b"1"
    assert reads(double) == 1
    assert read(lake_on(double, tmp_path / "cache"), first, "a") == b"1"
    assert reads(double) == 1
    assert read(lake_on(double, tmp_path / "other"), first, "a") == b"1"
    assert reads(double) == 2


def test_urls_are_used_where_they_are_offered(double: Double, lake: LakeFSLake) -> None:
    write(lake, "work", {"a": b"1"})
    assert read(lake, "work", "a") == b"1"
    assert ("read_presigned" in double.faults.calls) is double.state.presign
    assert ("get_object" in double.faults.calls) is not double.state.presign


def test_a_url_that_ended_is_asked_for_again(double: Double, lake: LakeFSLake) -> None:
    write(lake, "work", {"a": b"1"})
    double.faults.add(Fault("read_presigned", "refused", status=403))
    assert read(lake, "work", "a") == b"1"


@pytest.mark.parametrize("lake", ["urls"], indirect=True)
@pytest.mark.parametrize("store", ["http://127.0.0.1:9", "http://no-such-store.invalid", "{}/none"])
def test_a_store_that_is_out_of_reach_is_gone_round(
    double: Double, lake: LakeFSLake, store: str
) -> None:
    write(lake, "work", {"a": b"1" * 1000})
    double.state.address = store.format(double.url)
    assert read(lake, "work", "a") == b"1" * 1000
    assert double.faults.calls["get_object"] == 1


def test_a_download_that_breaks_off_begins_again(double: Double, lake: LakeFSLake) -> None:
    write(lake, "work", {"a": b"1" * 100_000})
    operation = "read_presigned" if double.state.presign else "get_object"
    for how in ("cut", "dropped", "garbled"):
        double.faults.add(Fault(operation, how))
    assert read(lake, "work", "a") == b"1" * 100_000
    assert double.faults.waiting == []


def test_a_damaged_copy_is_brought_again(lake: LakeFSLake) -> None:
    commit_id = write(lake, "work", {"a": b"1" * 100})
    path = lake.local_path(commit_id, "a")
    for damage in (b"2" * 100, b"1" * 99, b""):
        for whole in (False, True):
            path.chmod(0o644)
            path.write_bytes(damage)
            brought = lake.local_path(commit_id, "a").read_bytes() if whole else None
            assert (brought or read(lake, commit_id, "a")) == b"1" * 100
    path.chmod(0o644)
    path.write_bytes(b"2" * 100)
    assert lake.local_path(commit_id, "a", verify=False).read_bytes() == b"2" * 100


def test_the_cache_may_be_emptied(lake: LakeFSLake, tmp_path: Path) -> None:
    commit_id = write(lake, "work", {"a": b"1"})
    for _ in range(2):
        assert read(lake, commit_id, "a") == b"1"
        for blob in (tmp_path / "cache" / "blobs").rglob("*/*"):
            blob.unlink()


def test_bytes_that_are_not_what_was_put_are_never_given(double: Double, lake: LakeFSLake) -> None:
    """Somebody changed what lies in the object store."""
    info = write_and_stat(lake)
    store = kept(double).backend.blobs
    store._blobs[info.content_hash] = b"2" * info.size  # type: ignore[attr-defined]
    for ask in (lake.open, lake.local_path):
        with pytest.raises(CorruptError, match="'a'"):
            ask("work", "a")


def write_and_stat(lake: LakeFSLake) -> ObjectInfo:
    write(lake, "work", {"a": b"1" * 10})
    return lake.stat("work", "a")


def test_files_of_others_are_hashed_when_first_looked_at(
    double: Double, lake: LakeFSLake, tmp_path: Path
) -> None:
    branch_with(official(double), "theirs", {"a": b"1", "b": b"2"})
    infos = [info for info in lake.list("theirs") if isinstance(info, ObjectInfo)]
    assert [info.content_hash for info in infos] == [bytes_digest(b"1"), bytes_digest(b"2")]
    assert [change.right for change in lake.diff("main", "theirs")] == infos
    assert [change.left for change in lake.diff("theirs", "main")] == infos
    assert lake.stat("theirs", "a") == infos[0]
    assert (read(lake, "theirs", "b"), reads(double)) == (b"2", 2)
    again = lake_on(double, tmp_path / "cache")
    assert (again.stat("theirs", "b"), reads(double)) == (infos[1], 2)


def test_a_file_of_others_that_is_put_again_by_us_is_changed_once(
    double: Double, lake: LakeFSLake
) -> None:
    branch_with(official(double), "theirs", {"a": b"1"})
    ours = write(lake, "theirs", {"a": b"1"})
    assert [change.type for change in lake.diff("main", ours)] == ["added"]
    assert lake.stat(ours, "a").content_hash == bytes_digest(b"1")


def test_bytes_of_others_that_are_gone_are_told(double: Double, lake: LakeFSLake) -> None:
    branch_with(official(double), "theirs", {"a": b"1"})
    double.faults.add(Fault("get_object", "refused", times=1000, status=410))
    double.faults.add(Fault("read_presigned", "refused", times=1000, status=410))
    with pytest.raises(ObjectGone, match="'a'"):
        lake.stat("theirs", "a")


def test_lists_logs_and_diffs_are_longer_than_a_page(double: Double, lake: LakeFSLake) -> None:
    names = [f"{number:04d}" for number in range(2001)]
    head = fill(kept(double), "main", names, commits=1002)
    assert paths(lake, head) == names
    assert sum(1 for _ in lake.log(head)) == 1003
    assert [c.id for c in lake.log(head, limit=1001)] == [c.id for c in lake.log(head)][:1001]
    assert [change.path for change in lake.diff("ledger", head)] == names
    assert [change.path for change in lake.diff(head, "ledger")] == names
    assert sum(1 for _ in lake.diff("ledger", head, mode="three-dot")) == 2001


def test_many_branches_and_tags_are_all_listed(double: Double, lake: LakeFSLake) -> None:
    repo, head = kept(double), lake.head("main")
    names = [f"v{number:04d}" for number in range(1001)]
    repo.tags.update(dict.fromkeys(names, head))
    assert [ref.name for ref in lake.tags("v")] == names


def test_three_dot_diff_tells_both_sides(lake: LakeFSLake) -> None:
    publish(lake, {"a": b"1", "b": b"1", "c": b"1"})
    write(lake, "work", {"a": b"22", "b": b"22", "c": None, "d": b"22"})
    publish(lake, {"b": None, "c": b"333"})
    told = {
        c.path: (
            c.type,
            c.left and read(lake, "main", c.path),
            c.right and read(lake, "work", c.path),
        )
        for c in lake.diff("main", "work", mode="three-dot")
    }
    assert told == {
        "a": ("changed", b"1", b"22"),
        "b": ("conflict", None, b"22"),
        "c": ("conflict", b"333", None),
        "d": ("added", None, b"22"),
    }


def test_commits_are_asked_for_once(double: Double, lake: LakeFSLake) -> None:
    head = publish(lake, {"a": b"1"})
    lake.commit_info(head)
    before = double.faults.calls["get_commit"]
    for _ in range(3):
        lake.commit_info(head)
        lake.stat(head, "a")
    assert double.faults.calls["get_commit"] == before


def test_files_are_asked_for_once(double: Double, lake: LakeFSLake) -> None:
    """A commit never changes; what was listed or looked at is known."""
    head = write(lake, "work", {"a": b"1", "b": b"2"})
    first = list(lake.list(head))
    assert [lake.stat(head, path) for path in ("a", "b")] == first
    asked = double.faults.calls.get("stat_object", 0)
    assert read(lake, head, "a") == b"1"
    again = write(lake, "work", {"a": b"3"})
    assert read(lake, again, "a") == b"3"
    assert read(lake, head, "a") == b"1"
    assert double.faults.calls["stat_object"] - asked == 1 + 2 * double.state.presign


def test_what_a_writer_says_is_not_believed_for_a_copy_that_is_here(
    double: Double, lake: LakeFSLake, tmp_path: Path
) -> None:
    """Bytes of the same length come under a digest that is known here; each is read once."""
    head = write(lake, "work", {"a": b"proved"})
    assert read(lake, head, "a") == b"proved"
    before, proved = reads(double), lake.stat(head, "a")
    for name, again in (("one", lake), ("two", lake_on(double, tmp_path / "cache"))):
        again.confirm(head, proved)
        write(again, name, {"b": b"proved"})
        assert read(again, name, "b") == b"proved"
    assert reads(double) == before
    branch_with(official(double), "forged", {"readme": b""})
    upload_as(official(double), "forged", "a", b"forged", proved.content_hash)
    forged = commit(official(double), "forged")
    assert lake.stat(forged, "a").content_hash == proved.content_hash
    for look in (lake.open, lake.local_path):
        with pytest.raises(CorruptError, match="is said to have"):
            look(forged, "a")
    with pytest.raises(CorruptError, match="is said to have"):
        confirm(lake, forged, lake.stat(forged, "a"))
    assert read(lake, head, "a") == b"proved"
