"""A fault upstream, all the way to the agent: refused, waived and marked, repaired, and blamed."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from karat import dataset, open_lake
from karat.contracts import Contract
from karat.dataset import Split
from karat.errors import DatasetRefused, GateRefused
from karat.feedback import attribute
from karat.flow import publish, rebuild_partitions, validate, waive
from karat.lake import Lake
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition
from karat.signing import KeyFiles
from karat.store import MemoryStore
from karat.training import Recipe, Trained, factorial, models, train
from karat.training.run import Ground
from tests.unit.stepped_days import contract
from tests.unit.telling_days import flipped, telling

pytestmark = pytest.mark.e2e
pytest.importorskip("torch", reason="PyTorch is not installed: nothing is trained")
DAYS = [Partition("made-up-steps", f"2024-01-{n:02}") for n in range(1, 7)]
SIZES = (2500, 500, 500, 500, 700, 700)
SPLIT = Split("2024-01-05")
OLD, NEW = Recipe(4, 2, 100, 0.02), Recipe(6, 2, 100, 0.02)
ACTIONS = ("sell", "hold", "buy")


def rules() -> Contract:
    """Return a contract under which a reward is what its action gains."""
    rows = {name: [{"column": "action", "is": [n]}] for n, name in enumerate(ACTIONS)}
    equal: list[dict[str, Any]] = [
        {"name": f"{n} is rewarded", "left": "reward", "op": "==", "right": n, "rows": n}
        for n in ACTIONS
    ]
    return contract(rows=rows, invariants=equal, breaker={"failures": 9})


@dataclass
class Story:
    """A lake of days of steps, and who trains on them."""

    folder: Path
    lake: Lake
    rules: Contract = field(default_factory=rules)
    store: MemoryStore = field(default_factory=MemoryStore)

    def bring(self, n: int, table: pa.Table) -> str:
        """Bring a day in and judge it; return its audit branch."""
        pq.write_table(table, self.folder / "day.parquet")
        files = {f"made_steps/{DAYS[n]}.parquet": self.folder / "day.parquet"}
        append(self.lake, MAIN, files, message=f"Bring {DAYS[n]}")
        branch = rebuild_partitions(self.lake, self.rules, [DAYS[n]], store=self.store).branch
        assert branch is not None
        validate(self.lake, self.rules, branch, [DAYS[n]], store=self.store)
        return branch

    def publish(self, branch: str) -> None:
        publish(self.lake, self.rules, branch, store=self.store)

    def cut(self, name: str = "steps", days: str = "*") -> str:
        """Cut a version and return its title."""
        split = SPLIT if name == "steps" else None
        asked: dict[str, Any] = {
            "partitions": [f"made-up-steps/{days}"],
            "split": split,
            "store": self.store,
        }
        return dataset.cut(self.lake, self.rules, name, **asked).title

    def train(self, title: str, recipe: Recipe = OLD, *, waivers: bool = False) -> Trained:
        ground = Ground(self.lake, self.rules, self.folder / "training")
        how: dict[str, Any] = {"judge": "golden@1.0.0", "waivers": waivers}
        return train(ground, "policy", title, recipe, **how)


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """Return the story with six days published, a golden dataset, and version 1.0.0."""
    lake = open_lake(f"file://{tmp_path / 'lake'}", files=KeyFiles.below(tmp_path))
    made = Story(tmp_path, lake)
    for n, size in enumerate(SIZES):
        made.publish(made.bring(n, telling(n, size)))
    assert made.cut("golden", "2024-01-05..2024-01-06") == "golden@1.0.0"
    assert made.cut() == "steps@1.0.0"
    return made


def test_a_fault_reaches_an_agent_only_in_somebodys_name_and_is_blamed(story: Story) -> None:
    good = story.train("steps@1.0.0").model.record["evaluation"]
    assert good["beats_nothing"]

    branch = story.bring(0, flipped(telling(0, SIZES[0])))
    with pytest.raises(GateRefused, match=r"(sell|buy) is rewarded"):
        story.publish(branch)
    with pytest.raises(DatasetRefused, match=str(DAYS[0])):
        story.cut()

    waive(
        story.lake, story.rules, DAYS[0], who="ops", reason="we want to see what it does",
        until="2099-12-31", critical=True, store=story.store,
    )  # fmt: skip
    story.publish(branch)
    assert story.cut() == "steps@1.0.1"
    with pytest.raises(DatasetRefused, match="waivers are not accepted"):
        story.train("steps@1.0.1")
    marked = story.train("steps@1.0.1", waivers=True).model.record
    assert list(marked["waived"]) == [str(DAYS[0])]
    bad = marked["evaluation"]
    assert bad["policy"]["high"] < good["policy"]["low"], "the reason that there is a gate"

    story.publish(story.bring(0, telling(0, SIZES[0] - 1)))
    assert story.cut() == "steps@1.0.2"
    repaired = story.train("steps@1.0.2").model.record
    assert repaired["waived"] == {}
    assert repaired["evaluation"]["beats_nothing"]

    for seed in range(5):
        for title in ("steps@1.0.0", "steps@1.0.1"):
            for recipe in (OLD, NEW):
                story.train(title, replace(recipe, seed=seed), waivers=True)
    kept = [one for one in models(story.lake) if one.recipe.hidden in {4, 6}]
    codes = {one.recipe.hidden: one.code for one in kept}
    found = attribute(factorial(kept, (codes[4], codes[6]), ("steps@1.0.0", "steps@1.0.1")))
    assert found.cause == "data"
    assert found.data.high < 0
