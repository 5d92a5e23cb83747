"""A plan says what judging will read, budgets choose levels, and failures are explained by hand."""

import json
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from karat.assets.pictures import of_failure
from karat.cli.main import app
from karat.errors import InputError
from karat.explanation import explained
from karat.flow import adopt_golden, build_golden, validate
from karat.flow.budgets import Budget
from karat.flow.choosing import fitting, plan
from karat.flow.explaining import Case, case_of, chunk_of, evidence_of
from karat.flow.offenders import first_chunk
from karat.flow.pictures import finding_picture, worst_distance
from karat.golden import full_size
from karat.lake.layout import MAIN, Partition
from karat.report import render
from karat.resources import Connection
from karat.store import MemoryStore
from karat.verdicts import Outcome, current_golden

pytestmark = pytest.mark.e2e

DAYS = [Partition("sim-usdm-aaa", f"2024-03-{n:02}") for n in range(1, 9)]


@pytest.fixture
def history(place: Any) -> Any:
    """Return the workplace with golden days adopted, under which a far day fails."""
    values = place.contract.model_dump(by_alias=True, mode="json")
    values["unpaired"]["alpha"] = "1/3"
    for rule in values["unpaired"]["distances"]:
        if rule["name"] in ("spread", "waiting time"):
            rule["tolerance"] = "0.000001"
    place.contract = type(place.contract).model_validate(values)
    place.validate()
    manifest = build_golden(
        place.lake, place.contract, MAIN, DAYS[:2], DAYS[2:5], store=place.store
    )
    adopt_golden(place.lake, manifest, who="the owner", reason="the first days")
    return place


def explain_all(place: Any, case: Case) -> dict[str, Any]:
    found = {}
    for finding in case.verdict.findings:
        found[finding.name] = explained(evidence_of(place.contract, case, finding), finding)
    return found


def test_every_number_of_a_judged_day_is_found_again_by_hand(history: Any) -> None:
    history.validate()
    case = case_of(history.lake, history.contract, MAIN, DAYS[5], store=history.store)
    found = explain_all(history, case)
    wrong = {name: w.compared for name, w in found.items() if w.compared and not w.agrees}
    assert wrong == {}
    assert {name for name, w in found.items() if not w.compared} <= {"census", "trades"}
    assert case.worst_first[0].outcome is max(
        (f.outcome for f in case.verdict.findings), key=["PASS", "INCONCLUSIVE", "FAIL"].index
    )
    spread = case.finding("spread")
    chunk = chunk_of(history.contract, case, spread)
    assert chunk is not None
    assert chunk.distance.count >= 100
    assert float(chunk.distance.upper) >= float(spread.numbers["low"]) > 0
    assert chunk_of(history.contract, case, case.finding("memory of sides")) is None
    figure = finding_picture(history.contract, case.subject, "spread", history.store)
    assert figure is not None
    assert len(render(figure, "png")) < 45_000
    assert finding_picture(history.contract, case.subject, "size atoms", history.store) is None
    with pytest.raises(InputError, match="'size' is several of the findings: sizes are not"):
        case.finding("size")


def test_the_first_offender_of_a_rule_has_a_stretch_of_time(history: Any) -> None:
    history.validate()
    case = case_of(history.lake, history.contract, MAIN, DAYS[5], store=history.store)
    table = case.subject.candidate.table(["sequence", "receive_time_ns"])
    ids, times = table["sequence"].to_pylist(), table["receive_time_ns"].to_pylist()
    at = len(ids) // 2
    starts = {time // 10**10 * 10**10 for n, time in zip(ids, times, strict=True) if n == ids[at]}
    for name, place in (("book is not crossed", "first"), ("census", "first_update_id"),
                        ("continuity", "first_missing")):  # fmt: skip
        broken = replace(case.finding(name), numbers={place: ids[at]})
        found = first_chunk(history.contract, case, broken)
        assert found is not None
        assert (found.start_ns, found.seconds) == (min(starts), 10)
        unbroken = replace(broken, numbers={})
        assert first_chunk(history.contract, case, unbroken) is None
        beyond = replace(broken, numbers={place: max(ids) + 1})
        assert first_chunk(history.contract, case, beyond) is None
        # A lost message is in no row: the next one shows it.
        gap = next(n for n in range(min(ids), max(ids)) if n not in set(ids))
        after = min(time for n, time in zip(ids, times, strict=True) if n > gap)
        lost = first_chunk(history.contract, case, replace(broken, numbers={place: gap}))
        assert lost is not None
        assert lost.start_ns <= after < lost.start_ns + 10**10
    assert first_chunk(history.contract, case, case.finding("spread")) is None


def test_a_plan_is_what_judging_reads(history: Any) -> None:
    here = (history.lake, history.contract, MAIN, DAYS[:3])
    for store in (MemoryStore(), history.store):
        told = plan(*here, store=store)
        assert told.cost.bytes > 0
        assert {part.outcome for part in told.parts} == {None}
        before = history.lake.head("ledger")
        assert plan(*here, store=store) == told
        assert history.lake.head("ledger") == before
        if store is history.store:
            assert all(part.seen for part in told.parts)
            done = validate(*here, store=store)
            later = [p for p in done.verdicts if p not in DAYS[:3]]
            assert later == []
            assert [part.partition for part in told.after] == [DAYS[3]]
            assert told.cost.bytes == sum(p.cost.bytes for p in (*told.parts, *told.after))
            assert done.bytes_read == told.cost.bytes
    again = plan(*here, store=history.store)
    assert (again.cost.bytes, again.cost.seconds) == (0, 0)
    assert {part.outcome for part in again.parts} <= {"PASS", "FAIL", "INCONCLUSIVE"}
    assert all(part.columns == () for part in (*again.parts, *again.after))
    less = plan(*here, store=MemoryStore(), level="L3")
    assert less.after == ()


def test_a_budget_chooses_the_best_level_that_fits(history: Any) -> None:
    def chosen(budget: Budget) -> str | None:
        here = history.lake, history.contract, MAIN, DAYS[5:6]
        return fitting(*here, budget, store=history.store).level

    here = (history.lake, history.contract, MAIN, DAYS[5:6])
    costs = {
        level: plan(*here, store=history.store, level=level).cost for level in (None, "L2", "L3")
    }
    assert costs[None].seconds > costs["L2"].seconds > costs["L3"].seconds > 0
    for level, cost in costs.items():
        assert chosen(Budget(seconds=cost.seconds)) == level
    assert chosen(Budget()) is None
    assert chosen(Budget(bytes=0)) == "L3"
    done = validate(*here, store=history.store, budget=Budget(seconds=costs["L2"].seconds))
    assert done.level == "L2"
    assert "the best that a budget of" in done.chosen
    assert json.loads(done.to_json())["level"] == "L2"


@pytest.mark.parametrize("level", ["L2", "L3"])
def test_a_lesser_level_admits_nothing(place: Any, level: Any) -> None:
    place.ingest(DAYS[7])
    branch = place.rebuild().branch
    done = validate(place.lake, place.contract, branch, store=place.store, level=level)
    assert {verdict.outcome for verdict in done.verdicts.values()} == {Outcome.INCONCLUSIVE}
    assert {verdict.inputs.level for verdict in done.verdicts.values()} == {level}
    with pytest.raises(Exception, match="no verdict under the present contract"):
        place.publish(branch)
    place.validate(branch)
    assert place.publish(branch).published == (DAYS[7],)


def test_how_long_a_day_must_be(history: Any) -> None:
    golden = current_golden(history.lake, history.lake.head(MAIN), "book_events")
    assert golden is not None
    sizes = full_size(history.contract, golden)
    asked = [r for r in history.contract.unpaired.distances if r.tolerance is not None]
    assert list(sizes) == [rule.name for rule in asked]
    assert sizes["spread"] is None  # two golden days are worth too little for a millionth
    told = plan(history.lake, history.contract, MAIN, DAYS[:1], store=history.store)
    assert set(told.sufficient[""]) == set(sizes)


def run(place: Any, *words: object) -> tuple[int, str]:
    where = "--home", place.home, "--contract", place.home / "contract.yaml"
    text = json.dumps(place.contract.model_dump(by_alias=True, mode="json", exclude_defaults=True))
    (place.home / "contract.yaml").write_text(text)
    told = CliRunner().invoke(app, [str(w) for w in (*words, *where)], env={"COLUMNS": "100"})
    return told.exit_code, told.stdout


def test_the_commands_say_it(history: Any, tmp_path: Path) -> None:
    code, out = run(history, "plan", DAYS[5], "--budget", "1h", "--json")
    assert code == 0
    body = json.loads(out)
    assert body["partitions"][0]["verdict"] is None
    assert "the best that a budget of 3600 s allows" in body["chosen"][0]
    assert {row["distance"] for row in body["full_size"]} >= {"spread", "move"}
    assert "full-size day" in run(history, "plan", DAYS[5])[1]
    code, out = run(history, "validate", DAYS[5], "--level", "L3")
    assert (code, "level L3: rows by the contract's laws alone; admits nothing" in out) == (3, True)
    assert run(history, "validate", DAYS[5], "--level", "L9")[0] == 2
    run(history, "validate", DAYS[5], "--plot", tmp_path / "plots")
    assert {p.name for p in (tmp_path / "plots").iterdir()} >= {"scores.png", "calendar.png"}
    code, out = run(history, "explain", DAYS[5])
    assert code == 0
    assert "fits best" in out
    picture = tmp_path / "spread.svg"
    code, out = run(history, "explain", DAYS[5], "spread", "--plot", picture)
    assert code == 0
    assert "the largest difference is" in out
    assert "farthest from golden by itself" in out
    assert "differs" not in out
    assert picture.read_text().lstrip().startswith("<?xml")
    told = json.loads(run(history, "explain", DAYS[5], "spread", "--json")[1])
    assert told["agrees"] is True
    assert told["rows"]
    assert run(history, "explain", DAYS[5], "size atoms", "--plot", picture)[0] == 2


def test_dagster_shows_a_small_picture_of_a_failure_and_of_nothing_else(history: Any) -> None:
    on = Connection(history.lake, history.contract, history.store)
    proof = history.validate()
    verdict = proof.verdicts[DAYS[5]]
    findings = tuple(
        replace(f, outcome=Outcome.FAIL if f.name == "spread" else Outcome.PASS)
        for f in verdict.findings
    )
    assert of_failure(on, "invariants", proof, DAYS[5]) == {}
    failed = {DAYS[5]: replace(verdict, findings=findings)}
    proof = replace(proof, verdicts=failed)
    text = of_failure(on, "unpaired", proof, DAYS[5])["picture"].value
    kind, _, picture = text.partition(",")
    assert kind == "![spread](data:image/png;base64"
    assert b64decode(picture.removesuffix(")")).startswith(b"\x89PNG")
    assert len(text) < 60_000
    passed = replace(verdict, findings=tuple(replace(f, outcome=Outcome.PASS) for f in findings))
    proof = replace(proof, verdicts={DAYS[5]: passed})
    assert of_failure(on, "unpaired", proof, DAYS[5]) == {}


def test_the_worst_distance_is_a_failed_one_with_a_picture(history: Any) -> None:
    verdicts = history.validate().verdicts
    for verdict in verdicts.values():
        name = worst_distance(verdict.findings)
        failed = {f.name for f in verdict.findings if f.outcome is Outcome.FAIL}
        assert name is None or name in failed
