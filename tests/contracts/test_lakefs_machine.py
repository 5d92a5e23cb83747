"""Whatever one writer a branch does to both, the lake on lakeFS answers as the memory lake does.

Lines that were each merged into the other are left out: there lakeFS starts from one of their
bases, and ours from all of them.
"""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from karat.errors import KaratError
from karat.lake import Lake
from karat.lake.append import append
from karat.lake.memory import MemoryLake
from karat.lake.protocol import Change, DiffMode, ObjectInfo, Prefix
from karat.lake.testing.writing import write
from tests.lakefs_double.lakes import lake_on
from tests.lakefs_double.server import serving
from tests.lakefs_double.state import Server

FILES = st.sampled_from(["a", "a/b", "a/b/c", "a0", "b/c", "b/d/e", "é/x"])
DATA = st.sampled_from([None, b"1", b"2"])
CHANGES = st.dictionaries(FILES, DATA, min_size=1, max_size=4)
WORK = st.sampled_from(["one", "two"])
BRANCHES = st.sampled_from(["one", "two", "main"])
MODES: tuple[DiffMode, ...] = ("two-dot", "three-dot")


def plain(told: ObjectInfo | Prefix | None) -> object:
    """What every lake tells of a file: an ETag is its own."""
    return replace(told, etag="") if isinstance(told, ObjectInfo) else told


def both(change: Change) -> object:
    return change.path, change.type, plain(change.left), plain(change.right)


def outcome(act: Callable[[Lake], Any], lake: Lake) -> object:
    try:
        return act(lake)
    except KaratError as error:
        return type(error), getattr(error, "paths", None)


class LakeFSMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()
        folder = Path(self._open.enter_context(tempfile.TemporaryDirectory()))
        double = self._open.enter_context(serving(Server(clock=lambda: 7)))
        self._theirs, self._memory = lake_on(double, folder), MemoryLake(clock=lambda: 7)

    def teardown(self) -> None:
        self._open.close()

    def same(self, act: Callable[[Lake], Any]) -> None:
        assert outcome(act, self._theirs) == outcome(act, self._memory)

    @initialize(changes=CHANGES)
    def start(self, changes: dict[str, bytes | None]) -> None:
        files: dict[str, bytes | Path] = {
            p: data for p, data in changes.items() if data is not None
        }
        self.same(lambda lake: len(append(lake, "main", files, message="start")))

    @rule(branch=WORK, changes=CHANGES)
    def write(self, branch: str, changes: dict[str, bytes | None]) -> None:
        self.same(lambda lake: len(write(lake, branch, changes)))

    @rule(branch=WORK)
    def merge(self, branch: str) -> None:
        self.same(lambda lake: len(lake.merge(branch, "main", message="merge")))

    @rule(branch=WORK)
    def delete_branch(self, branch: str) -> None:
        self.same(lambda lake: lake.delete_branch(branch))

    @rule(name=st.sampled_from(["one", "v1.0.0"]), ref=BRANCHES, exist_ok=st.booleans())
    def name(self, name: str, ref: str, *, exist_ok: bool) -> None:
        if name == "one":
            self.same(lambda lake: len(lake.create_branch(name, ref, exist_ok=exist_ok)))
        self.same(lambda lake: len(lake.create_tag(name, ref, exist_ok=exist_ok)))

    @rule(a=BRANCHES, b=BRANCHES)
    def history(self, a: str, b: str) -> None:
        self.same(lambda lake: (lake.is_ancestor(a, b), len(list(lake.log(a)))))

    @rule(ref=BRANCHES, prefix=st.sampled_from(["", "a", "b/d"]), cut=st.booleans())
    def listing(self, ref: str, prefix: str, *, cut: bool) -> None:
        delimiter = "/" if cut else None
        self.same(lambda lake: [plain(e) for e in lake.list(ref, prefix, delimiter=delimiter)])

    @invariant()
    def every_pair_of_refs_differs_alike(self) -> None:
        names = [[r.name for r in (*lake.branches(), *lake.tags())] for lake in self.lakes]
        assert names[0] == names[1]
        shown = [name for name in names[0] if name != "ledger"]
        for left, right, mode in product(shown[:3], shown[:3], MODES):
            told = [[both(c) for c in lake.diff(left, right, mode=mode)] for lake in self.lakes]
            assert told[0] == told[1]

    @property
    def lakes(self) -> tuple[Lake, Lake]:
        return self._theirs, self._memory


TestLakeFSMachine = LakeFSMachine.TestCase
TestLakeFSMachine.settings = settings(
    max_examples=8,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
