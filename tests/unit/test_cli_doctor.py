"""The doctor: what is well, what is not, and what to do; nothing is changed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from karat.cli.installed import fits, requirements

Karat = Callable[..., Any]


def findings(answer: Any) -> dict[str, tuple[bool, str]]:
    return {f["what"]: (f["good"], f["said"]) for f in answer.json["findings"]}


def test_a_good_machine(proved: Karat, tmp_path: Path) -> None:
    answer = proved("doctor", "--json")
    assert answer.code == 0
    assert answer.json["ready"] is True
    found = findings(answer)
    assert {"Python", "dagster", "pyarrow", "lake", "home", "contract", "readers"} <= found.keys()
    assert all(good for good, _ in found.values())
    assert "binance-spot" in found["readers"][1]
    assert "2 branches" in found["lake"][1]
    assert str(tmp_path / "home" / "dagster") in found["DAGSTER_HOME"][1]
    assert "mend" not in proved("doctor").out


def test_a_new_machine_stays_new(karat: Karat, tmp_path: Path) -> None:
    answer = karat("doctor", "--json")
    assert answer.code == 0
    assert "karat ingest makes it" in findings(answer)["lake"][1]
    assert list(tmp_path.iterdir()) == []


def test_what_is_in_the_way(karat: Karat, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    (tmp_path / "contract.yaml").write_text("dataset: book_events\ncolums: {}\n")
    answer = karat("doctor", "--contract", tmp_path / "contract.yaml", "--json")
    assert (answer.code, answer.json["ready"]) == (2, False)
    found = findings(answer)
    assert found["home"] == (False, found["home"][1])
    assert "choose another" in found["home"][1]
    assert not found["lake"][0]
    assert str(tmp_path / "home") in found["lake"][1]
    assert "did you mean 'columns'" in found["contract"][1]
    shown = karat("doctor", "--contract", tmp_path / "contract.yaml")
    assert "mend" in shown.out


@pytest.mark.parametrize(
    ("have", "wanted", "good"),
    [
        ("1.13.27", "dagster<1.14,>=1.13", True),
        ("1.12.9", "dagster<1.14,>=1.13", False),
        ("1.14.0", "dagster<1.14,>=1.13", False),
        ("2.1", "numpy>=2.1", True),
        ("2.1rc1", "numpy>=2.0", True),
        ("3.11.4", ">=3.11", True),
        ("anything", "name", True),
    ],
)
def test_bounds(have: str, wanted: str, *, good: bool) -> None:
    assert fits(have, wanted) is good


def test_every_dependency_is_looked_at() -> None:
    names = [name for name, _, _ in requirements()]
    assert names[0] == "Python"
    assert {"dagster", "numba", "numpy", "pyarrow", "pydantic", "PyYAML", "rich", "typer"} <= {
        *names
    }
    assert "hypothesis" not in names
