"""Checks of two runs at once: Dagster shows the newest verdict, whoever told of his last."""

from typing import Any

import dagster as dg
import pytest

from karat.assets.findings import VERDICTS
from karat.assets.partitions import key_of
from karat.jobs.in_process import partition_tags
from karat.resources.dagster_rows import told_of
from karat.simulation import lost_deltas
from tests.dagster.meanwhile import meanwhile

FAMILIES = ("invariants", "sequence", "paired")
CHANGES = ["meanwhile", "before"]


@pytest.fixture
def published(world: Any) -> Any:
    first, *_, last = world.partitions
    assert world.run("rebuild", first, last).success
    return world


def spoil(world: Any) -> None:
    """Have the first day lose messages."""
    world.restate(0, lost_deltas(world.days[0].raw, 0.01, seed=3).raw)


def outcomes(world: Any) -> dict[str, str]:
    """Return what Dagster shows of the first day, by family."""
    key = str(key_of(world.partitions[0]))
    checks = {name: dg.AssetCheckKey(dg.AssetKey("book_events"), name) for name in FAMILIES}
    return {name: told_of(world.instance, check, key)["outcome"] for name, check in checks.items()}


def verdict_of(world: Any) -> str:
    """Return the name of the verdict that Dagster shows of the first day."""
    check = dg.AssetCheckKey(dg.AssetKey("book_events"), "sequence")
    return str(told_of(world.instance, check, str(key_of(world.partitions[0])))["verdict"])


def together(world: Any) -> dict[str, str]:
    """Return what Dagster shows of partitions together: what they come to, and their verdicts."""
    check = dg.AssetCheckKey(dg.AssetKey("book_events"), "dataset_root")
    told = told_of(world.instance, check, None)
    return {name: str(told[name]) for name in ("outcome", VERDICTS)}


def alone(world: Any) -> tuple[dict[str, str], str]:
    """Return what is shown when the first day is judged with nobody beside."""
    world.run("revalidate", world.partitions[0])
    return outcomes(world), verdict_of(world)


@pytest.mark.parametrize("spoilt", CHANGES)
def test_a_run_that_began_before_a_fault_hides_it_not(published: Any, spoilt: str) -> None:
    """It judged the bytes of before, or none, and tells of them after the rebuild told of FAIL."""
    if spoilt == "before":
        spoil(published)

    def rebuilds() -> None:
        if spoilt == "meanwhile":
            spoil(published)
        assert not published.run("rebuild", published.partitions[0]).success

    meanwhile(published, "revalidate", {}, "validate: 1 of", rebuilds)
    shown = outcomes(published), verdict_of(published)
    assert shown[0]["sequence"] == "FAIL"
    assert together(published)["outcome"] == "FAIL"
    assert shown == alone(published)


def test_a_run_that_was_launched_first_is_not_hidden_by_one_that_began_later(
    published: Any,
) -> None:
    """Dagster goes by when rows were begun: the later run has a later one, and found less."""
    spoil(published)
    day = published.partitions[0]
    meanwhile(
        published, "rebuild", partition_tags(day), "rebuild: ", lambda: published.run("revalidate")
    )
    shown = outcomes(published), verdict_of(published)
    assert shown[0]["sequence"] == "FAIL"
    whole = together(published)
    assert whole["outcome"] == "FAIL"
    assert shown == alone(published)
    published.run("revalidate")
    assert whole == together(published)
