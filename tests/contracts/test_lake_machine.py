"""Whatever is done to both, the local lake answers as the memory lake does."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from karat.errors import KaratError
from karat.lake import Lake, ObjectInfo
from karat.lake.local import LocalLake
from karat.lake.memory import MemoryLake

FILES = st.sampled_from(["a", "a/b", "a/b/c", "a-", "b/c", "b/d/e", "é/x"])
DATA = st.sampled_from([None, b"", b"1", b"2"])
BRANCHES = st.sampled_from(["one", "two", "main", "ledger"])
PREFIXES = st.sampled_from(["", "a", "a/", "b/d", "x"])


def outcome(act: Callable[[Lake], Any], lake: Lake) -> object:
    """What came of it, with what differs between lakes (commit ids) left out."""
    try:
        return act(lake)
    except KaratError as error:
        return type(error), getattr(error, "paths", None)


def shape(change: Any) -> tuple[object, ...]:
    return change.path, change.type, change.left, change.right


class LakeMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._local = LocalLake(Path(self._folder.name), clock=lambda: 7)
        self._memory = MemoryLake(clock=lambda: 7)

    def teardown(self) -> None:
        self._folder.cleanup()

    def same(self, act: Callable[[Lake], Any]) -> None:
        assert outcome(act, self._local) == outcome(act, self._memory)

    @rule(branch=BRANCHES, changes=st.dictionaries(FILES, DATA, max_size=3))
    def write(self, branch: str, changes: dict[str, bytes | None]) -> None:
        def act(lake: Lake) -> int:
            with lake.session("main", branch=branch) as session:
                for path, data in changes.items():
                    session.delete(path) if data is None else session.put(path, data)
                return len(lake.commit_info(session.commit("write")).parents)

        self.same(act)

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

    @rule(left=BRANCHES, right=BRANCHES, prefix=PREFIXES, mode=st.sampled_from(["two", "three"]))
    def diff(self, left: str, right: str, prefix: str, mode: Any) -> None:
        self.same(
            lambda lake: [shape(c) for c in lake.diff(left, right, prefix, mode=f"{mode}-dot")]  # type: ignore[arg-type]
        )

    @rule(ref=BRANCHES, prefix=PREFIXES, delimiter=st.sampled_from([None, "/"]))
    def listing(self, ref: str, prefix: str, delimiter: str | None) -> None:
        self.same(lambda lake: list(lake.list(ref, prefix, delimiter=delimiter)))

    @rule(a=BRANCHES, b=BRANCHES)
    def history(self, a: str, b: str) -> None:
        self.same(lambda lake: (lake.is_ancestor(a, b), len(list(lake.log(a)))))

    @invariant()
    def every_ref_holds_the_same_files(self) -> None:
        assert [r.name for r in self._local.branches()] == [r.name for r in self._memory.branches()]
        for ref in (*self._memory.branches(), *self._memory.tags()):
            infos = list(self._local.list(ref.name))
            assert infos == list(self._memory.list(ref.name))
            for info in infos:
                assert isinstance(info, ObjectInfo)
                with self._local.open(ref.name, info.path) as stream:
                    assert len(stream.read()) == info.size


TestLakeMachine = LakeMachine.TestCase
TestLakeMachine.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
