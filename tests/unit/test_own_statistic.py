"""Somebody's own statistic: a class and one line of a package, under a contract's own names."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from karat.contracts import load_contract
from karat.contracts.json_schema import contract_schema
from karat.distances import Distance, distance_by, own_distance
from karat.errors import ContractError, InputError
from karat.states.plugged import plugged, plugged_names
from karat.states.testing import Case, StatisticLaws

Karat = Callable[..., Any]
Package = Callable[[str, str, str], None]
BODY: dict[str, Any] = {
    "dataset": "walk",
    "first_day": "2024-01-01",
    "locator": "x",
    "columns": {"x": {"type": "int64", "unit": "x"}},
    "families": {"unpaired": "gate"},
    "unpaired": {
        "alpha": "0.05",
        "distances": [
            {"name": "level", "column": "x"},
            {"name": "how often it rises", "column": "x", "kind": "home_rises"},
        ],
    },
}


class TestTheirs(StatisticLaws):
    """The laws of the page's statistic."""

    @pytest.fixture
    def case(self, home_rises: str) -> Case:
        return Case(plugged(home_rises), lambda rng, size: (rng.integers(-5, 20, size),))


def test_laws_find_out_what_forgets_its_borders(home_rises: str) -> None:
    rises = importlib.import_module(home_rises).Rises

    class Forgetful(rises):  # type: ignore[misc,valid-type]
        def merge(self, a: Any, b: Any) -> Any:
            return super().merge(a, b)._replace(rises=a.rises + b.rises)

    case = Case(Forgetful(), lambda rng, size: (rng.integers(-5, 20, size),))
    StatisticLaws().test_merging_is_associative(case)
    with pytest.raises(AssertionError):
        StatisticLaws().test_where_rows_are_cut_does_not_matter(case)


@pytest.fixture
def days(tmp_path: Path, home_rises: str) -> Path:
    """Return 24 golden days, a healthy day, and one of the same values in another order."""
    assert home_rises in plugged_names()
    for folder in ("golden", "data"):
        (tmp_path / folder).mkdir()
    files = [*(f"golden/2024-01-{n:02}" for n in range(1, 25)), "data/2024-02-01"]
    for at, name in enumerate([*files, "data/2024-02-02"]):
        values = np.random.default_rng(min(at, 24)).integers(0, 50, 2000)
        values = values if at < 25 else np.append(np.sort(values[:400]), values[400:])
        pq.write_table(pa.table({"x": values}), tmp_path / f"{name}.parquet")
    (tmp_path / "contract.yaml").write_text(yaml.safe_dump(BODY))
    return tmp_path


def test_it_decides_what_no_other_kind_sees(karat: Karat, days: Path) -> None:
    folders = ("--data", days / "data", "--golden", days / "golden")
    answer = karat("validate", days / "contract.yaml", *folders, "--json")
    told = answer.json["verdicts"]
    assert told["2024-02-01"]["outcome"] == "PASS"
    findings = {f["name"]: f for f in told["2024-02-02"]["findings"]}
    assert findings["score"]["outcome"] == "FAIL"
    assert findings["how often it rises"]["numbers"]["statistic"] == "home_rises"
    by_name = {n: f["numbers"] for n, f in findings.items() if n != "score"}
    assert by_name["how often it rises"]["n"] == 1999
    assert "home_rises" in findings["how often it rises"]["reason"]
    assert by_name["level"]["low"] <= 0.05 < by_name["how often it rises"]["low"]
    assert "home_rises" in karat("doctor").out


def test_a_name_that_nothing_has_is_refused_where_it_stands(days: Path) -> None:
    file = days / "contract.yaml"
    text = file.read_text().replace("kind: home_rises", "kind: home_risse")
    file.write_text(text)
    line = 1 + text.splitlines().index("    kind: home_risse")
    told = rf"{file}:{line}: unpaired\.distances\.1\.kind: there is no kind 'home_risse'; "
    with pytest.raises(ContractError, match=told + r"did you mean 'home_rises'\?.*karat\.statis"):
        load_contract(file)
    file.write_text(text.replace("home_risse", "varaince_ratio"))
    with pytest.raises(ContractError, match=r"did you mean 'variance_ratio'\?"):
        load_contract(file)


def test_keys_of_other_kinds_are_refused(days: Path) -> None:
    file = days / "contract.yaml"
    text = file.read_text()
    file.write_text(text.replace("kind: home_rises", "kind: home_rises\n    lags: 3"))
    with pytest.raises(ContractError, match="lags says nothing for home_rises of value; for acf"):
        load_contract(file)
    file.write_text(text.replace("kind: home_rises", "kind: home_rises\n    of: change"))
    assert load_contract(file).unpaired is not None


def test_the_schema_knows_of_other_kinds() -> None:
    kind = contract_schema()["$defs"]["DistanceRule"]["properties"]["kind"]
    assert kind["anyOf"][0]["enum"][0] == kind["default"] == "ks"
    assert "karat.statistics" in kind["description"]


ODD = dedent("""
    from karat.states import Categories
    class Bare:
        name = "bare"
    class Needy:
        def __init__(self, size): ...
    class Wrong(Categories):
        def distance(self, golden, state):
            return 0.5
""")


def test_what_is_no_statistic_is_told(package: Package) -> None:
    lines = ["odd_bare = odd_package:Bare", "odd_needy = odd_package:Needy"]
    lines += ["odd_gone = odd_package:Gone", "odd_plain = karat.states:Categories"]
    lines += ["odd_wrong = odd_package:Wrong", "odd_far = no_such_package:Far"]
    package("odd_package", ODD, "\n".join(["[karat.statistics]", *lines]))
    package("odd_other", "", "[karat.statistics]\nodd_wrong = odd_other:Wrong\n")
    for kind, why in {
        "odd_bare": "Bare is no Statistic, it lacks version, ordered",
        "odd_needy": r"odd_package:Needy.*missing 1 required positional argument: 'size'",
        "odd_gone": "has no attribute 'Gone'",
        "odd_far": "No module named 'no_such_package'",
        "odd_plain": r"has no distance\(golden, state\)",
        "odd_wrong": "is both odd_other:Wrong and odd_package:Wrong",
        "odd_none": "have odd_bare, odd_far, .*: install the package",
    }.items():
        with pytest.raises(InputError, match=why):
            own_distance(kind)


def test_a_distance_is_one_of_ours(package: Package, home_rises: str) -> None:
    package("odd_again", ODD, "[karat.statistics]\nodd_again = odd_again:Wrong\n")
    with pytest.raises(InputError, match="its distance is a float, no karat Distance"):
        distance_by("odd_again", None, None)
    stat = plugged(home_rises)
    states = [stat.observe(np.array(rows)) for rows in ([1, 2, 3], [1, 2, 1])]
    assert distance_by(home_rises, *states).value == 0.5
    assert distance_by(home_rises, stat.empty(), states[0]) == Distance.none()
