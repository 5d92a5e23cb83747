"""Judging by other names, mixed outcomes, foreign tags, edited bytes: what the exit code says."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from karat import dataset, open_lake
from karat.errors import DatasetRefused
from karat.lake import Lake
from karat.lake.layout import MAIN, dataset_path

Karat = Callable[..., Any]
FIRST, SECOND = "sim-usdm-abc/2024-01-01", "sim-usdm-abc/2024-01-02"
RAW = "usdm_abc_{}_raw.parquet"
FINDINGS = {"family", "role", "name", "outcome", "reason", "numbers"}


@pytest.fixture
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    request.getfixturevalue("proved")
    return open_lake(tmp_path / "home" / "lake")


def test_one_set_of_bytes_by_three_names(proved: Karat, lake: Lake) -> None:
    tag, head = "dataset-demo-1.0.0", lake.head(MAIN)
    keys = []
    for ref in (tag, head, "main"):
        told = proved("validate", "--ref", ref, "--json")
        assert (told.code, told.json["cached"], told.json["refs"]) == (0, 2, {ref: [FIRST, SECOND]})
        keys.append([verdict["key"] for verdict in told.json["verdicts"].values()])
    assert keys[0] == keys[1] == keys[2]


def test_an_audit_branch_by_name(karat: Karat, days: Path) -> None:
    karat("ingest", days)
    branch = karat("rebuild", "--json").json["branch"]
    told = karat("validate", "--ref", branch, SECOND, "--json")
    assert (told.code, told.json["refs"]) == (0, {branch: [SECOND]})
    assert karat("publish", FIRST).code == 1, "nobody judged it yet"
    assert karat("validate", "--ref", "main", FIRST).code == 2, "nothing is published"
    empty = karat("validate", "--ref", "main", "--json")
    assert (empty.code, empty.json["outcome"], empty.json["verdicts"]) == (3, "INCONCLUSIVE", {})


def test_the_document_of_a_verdict(proved: Karat) -> None:
    told = proved("validate", FIRST, FIRST, "--json").json
    assert (list(told["verdicts"]), told["cached"]) == ([FIRST], 1)
    verdict = told["verdicts"][FIRST]
    assert set(verdict) == {"format", "outcome", "inputs", "findings", "key", "ref", "waiver"}
    assert all(set(finding) == FINDINGS for finding in verdict["findings"])
    families = [finding["family"] for finding in verdict["findings"]]
    assert set(families) == {"invariants", "sequence", "paired", "unpaired"}


def test_wrong_and_unknown_together_are_wrong(karat: Karat, days: Path, tmp_path: Path) -> None:
    """The first day has no golden capture, the second has lost messages."""
    fault = ("--fault", "lost_deltas", "--fault-day", "2024-01-02", "--sealed", tmp_path / "sealed")
    spoiled = ("-i", "sim-usdm-abc", "--messages", 2000, "--seed", 7, *fault)
    assert karat("simulate", tmp_path / "bad", *spoiled).code == 0
    karat("ingest", days / RAW.format("20240101"))
    assert karat("rebuild").code == 0
    assert karat("validate").code == karat("publish").code == 3
    assert karat("dataset", "cut", "demo").code == 1, "nothing of it is published"
    for path in sorted((tmp_path / "bad").glob("*20240102*")):
        karat("ingest", path)
    assert karat("validate").code == 3, "not rebuilt is not known"
    assert karat("rebuild").code == 0
    outcomes = {p: v["outcome"] for p, v in karat("validate", "--json").json["verdicts"].items()}
    assert outcomes == {FIRST: "INCONCLUSIVE", SECOND: "FAIL"}
    assert karat("validate").code == karat("publish").code == 1
    assert karat("validate", FIRST).code == karat("publish", FIRST).code == 3
    assert karat("validate", SECOND).code == karat("publish", SECOND).code == 1


def blob_of(lake: Lake) -> Path:
    _, _, date = SECOND.rpartition("/")
    return lake.local_path(MAIN, dataset_path("book_events", "sim-usdm-abc", date))


def flipped(data: bytes) -> bytes:
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def other_values(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pq.read_table(pa.BufferReader(data)).slice(1), sink)
    return bytes(sink.getvalue())


def cut_short(data: bytes) -> bytes:
    return data[:-9]


def emptied(_: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("edit", [flipped, other_values, cut_short, emptied])
def test_an_edited_blob_is_found(proved: Karat, lake: Lake, edit: Callable[[bytes], bytes]) -> None:
    blob = blob_of(lake)
    blob.chmod(0o644)
    blob.write_bytes(edit(blob.read_bytes()))
    told = proved("dataset", "verify", "demo@1.0.0", "--json")
    assert (told.code, told.json["error"]["kind"]) == (2, "CorruptError")
    assert "2024-01-02" in told.json["error"]["message"]


def test_a_blob_that_is_gone_is_named(proved: Karat, lake: Lake) -> None:
    blob_of(lake).unlink()
    told = proved("dataset", "verify", "demo@1.0.0", "--json")
    assert (told.code, told.json["error"]["kind"]) == (2, "ObjectGone")
    assert "2024-01-02" in told.json["error"]["message"]


def test_tags_of_others_are_in_nobodys_way(proved: Karat, lake: Lake) -> None:
    for name in ("dataset-notes", "dataset-demo-draft", "dataset-1.0.0"):
        lake.create_tag(name, MAIN)
    listed = proved("dataset", "ls", "--json")
    assert (listed.code, [d["version"] for d in listed.json["datasets"]]) == (0, ["1.0.0"])
    assert proved("dataset", "cut", "demo", "--json").json["version"] == "1.0.0"
    with pytest.raises(DatasetRefused, match=r"no such version of 'demo'; have 1\.0\.0"):
        dataset.open(lake, "demo@draft")


def test_a_tag_without_a_manifest_opens_nothing(lake: Lake) -> None:
    lake.create_tag("dataset-demo-9.9.9", MAIN)
    with pytest.raises(DatasetRefused, match="no such version"):
        dataset.open(lake, "demo@9.9.9")
    assert dataset.open(lake, "demo@1.0.0").partitions == [FIRST, SECOND]


@pytest.mark.parametrize("name", ["Demo", "a b", "../x", "-x", ""])
def test_a_dataset_has_a_plain_name(proved: Karat, name: str) -> None:
    answer = proved("dataset", "cut", "--json", "--", name)
    assert (answer.code, answer.err) == (2, "")
    assert "only a-z" in answer.json["error"]["message"]


@pytest.mark.parametrize("text", ["", "- list", "dataset: [", "dataset: a\ndataset: b", "\x00"])
def test_doctor_tells_of_a_broken_contract(karat: Karat, tmp_path: Path, text: str) -> None:
    (tmp_path / "ours.yaml").write_text(text)
    answer = karat("doctor", "--contract", tmp_path / "ours.yaml", "--json")
    (found,) = [f for f in answer.json["findings"] if f["what"] == "contract"]
    assert (answer.code, found["good"]) == (2, False)
    assert "ours.yaml" in found["said"]


def test_doctor_tells_of_what_is_none(karat: Karat, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "karat.sqlite").write_text("not a database")
    for words in (
        ("--contract", tmp_path / "none.yaml"),
        ("--contract", tmp_path / "folder"),
        ("--lake", "lakefs://host/repository"),
        ("--lake", "memory:"),
        ("--lake", tmp_path / "folder" / "karat.sqlite"),
    ):
        answer = karat("doctor", *words, "--json")
        bad = [f["what"] for f in answer.json["findings"] if not f["good"]]
        assert (answer.code, bad) == (2, [words[0].removeprefix("--")]), answer


@pytest.mark.usefixtures("proved")
def test_from_another_directory(tmp_path: Path) -> None:
    """A real process, at a terminal: relative paths are from there, and bars go to it alone."""
    words = [sys.executable, "-m", "karat.cli", "dataset", "verify", "demo@1.0.0", "--json"]
    outer, inner = pty.openpty()
    clean = {k: v for k, v in os.environ.items() if not k.startswith("KARAT_")}
    done = subprocess.run(
        [*words, "--home", "home"],
        cwd=tmp_path,
        env=clean | {"TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=inner,
        check=False,
    )
    os.close(inner)
    drawn = os.read(outer, 100_000).decode()
    os.close(outer)
    assert done.returncode == 0, drawn
    assert done.stdout.startswith(b"{")
    assert "verify" in drawn
    assert not (tmp_path / ".karat").exists()
