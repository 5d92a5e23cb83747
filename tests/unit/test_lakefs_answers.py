"""Whatever a server answers, what is raised is ours, and nothing is asked for ever."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

import pytest

from karat.errors import KaratError, LakeUnusable
from karat.lake.lakefs import LakeFSLake
from karat.lake.testing.writing import paths, write
from tests.lakefs_double.faults import Fault
from tests.lakefs_double.lakes import access, url
from tests.lakefs_double.server import Double, serving
from tests.lakefs_double.web import Reply
from tests.unit.test_lakefs_faults import STEPS

ODD: list[Any] = [None, "", 0, -1, [], {}, "x", True, [None], [{}], "../../x"]
LOOKED_AT = [step for step in STEPS if step not in {"get_object", "delete_branch"}]
DEEP = b'{"a":' * 100_000
WORDS = dict.fromkeys(("path", "path_type", "physical_address", "checksum"), "\ud800")
NO_TEXT = {**WORDS, "mtime": 1, "size_bytes": 1}
UNREADABLE = [
    Reply(200, DEEP),
    Reply(200, b"[" * 100_000),
    Reply(400, DEEP),
    Reply(412, DEEP),
    Reply(200, b"{}", {"Content-Type": "application/json; charset=none-such"}),
    Reply(200, NO_TEXT),
]
LISTS = ["list_branches", "list_tags", "log_commits", "diff_refs", "diff_branch", "list_objects"]
SEEDS = 12


@pytest.fixture(scope="module")
def double() -> Iterator[Double]:
    with serving() as server:
        yield server


def lake_at(double: Double, folder: Path, name: str) -> LakeFSLake:
    """Return a lake with one file on a branch, which remembers nothing."""
    made = [
        LakeFSLake(
            url(double, name),
            access(double, folder / part, attempts=2, timeout_s=5, namespace=f"local://{name}"),
        )
        for part in ("made", "again")
    ]
    write(made[0], "work", {"a": b"1"})
    return made[1]


def altered(said: Any, random: Random) -> Any:
    """Return an answer with something else in one place of it."""
    if isinstance(said, dict) and said and random.random() < 0.8:
        key = random.choice(sorted(said))
        if random.random() < 0.3:
            return {name: value for name, value in said.items() if name != key}
        return said | {key: altered(said[key], random)}
    if isinstance(said, list) and said and random.random() < 0.8:
        return [altered(said[0], random), *said[1:]]
    return random.choice(ODD)


def other(seed: int) -> Callable[[Any], Any]:
    return lambda said: altered(said, Random(seed))  # noqa: S311 - answers to try


def always(answer: Reply) -> Callable[[Any], Any]:
    return lambda _: answer


@pytest.mark.parametrize("operation", LOOKED_AT)
def test_an_answer_of_another_shape_is_an_error_of_ours_or_none(
    double: Double, tmp_path: Path, operation: str
) -> None:
    name = operation.replace("_", "-")
    for seed in range(SEEDS):
        lake = lake_at(double, tmp_path / str(seed), f"{name}-{seed}")
        before = double.faults.calls.get(operation, 0)
        double.faults.add(Fault(operation, "altered", 50, alter=other(seed)))
        with suppress(KaratError):
            STEPS[operation](lake)
        assert 0 < double.faults.calls[operation] - before < 40
        double.faults.waiting.clear()
        assert set(paths(lake, "main")) <= {"a", "b"}


@pytest.mark.parametrize("operation", [one for one in LOOKED_AT if not one.startswith("create")])
@pytest.mark.parametrize(("what", "answer"), [("null", None), ("list", []), ("page", "<html>")])
def test_an_answer_that_is_no_object_is_told(
    double: Double, tmp_path: Path, operation: str, what: str, answer: object
) -> None:
    lake = lake_at(double, tmp_path, f"{operation.replace('_', '-')}-{what}")
    double.faults.add(Fault(operation, "altered", times=50, alter=lambda _: answer))
    with pytest.raises(KaratError):
        STEPS[operation](lake)
    double.faults.waiting.clear()


@pytest.mark.usefixtures("unsearched")
@pytest.mark.parametrize("operation", LOOKED_AT)
def test_an_answer_that_cannot_be_read_is_told(
    double: Double, tmp_path: Path, operation: str
) -> None:
    """In no encoding that there is, of objects in objects without end, or of what is no text."""
    for number, answer in enumerate(UNREADABLE):
        lake = lake_at(double, tmp_path / f"{number}", f"{operation.replace('_', '-')}-n{number}")
        double.faults.add(Fault(operation, "altered", 50, alter=always(answer)))
        # What may be any text is not read as text everywhere.
        with (suppress if answer.body is NO_TEXT else pytest.raises)(KaratError):
            STEPS[operation](lake)
        double.faults.waiting.clear()


@pytest.mark.parametrize("operation", LISTS)
@pytest.mark.parametrize("heads", [[], ["work"], ["main", "work"]])
def test_pages_without_end_are_told(
    double: Double, tmp_path: Path, operation: str, heads: list[str]
) -> None:
    """Those that follow themselves, and those that go round."""
    lake = lake_at(double, tmp_path, f"{operation.replace('_', '-')}-endless-{len(heads)}")
    offsets = cycle([lake.head(name) for name in heads] or [""])

    def more(said: Any) -> Any:
        told = said["pagination"] | {"has_more": True, "next_offset": next(offsets)}
        return said | {"pagination": told}

    double.faults.add(Fault(operation, "altered", times=50, alter=more))
    with pytest.raises(LakeUnusable, match="follow itself"):
        STEPS[operation](lake)
    assert double.faults.waiting[0].times > 40
    double.faults.waiting.clear()
