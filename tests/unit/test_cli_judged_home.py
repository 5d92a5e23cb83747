"""Plan, explain, alarm and reproduce on judged days: their documents agree with the verdicts."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

Karat = Callable[..., Any]
DAYS = [f"sim-usdm-abc/2024-01-0{n}" for n in range(1, 6)]
DAY, LAST = DAYS[3:]
PART = {"partition", "ref", "level", "rows", "seen", "verdict", "states", "bytes", "seconds",
        "memory"}  # fmt: skip
SIZES = {"stratum", "distance", "tolerance", "effective_rows", "measured_rows",
         "effective_per_row", "day_rows"}  # fmt: skip
EXPLAINED = {"partition", "finding", "family", "outcome", "reason", "steps", "compared", "agrees",
             "rows", "worst_chunk", "first_chunk"}  # fmt: skip


def test_a_plan_of_what_is_judged_is_to_do_nothing(adopted: Karat) -> None:
    body = adopted("plan", "--json").json
    keys = {"partitions", "after", "full_size", "together", "total", "chosen", "rates"}
    assert set(body) == keys
    assert {frozenset(row) for row in body["partitions"]} == {frozenset(PART)}
    assert {frozenset(row) for row in body["full_size"]} == {frozenset(SIZES)}
    judged = adopted("validate", "--json").json
    assert (judged["cached"], judged["bytes_read"]) == (5, 0)
    outcomes = {name: one["outcome"] for name, one in judged["verdicts"].items()}
    assert {row["partition"]: row["verdict"] for row in body["partitions"]} == outcomes
    assert body["total"] == {"bytes": 0, "seconds": 0, "memory": 0}
    assert {row["states"]["to_compute"] for row in body["partitions"]} == {0}
    assert "5 partitions, 0 B to read" in adopted("plan").out


def test_a_plan_without_states_is_the_most_that_validate_reads(
    adopted: Karat, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "home" / "store")
    wanted = adopted("plan", LAST, "--json").json
    (row,) = wanted["partitions"]
    assert (row["seen"], row["verdict"]) == (False, None)
    assert row["bytes"] == wanted["total"]["bytes"] > 0
    (early,) = adopted("plan", DAY, "--json").json["after"]
    assert early["partition"] == LAST
    words = " ".join(adopted("plan", DAY).out.split())
    assert f"{LAST} (day after)" in words
    assert "total: 1 partitions and 1 of a day after, which may be a copy" in words
    less = adopted("plan", LAST, "--level", "l3", "--json").json
    assert [part["level"] for part in less["partitions"]] == ["L3"]
    assert less["partitions"][0]["states"]["to_compute"] < row["states"]["to_compute"]
    tight = adopted("plan", LAST, "--budget", "1B", "--json").json
    assert tight["partitions"][0]["level"] == "L3"
    assert "over the budget of 1 bytes" in tight["chosen"][0]
    wide = adopted("plan", LAST, "--budget", "9h, 9TB", "--json").json
    assert wide["partitions"][0]["level"] == row["level"]
    assert "the best that a budget of" in wide["chosen"][0]
    assert 0 < adopted("validate", LAST, "--json").json["bytes_read"] <= row["bytes"]
    assert adopted("plan", LAST, "--json").json["total"]["bytes"] == 0


def test_every_finding_is_explained_and_agrees(adopted: Karat) -> None:
    told = adopted("explain", DAY, "--json").json
    verdict = adopted("validate", DAY, "--json").json["verdicts"][DAY]
    assert (told["verdict"], told["outcome"]) == (verdict["key"], verdict["outcome"])
    numbers = {one["name"]: one["numbers"] for one in verdict["findings"]}
    assert {one["finding"]: one["numbers"] for one in told["findings"]} == numbers
    by_hand = 0
    for one in told["findings"]:
        if one["family"] == "invariants":
            continue  # test_explanation holds every law against the engine
        answer = adopted("explain", DAY, one["finding"], "--json")
        body = answer.json
        assert answer.code == 0, body
        assert set(body) == EXPLAINED
        assert (body["finding"], body["outcome"]) == (one["finding"], one["outcome"])
        assert all(row["agrees"] for row in body["compared"]), body
        stored = {row["name"]: row["stored"] for row in body["compared"]}
        assert stored.items() <= numbers[one["finding"]].items()
        by_hand += body["agrees"]
    assert by_hand > 10


def test_an_explanation_in_words_numbers_its_steps(adopted: Karat) -> None:
    body = adopted("explain", DAY, "trade size", "--json").json
    out = adopted("explain", DAY, "trade size").out
    lines = [line.split(".")[0].strip() for line in out.splitlines()]
    assert [str(n) in lines for n in range(1, len(body["steps"]) + 1)] == [True] * len(
        body["steps"]
    )
    assert out.count("same") >= len(body["compared"])
    assert "rows behind it" in out


def build(karat: Karat, reference: str, *calibration: str) -> str:
    words = ("--reference", reference, "--calibration", ",".join(calibration), "--json")
    return str(karat("golden", "build", *words).json["digest"])


def test_an_alarm_is_exit_1(adopted: Karat) -> None:
    """With the day nearest to a single reference day to calibrate by, all others are above q."""
    calm = adopted("alarm", "--json")
    assert (calm.code, calm.json["alarm"]) == (0, False)
    assert [d["partition"] for d in calm.json["instruments"][0]["days"]] == [DAY, LAST]
    report = adopted("golden", "report", build(adopted, DAYS[0], *DAYS[1:]), "--json").json
    scores = {day["partition"]: max(day["ratios"]) for day in report["days"][1:]}
    nearest = min(scores, key=lambda name: scores[name])
    golden = build(adopted, DAYS[0], nearest)
    assert adopted("golden", "adopt", golden, "--reason", "the nearest").code == 0
    answer = adopted("alarm", "--level", 1, "--json")
    (one,) = answer.json["instruments"]
    assert (answer.code, answer.json["alarm"]) == (1, True)
    assert set(one) == {"instrument", "bound", "level", "alarm", "evidence", "days"}
    others = [name for name in DAYS[1:] if name != nearest]
    assert [(day["partition"], day["exceeded"]) for day in one["days"]] == [
        (name, True) for name in others
    ]
    assert (one["alarm"], one["level"]) == (others[0], 1)
    assert 0.5 < one["bound"] < 1
    assert one["evidence"] == one["days"][-1]["evidence"] >= 1
    words = adopted("alarm", "--level", 1)
    assert words.code == 1
    assert f"3 of 3 days above q, {one['bound']:.3g} of days may be" in words.out
    assert f"ALARM since {others[0]}" in " ".join(words.out.split())
    assert "no alarm" in adopted("alarm").out


def test_verdicts_are_made_again_and_nothing_is_no_proof(adopted: Karat, tmp_path: Path) -> None:
    answer = adopted("reproduce", DAY, DAY, "--threads", 2, "--json")
    key = adopted("validate", DAY, "--json").json["verdicts"][DAY]["key"]
    row = {"key": key, "outcome": "PASS", "recorded": True, "same": True}
    assert (answer.code, answer.json) == (0, {"same": True, "verdicts": {DAY: row}})
    body = yaml.safe_load((tmp_path / "home" / "contract.yaml").read_text())
    body["unpaired"]["alpha"] = "1/3"
    (tmp_path / "other.yaml").write_text(yaml.safe_dump(body))
    other = adopted("reproduce", DAY, "--contract", tmp_path / "other.yaml", "--json")
    assert (other.code, other.json["same"]) == (1, False)
    assert other.json["verdicts"][DAY]["recorded"] is False
    assert "no verdict of this name is on record" in adopted(
        "reproduce", DAY, "--contract", tmp_path / "other.yaml"
    ).out.replace("\n", " ")
    (tmp_path / "none.yaml").write_text(yaml.safe_dump(body | {"dataset": "quotes"}))
    none = adopted("reproduce", "--contract", tmp_path / "none.yaml", "--json")
    assert (none.code, none.json) == (3, {"same": False, "verdicts": {}})
