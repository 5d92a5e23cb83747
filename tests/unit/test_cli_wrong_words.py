"""Wrong use of the commands on golden days, keys, waivers and plans: one message, and nothing done.

Each row holds a command and what its message must name: the word, the file or the day at fault.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Karat = Callable[..., Any]
DAY, GONE = "sim-usdm-abc/2024-01-04", "sim-usdm-abc/2024-02-01"
WAIVE = ["waive", DAY, "--reason", "outage"]
GOLDEN = [
    (["show", "abcdef"], "abcdef: no golden manifest is called so"),
    (["show", "captures"], "captures: no golden manifest here"),
    (["show", "contract.yaml"], "say 6 digits or more, a folder or current"),
    (["report", "nonsense"], "nonsense: no golden manifest"),
    (["report", "--html", "no-folder/x.html"], "no-folder/x.html: cannot be written"),
    (["diff", "current"], "Missing argument 'B'"),
    (["diff", "current", "abcdef"], "abcdef: no golden manifest"),
    (["adopt", "current"], "Missing option '--reason'"),
    (["adopt", "current", "--reason", " "], "by someone and for a reason"),
    (["adopt", "current", "--reason", "x", "--who", " "], "by someone and for a reason"),
    (["build", "--days", "..", "--first", "0"], "the first 0 cannot be reference"),
    (["build", "--days", "..", "--first", "-1"], "the first -1 cannot be reference"),
    (["build", "--days", "..", "--every", "0"], "every 0th cannot be reference"),
    (["build", "--days", "..", "--first", "0", "--every", "2"], "not both"),
    (["build", "--reference", DAY, "--first", "0"], "go with --days"),
    (["build", "--reference", "yesterday"], "yesterday"),
    (["build", "--reference", GONE], GONE),
    (["build", "--calibration", DAY], "at least one reference day"),
    (["build", "--reference", f"{DAY}, ,{DAY}"], f"{DAY} and {DAY} are one name"),
    (["build", "--days", "2024-01-05..2024-01-01"], "have 2024-01-01..2024-01-05"),
    (["build", "--days", "..", "--instrument", "sim-usdm-xyz"], "book_events/sim-usdm-xyz"),
]
KEYS = [
    (["show", "--lake", "x"], "No such option"),
    (["revoke", "zz", "--reason", "lost"], "zz"),
    (["revoke", "zz"], "Missing option '--reason'"),
    (["revoke", "", "--reason", "lost"], "key '': 0 keys begin so"),
    (["trust", "no.json"], "no.json cannot be read"),
    (["trust", "."], ". cannot be read"),
    (["trust", "contract.yaml"], "contract.yaml"),
    (["accept", "--lake", "nowhere"], "no lake at"),
]
REST = [
    (["waive"], "name a partition and a --reason, or --list"),
    (["waive", DAY], "name a partition and a --reason, or --list"),
    (WAIVE, "say --until"),
    ([*WAIVE, "--until", "2099-1-1"], "until '2099-1-1': write a day as YYYY-MM-DD"),
    ([*WAIVE, "--until", "tomorrow"], "until 'tomorrow'"),
    ([*WAIVE, "--until", "2099-02-29"], "until '2099-02-29'"),
    ([*WAIVE, "--until", "2099-01-01"], f"{DAY}: has a PASS: there is nothing to waive"),
    ([*WAIVE, "--until", "2099-01-01", "--who", " "], "given by someone and for a reason"),
    (
        ["waive", GONE, "--reason", "x", "--until", "2099-01-01"],
        f"{GONE}: its newest raw capture is not rebuilt",
    ),
    (["waive", "x/y", "--reason", "x", "--until", "2099-01-01"], "instrument 'x'"),
    ([*WAIVE, "--withdraw"], f"{DAY}: no waiver is in force"),
    (["plan", "--level", "L9"], "level 'L9': write L2 or L3"),
    (["plan", "--budget", "soon"], "budget 'soon': write seconds or bytes"),
    (["plan", "--ref", "nowhere"], "nowhere"),
    (["plan", "sim-usdm-abc"], "partition 'sim-usdm-abc': write instrument/date"),
    (["plan", GONE], f"{GONE}: not rebuilt"),
    (["plan", GONE, "--ref", "main"], GONE),
    (["explain"], "Missing argument 'PARTITION'"),
    (["explain", "sim-usdm-abc/2024-02-30"], "date '2024-02-30'"),
    (["explain", GONE], GONE),
    (["explain", DAY, "no such finding"], "no such finding"),
    (["explain", DAY, "size atoms", "--plot", "x.png"], "there is no picture of 'size atoms'"),
    (
        ["explain", DAY, "spread", "--plot", "contract.yaml/x.png"],
        "contract.yaml/x.png: cannot be written",
    ),
    (["explain", DAY, "--ref", "nowhere"], "nowhere"),
    (["alarm", "--level", "0"], "--level"),
    (["alarm", "--contract", "no.yaml"], "no.yaml"),
    (["reproduce", "--threads", "0"], "--threads"),
    (["reproduce", "--ref", "nowhere"], "nowhere"),
    (["reproduce", GONE], GONE),
]
ROWS = [
    *((["golden", *words], why) for words, why in GOLDEN),
    *((["keys", *words], why) for words, why in KEYS),
    *REST,
]


@pytest.fixture(scope="module")
def home(judged: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one home for all rows: none of them may change it."""
    return Path(shutil.copytree(judged, tmp_path_factory.mktemp("wrong") / "home"))


def on_record(home: Path) -> dict[str, bytes]:
    """Return what lies in the lake by its name, and what the keys say; not what is remembered."""
    lake = [path for path in (home / "lake").rglob("*") if not path.name.startswith("lake.db")]
    keys = {str(path): path.read_bytes() for path in home.iterdir() if path.is_file()}
    return dict.fromkeys(map(str, lake), b"") | keys


@pytest.mark.parametrize(("words", "why"), ROWS, ids=[" ".join(words) for words, _ in ROWS])
def test_wrong_words_are_named_and_nothing_is_done(
    karat: Karat, home: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], why: str
) -> None:
    monkeypatch.chdir(home)
    monkeypatch.setenv("KARAT_HOME", str(home))
    monkeypatch.setenv("KARAT_CONTRACT", "contract.yaml")
    before = on_record(home)
    answer = karat(*words, "--json")
    assert answer.code == 2, answer
    told = " ".join(answer.err.replace("│", " ").split())
    if not answer.err:
        told = answer.json["error"]["message"]
        assert answer.json["error"]["kind"].isidentifier()
    assert why in told
    assert "Traceback" not in told
    assert on_record(home) == before
