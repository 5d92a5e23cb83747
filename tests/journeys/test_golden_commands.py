"""Golden days from the command line, each command a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from karat.golden import read_folder

pytestmark = pytest.mark.e2e

DAY = "sim-usdm-aaa/2024-03-0"


class Shell:
    """Runs `karat` in processes of their own, in one home and under one contract."""

    def __init__(self, home: Path, contract: Path) -> None:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("KARAT_")}
        own = {"KARAT_HOME": str(home), "KARAT_CONTRACT": str(contract), "COLUMNS": "100"}
        self.environment = kept | own

    def run(self, *words: object, code: int = 0) -> str:
        command = [sys.executable, "-m", "karat.cli", *map(str, words)]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def json(self, *words: object) -> Any:
        return json.loads(self.run(*words, "--json"))


@pytest.fixture
def shell(place: Any) -> Shell:
    """Return commands on the published home, with a contract that two days are enough for."""
    values = place.contract.model_dump(by_alias=True, mode="json", exclude_defaults=True)
    values["unpaired"]["alpha"] = "1/3"
    path = place.home / "contract.yaml"
    path.write_text(yaml.safe_dump(values, sort_keys=False))
    return Shell(place.home, path)


def test_golden_days_from_build_to_report(shell: Shell, tmp_path: Path) -> None:
    out = shell.run("golden", "build", "--days", "2024-03-01..2024-03-05", code=1)
    assert f"{DAY}1 (not judged)" in out
    shell.run("validate")
    asked = ("--days", "2024-03-01..2024-03-05", "--instrument", "sim-usdm-aaa", "--first", "2")
    made = shell.json("golden", "build", *asked, "--out", tmp_path / "g")
    assert made["reference"] == [f"{DAY}1", f"{DAY}2"]
    assert made["calibration"] == [f"{DAY}3", f"{DAY}4", f"{DAY}5"]
    assert made["adopted"] is None
    assert read_folder(tmp_path / "g").digest == made["digest"]
    name = made["digest"]

    named = ("--reference", f"{DAY}2,{DAY}1", "--calibration", f"{DAY}5")
    again = shell.json("golden", "build", *named, "--calibration", f"{DAY}3,{DAY}4")
    assert again["digest"] == name, "another process, another order: the same digest"
    assert "2 reference days: sim-usdm-aaa 2024-03-01, 2024-03-02" in shell.run(
        "golden", "build", *asked
    )

    told = shell.json("golden", "diff", "current", name[:8])
    assert told["before"] is None
    assert set(told["days"].values()) == {"added"}
    assert (told["judged"], told["outcomes"]) == (10, 0)
    assert told["verdicts"][f"{DAY}6"]["findings"]["score"]["before"] == "INCONCLUSIVE"
    words = shell.run("golden", "diff", "current", tmp_path / "g")
    assert "10 published partitions judged by both, 0 B read: 0 would change outcome" in words
    assert "built, not adopted" in shell.run("golden", "ls")
    assert "no golden manifest of book_events is adopted" in shell.run("golden", "show", code=2)

    adopted = shell.json("golden", "adopt", tmp_path / "g", "--reason", "quiet days", "--who", "us")
    assert (adopted["golden"], adopted["changed"]) == (name, True)
    assert not shell.json("golden", "adopt", name, "--reason", "once more")["changed"]
    assert "by us: quiet days" not in shell.run("golden", "adopt", name, "--reason", "x")
    listed = shell.json("golden", "ls")
    assert listed["current"] == name
    (one,) = listed["adoptions"]
    assert (one["golden"], one["who"], one["reason"]) == (name, "us", "quiet days")
    assert shell.json("golden", "show") == {k: made[k] for k in shell.json("golden", "show")}

    body = shell.json("golden", "report", "--html", tmp_path / "alike.html")
    assert [day["partition"] for day in body["days"]] == [f"{DAY}{n}" for n in range(1, 6)]
    assert f"{DAY}5" in (tmp_path / "alike.html").read_text()
    worst = max(body["days"], key=lambda day: max(day["ratios"]))
    assert worst["partition"] in body["words"][0]
    shown = [line for line in shell.run("golden", "report").splitlines() if line.startswith(DAY)]
    assert shown[0].startswith(worst["partition"])
    assert len(shown) == 5


def test_another_golden_is_told_and_adopted_at_once(shell: Shell) -> None:
    shell.run("validate")
    days = [f"{DAY}{n}" for n in range(1, 6)]
    first = ("--reference", ",".join(days[:2]), "--calibration", ",".join(days[2:]))
    one = shell.json("golden", "build", *first, "--adopt", "--reason", "the start", "--who", "us")
    assert one["adopted"]["changed"]
    shell.run("validate")
    other = ("--reference", ",".join(days[1:3]), "--calibration", ",".join(days[3:]))
    two = shell.json("golden", "build", *other)
    told = shell.json("golden", "diff", "current", two["digest"])
    assert told["days"] == {days[0]: "removed", days[2]: "moved"}
    assert told["before"] == one["digest"]
    scales = {row["name"]: row["scale"] for row in one["yardsticks"]}
    assert {name: pair[0] for name, pair in told["scales"].items()} == scales
    verbose = shell.run("golden", "diff", "current", two["digest"], "-v")
    assert "- 1 removed: sim-usdm-aaa/2024-03-01\n" in verbose
