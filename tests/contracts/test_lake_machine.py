"""Whatever is done to both, the local lake answers as the memory lake does."""

import tempfile
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from karat.errors import KaratError
from karat.lake import Lake
from karat.lake.append import append
from karat.lake.local import LocalLake
from karat.lake.memory import MemoryLake
from karat.lake.protocol import DiffMode, WriteSession
from karat.lake.testing.writing import write

T = TypeVar("T")
FILES = st.sampled_from(["a", "a/b", "a/b/c", "a0", "b/c", "b/d/e", "é/x"])
DATA = st.sampled_from([None, b"1", b"2"])
CHANGES = st.dictionaries(FILES, DATA, min_size=1, max_size=4)
BRANCHES = st.sampled_from(["one", "two", "main"])
MODES: tuple[DiffMode, ...] = ("two-dot", "three-dot")
PREFIXES = st.sampled_from(["", "a", "a/", "b/d", "x"])


def outcome(act: Callable[[T], Any], lake: T) -> Any:
    """What came of it, an error as a tuple; what differs between lakes (ids) is left out."""
    try:
        return act(lake)
    except KaratError as error:
        return type(error), getattr(error, "paths", None)


def put(changes: dict[str, bytes | None]) -> dict[str, bytes | Path]:
    return {path: data for path, data in changes.items() if data is not None}


class LakeMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._local = LocalLake(Path(self._folder.name), clock=lambda: 7)
        self._memory = MemoryLake(clock=lambda: 7)

        self._sessions: list[tuple[WriteSession, WriteSession]] = []

    def teardown(self) -> None:
        for pair in self._sessions:
            for session in pair:
                session.__exit__(KeyboardInterrupt, None, None)
        self._folder.cleanup()

    def same(self, act: Callable[[Lake], Any]) -> None:
        assert outcome(act, self._local) == outcome(act, self._memory)

    def alike(
        self, pair: tuple[WriteSession, WriteSession], act: Callable[[WriteSession], Any]
    ) -> None:
        ours, theirs = pair
        assert outcome(act, ours) == outcome(act, theirs)

    @initialize(changes=CHANGES)
    def start(self, changes: dict[str, bytes | None]) -> None:
        self.same(lambda lake: len(append(lake, "main", put(changes), message="start")))
        self.same(lambda lake: len(lake.create_branch("one", "main")))
        self.same(lambda lake: len(lake.create_branch("two", "main")))

    @rule(branch=st.sampled_from(["one", "two", "three", None]))
    def begin(self, branch: str | None) -> None:
        """Several sessions may be open on one branch: one of them is overtaken."""
        opened = [
            outcome(lambda lake: lake.session("main", branch=branch), lake)
            for lake in (self._local, self._memory)
        ]
        if any(isinstance(one, tuple) for one in opened):
            assert opened[0] == opened[1], "refused by both: a tag bears the name"
            return
        if len(self._sessions) < 4:
            self._sessions.append((opened[0], opened[1]))
        else:
            for session in opened:
                session.__exit__(None, None, None)

    @precondition(lambda self: self._sessions)
    @rule(which=st.integers(0, 3), path=FILES, data=DATA, if_absent=st.booleans())
    def stage(self, which: int, path: str, data: bytes | None, *, if_absent: bool) -> None:
        pair = self._sessions[which % len(self._sessions)]
        if data is None:
            self.alike(pair, lambda session: session.delete(path))
        else:
            self.alike(pair, lambda session: session.put(path, data, if_absent=if_absent))

    @precondition(lambda self: self._sessions)
    @rule(which=st.integers(0, 3), allow_empty=st.booleans())
    def commit(self, which: int, *, allow_empty: bool) -> None:
        pair = self._sessions[which % len(self._sessions)]
        self.alike(pair, lambda session: len(session.commit("more", allow_empty=allow_empty)))

    @precondition(lambda self: self._sessions)
    @rule(which=st.integers(0, 3), in_peace=st.booleans())
    def leave(self, which: int, *, in_peace: bool) -> None:
        pair = self._sessions.pop(which % len(self._sessions))
        kind = None if in_peace else KeyboardInterrupt
        self.alike(pair, lambda session: session.__exit__(kind, None, None))

    @rule(branch=BRANCHES, changes=CHANGES)
    def write(self, branch: str, changes: dict[str, bytes | None]) -> None:
        self.same(lambda lake: len(write(lake, branch, changes)))

    @rule(changes=CHANGES)
    def append(self, changes: dict[str, bytes | None]) -> None:
        self.same(lambda lake: len(append(lake, "main", put(changes), message="more")))

    @rule(source=BRANCHES, into=BRANCHES)
    def merge(self, source: str, into: str) -> None:
        self.same(lambda lake: len(lake.merge(source, into, message="merge")))

    @rule(name=BRANCHES, source=BRANCHES, exist_ok=st.booleans())
    def branch(self, name: str, source: str, *, exist_ok: bool) -> None:
        self.same(lambda lake: len(lake.create_branch(name, source, exist_ok=exist_ok)))

    @rule(name=BRANCHES)
    def delete_branch(self, name: str) -> None:
        self.same(lambda lake: lake.delete_branch(name))

    @rule(name=st.sampled_from(["v1.0.0", "one"]), ref=BRANCHES, exist_ok=st.booleans())
    def tag(self, name: str, ref: str, *, exist_ok: bool) -> None:
        self.same(lambda lake: len(lake.create_tag(name, ref, exist_ok=exist_ok)))

    @rule(ref=BRANCHES, prefix=PREFIXES, delimiter=st.sampled_from([None, "/"]))
    def listing(self, ref: str, prefix: str, delimiter: str | None) -> None:
        self.same(lambda lake: list(lake.list(ref, prefix, delimiter=delimiter)))

    @rule(a=BRANCHES, b=BRANCHES)
    def history(self, a: str, b: str) -> None:
        self.same(lambda lake: (lake.is_ancestor(a, b), len(list(lake.log(a)))))

    @invariant()
    def every_ref_holds_the_same_files(self) -> None:
        named = [
            [ref.name for ref in lake.branches() if not ref.name.startswith("session-")]
            for lake in (self._local, self._memory)
        ]
        assert named[0] == named[1]
        counts = [len(list(lake.branches())) for lake in (self._local, self._memory)]
        assert counts[0] == counts[1]
        for ref in (*self._memory.branches(), *self._memory.tags()):
            if ref.name.startswith("session-"):  # named by each lake for itself
                continue
            assert list(self._local.list(ref.name, "b/d")) == list(
                self._memory.list(ref.name, "b/d")
            )
            infos = list(self._local.list(ref.name))
            assert infos == list(self._memory.list(ref.name))
            assert all(self._local.stat(ref.name, info.path) == info for info in infos)

    def _has(self, name: str) -> bool:
        return any(ref.name == name for ref in self._memory.branches(name))

    @invariant()
    def every_pair_of_branches_differs_alike(self) -> None:
        names = [name for name in ("main", "one", "two") if self._has(name)]
        for left, right, mode in product(names, names, MODES):
            for prefix in ("", "b/d"):
                ours, theirs = (
                    list(lake.diff(left, right, prefix, mode=mode))
                    for lake in (self._local, self._memory)
                )
                assert ours == theirs


TestLakeMachine = LakeMachine.TestCase
TestLakeMachine.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
