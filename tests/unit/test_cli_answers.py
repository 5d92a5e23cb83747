"""Exit codes: 1 for what is shown to be wrong, 3 for what is not known, 2 for what broke."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from karat.cli.exits import Exit, exit_of_error, exit_of_reasons, interrupted
from karat.errors import (
    CorruptError,
    DatasetRefused,
    GateRefused,
    HeadMoved,
    InputError,
    KaratError,
    LakeUnusable,
    ProtectedRef,
    RefNotFound,
)

Karat = Callable[..., Any]
FIRST, SECOND = "sim-usdm-abc/2024-01-01", "sim-usdm-abc/2024-01-02"
SPOIL = ("--days", 2, "--messages", 2000, "--seed", 7, "--without-snapshot", "2024-01-02")


@pytest.fixture
def spoiled(proved: Karat, tmp_path: Path) -> Karat:
    """Restate the second day with sides flipped, and rebuild it."""
    fault = ("--fault", "side_flip", "--fault-day", "2024-01-02", "--sealed", tmp_path / "sealed")
    made = proved("simulate", tmp_path / "bad", "-i", "sim-usdm-abc", *SPOIL, *fault)
    assert made.code == 0, made
    status = [c["status"] for c in proved("ingest", tmp_path / "bad", "--json").json["captures"]]
    assert status == [*["same"] * 3, "restated", "same", "same"]
    assert list(proved("rebuild", "--json").json["rebuilt"]) == [SECOND]
    return proved


def test_a_fault_is_refused_at_every_door(spoiled: Karat) -> None:
    judged = spoiled("validate")
    assert judged.code == 1
    assert "1 PASS, 1 FAIL" in judged.out
    assert "first at update id" in judged.out.replace("\n", " ")
    published = spoiled("publish", "--json")
    assert published.code == 1
    assert published.json["root_before"] == published.json["root_after"]
    assert published.json["refused"][SECOND].startswith("FAIL")
    assert "unchanged" in spoiled("publish").out
    cut = spoiled("dataset", "cut", "demo")
    assert cut.code == 1
    assert SECOND in cut.err
    assert "has no PASS" in cut.err
    assert spoiled("dataset", "verify", "demo@1.0.0").code == 0


def test_what_is_not_judged_yet_is_refused(spoiled: Karat) -> None:
    answer = spoiled("publish", SECOND)
    assert answer.code == 1
    assert "no verdict" in answer.out


def test_no_golden_is_inconclusive(karat: Karat, days: Path) -> None:
    karat("ingest", days / "usdm_abc_20240101_raw.parquet")
    assert karat("validate").code == 3
    assert karat("publish", "--json").json["refused"][FIRST].startswith("its newest raw capture")
    karat("rebuild")
    judged = karat("validate", "--json")
    assert (judged.code, judged.json["outcome"]) == (3, "INCONCLUSIVE")
    assert "there is no golden capture" in karat("validate").out
    refused = karat("publish", "--json")
    assert (refused.code, refused.json["published"]) == (3, [])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rebuild", "nonsense"], "write instrument/date"),
        (["rebuild", "sim-usdm-xyz/2024-01-01"], "no raw capture"),
        (["validate", "sim-usdm-xyz/2024-01-01"], "no raw capture of sim-usdm-xyz/2024-01-01"),
        (["publish", "sim-usdm-xyz/2024-01-01"], "run karat ingest first"),
        (["validate", "--ref", "nowhere"], "nowhere"),
        (["validate", "--contract", "nowhere.yaml"], "nowhere.yaml"),
        (["dataset", "verify", "demo"], "name@version"),
        (["dataset", "verify", "demo@9.9.9"], "have 1.0.0"),
        (["dataset", "cut", "demo", "--partitions", "x*"], "no raw partition matches"),
        (["ingest", "/nowhere"], "no such file"),
        (["ingest", "/nowhere", "--instrument", "sim-usdm-abc"], "go together"),
        (["rebuild", "--raw", "x"], "go together"),
        (["rebuild", "--instrument", "x"], "need --raw"),
        (["validate", "--data", "x"], "--data x: no such file or folder"),
        (["validate", "--data", "/dev/null"], "go together"),
        (["validate", "--lake", "memory:"], "would be gone"),
    ],
)
def test_one_clear_message_and_exit_2(proved: Karat, words: list[str], said: str) -> None:
    answer = proved(*words)
    assert answer.code == 2
    assert said in answer.err
    assert answer.err.startswith(("error:", "refused:"))
    assert answer.out == ""
    told = proved(*words, "--json")
    assert (told.code, told.err) == (2, "")
    assert said in told.json["error"]["message"]
    assert told.json["error"]["kind"].isidentifier()


def test_no_lake_is_made_by_looking(karat: Karat, tmp_path: Path) -> None:
    for words in (["rebuild"], ["validate"], ["publish"], ["dataset", "ls"]):
        answer = karat(*words)
        assert answer.code == 2
        assert "no lake at" in answer.err
    assert not (tmp_path / "home" / "lake").exists()


def test_changed_bytes_are_found(proved: Karat, tmp_path: Path) -> None:
    blobs = sorted((tmp_path / "home" / "lake").rglob("*"), key=lambda p: p.stat().st_size)
    large = [p for p in blobs if p.is_file() and p.read_bytes()[:4] == b"PAR1"]
    for path in large:
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:-1] + b"!")
    answer = proved("dataset", "verify", "demo@1.0.0")
    assert answer.code == 2
    assert answer.out == ""


def test_errors_and_their_codes() -> None:
    broken: list[KaratError] = [
        *(InputError("x"), CorruptError("x"), LakeUnusable("x"), RefNotFound("x")),
        *(HeadMoved("main", "a", "b"), ProtectedRef("x"), DatasetRefused("no such version")),
    ]
    assert {exit_of_error(error) for error in broken} == {Exit.BROKEN}
    unknown = {str(FIRST): "INCONCLUSIVE paired: no golden"}
    failed = {str(SECOND): "FAIL sequence: gap"}
    assert exit_of_error(GateRefused("x", failed)) == Exit.FAIL
    assert exit_of_error(DatasetRefused("x", unknown)) == Exit.INCONCLUSIVE
    assert exit_of_error(DatasetRefused("x", unknown | failed)) == Exit.FAIL
    assert exit_of_reasons([]) == Exit.DONE


def test_ctrl_c_is_found_behind_what_it_broke() -> None:
    broken = ValueError()
    broken.__context__ = KeyboardInterrupt()
    assert interrupted(broken)
    assert not interrupted(ValueError())
