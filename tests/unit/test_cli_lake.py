"""`karat lake`: the lake seen, cleaned, checked and copied from the command line."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from karat.cli.lake import ORDER
from karat.lake import Lake, open_lake
from karat.lake.testing.writing import publish, write

Karat = Callable[..., Any]
DATA = bytes(range(256)) * 50


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture
def lake(place: Path) -> Lake:
    lake = open_lake(place)
    publish(lake, {"raw/a": b"1", "raw/[b]": DATA, "notes": b"n"})
    lake.create_tag("v1.0.0", "main")
    publish(lake, {"raw/a": b"2", "notes": None, "new": b"3"})
    return lake


@pytest.fixture
def on(karat: Karat, place: Path, lake: Lake) -> Karat:
    assert lake
    return lambda *words: karat("lake", *words, "--lake", place)


@pytest.mark.parametrize("name", ORDER.split())
def test_every_help_teaches(karat: Karat, name: str) -> None:
    answer = karat("lake", name, "--help")
    assert answer.code == 0
    assert f"$ karat lake {name}" in answer.out
    assert "Exit codes" in answer.out
    assert "--json" in answer.out


def test_init_makes_a_lake_and_leaves_one_that_is_there(karat: Karat, tmp_path: Path) -> None:
    first = karat("lake", "init", "--home", tmp_path, "--json").json
    assert open_lake(tmp_path / "lake", create=False).head("main") == first["main"]
    assert karat("lake", "init", "--home", tmp_path, "--json").json == first
    assert "main is at" in karat("lake", "init", "--home", tmp_path).out
    assert karat("lake", "ls", "--lake", tmp_path / "nowhere").code == 2


def test_ls_shows_directories_and_files(on: Karat, lake: Lake) -> None:
    body = on("ls", "--json").json
    assert body["commit"] == lake.head("main")
    assert [one["path"] for one in body["entries"]] == ["new", "raw/"]
    deep = on("ls", "--ref", "v1.0.0", "--all", "--json").json["entries"]
    assert [(one["path"], one["size"]) for one in deep] == [
        ("notes", 1),
        ("raw/[b]", len(DATA)),
        ("raw/a", 1),
    ]
    shown = on("ls", "raw/").out
    assert "raw/[b]" in shown
    assert "12.8 kB" in shown
    assert "nothing at" in on("ls", "zz").out
    assert on("ls", "--ref", "main~1").code == 2


def test_log_and_diff(on: Karat, lake: Lake) -> None:
    commits = on("log", "--first-parent", "--json").json["commits"]
    assert [one["message"] for one in commits] == ["publish", "publish", "Found the lake"]
    assert commits[0]["id"] == lake.head("main")
    assert len(on("log", "--limit", "2", "--json").json["commits"]) == 2
    assert on("log").out.count("(merge)") == 2
    changes = on("diff", "v1.0.0", "--json").json["changes"]
    assert [(one["path"], one["type"]) for one in changes] == [
        ("new", "added"),
        ("notes", "removed"),
        ("raw/a", "changed"),
    ]
    assert changes[1]["right"] is None
    assert changes[2]["left"]["content_hash"] != changes[2]["right"]["content_hash"]
    assert on("diff", "v1.0.0", "--prefix", "raw/").out.startswith("~ raw/a")
    assert "no difference" in on("diff", "main", "main").out
    assert on("diff", "main", "v1.0.0", "--three-dot", "--json").json["changes"] == []


def test_cat_writes_the_bytes_and_never_damaged_ones_in_silence(
    on: Karat, lake: Lake, place: Path
) -> None:
    words = [sys.executable, "-m", "karat.cli", "lake", "cat", "raw/[b]", "--lake", str(place)]
    done = subprocess.run(words, capture_output=True, check=True)
    assert done.stdout == DATA
    assert on("cat", "raw/[b]", "--json").json["size"] == len(DATA)
    assert on("cat", "notes").code == 2
    assert on("cat", "notes", "--ref", "v1.0.0").out == "n"
    path = lake.local_path("main", "raw/[b]")
    path.chmod(0o644)
    path.write_bytes(DATA[::-1])
    broken = subprocess.run(words, capture_output=True, check=False)
    assert broken.returncode == 2
    assert b"does not hold the bytes" in broken.stderr


def test_branches_and_tags(on: Karat, lake: Lake) -> None:
    made = on("branch", "work", "--from", "v1.0.0", "--json").json["branches"]
    assert {"name": "work", "commit": lake.resolve("v1.0.0")} in made
    assert on("branch", "work").code == 2, "taken"
    assert "work" in on("branch").out
    assert on("branch", "work", "--delete").code == 0
    assert "work" not in on("branch").out
    assert on("branch", "main", "--delete").code == 2
    assert on("branch", "--delete").code == 2
    tags = on("tag", "before", "main", "--json").json["tags"]
    assert [one["name"] for one in tags] == ["before", "v1.0.0"]
    assert "v1.0.0" in on("tag").out
    refused = on("tag", "dataset-demo-1.0.0")
    assert (refused.code, "karat dataset cut" in refused.err) == (2, True)


GATED = [
    "demo/sim-spot-aaa/2024-01-01.parquet",
    "_karat/verdicts/demo/sim-spot-aaa/2024-01-01.json",
    "_karat/golden/current/demo.json",
    "datasets/demo/1.0.0.json",
]


@pytest.mark.parametrize("path", GATED)
def test_merge_does_not_go_round_the_gate(on: Karat, lake: Lake, path: str) -> None:
    write(lake, "work", {path: b"1", "raw/sim-spot-aaa/2024-01-01.parquet": b"2"})
    head = lake.head("main")
    for words in (["merge", "work"], ["merge", lake.head("work")]):
        refused = on(*words)
        assert (refused.code, "karat publish" in refused.err) == (1, True)
    assert lake.head("main") == head
    lake.create_branch("elsewhere", "main")
    assert on("merge", "work", "--into", "elsewhere").code == 0
    assert lake.head("main") == head
    assert on("merge", "elsewhere").code == 1


def test_merge_brings_what_is_a_source_or_ones_own(on: Karat, lake: Lake) -> None:
    write(lake, "work", {"raw/sim-spot-aaa/2024-01-01.parquet": b"1", "more": b"2"})
    head = lake.head("main")
    body = on("merge", "work", "-m", "why", "--json").json
    assert body["parents"] == [head, lake.head("work")]
    assert lake.commit_info("main").message == "why"
    assert on("merge", "work").code == 2, "nothing to merge"
    ledger = lake.head("ledger")
    assert on("merge", "work", "--into", "ledger").code != 0
    assert lake.head("ledger") == ledger


def test_a_merge_of_a_published_lake_takes_nothing_back(proved: Karat) -> None:
    log = proved("lake", "log", "--first-parent", "--json").json["commits"]
    assert proved("lake", "branch", "old", "--from", log[-1]["id"]).code == 0
    assert proved("lake", "merge", "old").code == 2, "holds all of it already"
    assert proved("lake", "fsck", "--deep").code == 0
    assert proved("lake", "gc", "--grace", "0", "--json").code == 0
    assert proved("dataset", "verify", "demo@1.0.0").code == 0


def test_gc_tells_then_frees(on: Karat, lake: Lake, place: Path) -> None:
    write(lake, "gone", {"x": DATA * 3})
    lake.delete_branch("gone")
    for path in (place / "blobs").rglob("*"):
        os.utime(path, (0, 0))
    assert on("gc", "--json").json["commits"] == 0, "the commit is young, and names the bytes"
    assert "would free 0 B" in on("gc", "--dry-run").out
    for word in ("", "1w", "-1s", "h"):
        assert on("gc", "--grace", word).code == 2


def test_fsck_names_what_is_damaged(on: Karat, lake: Lake) -> None:
    assert "whole" in on("fsck", "--deep").out
    path = lake.local_path("main", "raw/[b]")
    path.chmod(0o644)
    path.write_bytes(DATA[::-1])
    quick = on("fsck")
    assert (quick.code, "whole, as far as sizes tell: --deep" in quick.out) == (0, True)
    told = on("fsck", "--deep")
    assert told.code == 1
    assert "raw/[b]" in told.out
    assert "quarantine" in told.out
    (damage,) = on("fsck", "--json").json["damages"]
    assert (damage["how"], damage["uses"][0]["path"]) == ("missing", "raw/[b]")


def test_fsck_of_a_lake_that_cannot_be_opened(on: Karat, place: Path) -> None:
    (place / "lake.db-wal").unlink(missing_ok=True)
    (place / "lake.db").write_bytes(b"x" * 4096)
    told = on("fsck", "--json")
    assert told.code == 1
    assert told.json["damages"][0]["kind"] == "database"


def test_backup_restore_and_mirror(on: Karat, karat: Karat, lake: Lake, tmp_path: Path) -> None:
    done = on("backup", tmp_path / "backup", "--json").json
    assert done["main"] == lake.head("main")
    assert "all verified" in karat("lake", "restore", tmp_path / "backup", tmp_path / "again").out
    assert open_lake(tmp_path / "again").head("main") == lake.head("main")
    refused = karat("lake", "restore", tmp_path / "backup", tmp_path / "again")
    assert (refused.code, "overwritten" in refused.err) == (2, True)
    first = on("mirror", tmp_path / "mirror", "--json").json
    assert (first["commits"], first["refs"]) == (4, 3)
    assert on("mirror", tmp_path / "mirror", "--json").json["commits"] == 0
    listing = karat("lake", "ls", "--all", "--lake", tmp_path / "mirror", "--json").json["entries"]
    assert listing == on("ls", "--all", "--json").json["entries"]
    assert on("mirror", "memory:").code == 2
