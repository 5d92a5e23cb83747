"""Golden cells that processes share: the same as those of one's own, and mapped, not copied."""

import os
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.contracts import DistanceRule
from karat.distances import ks
from karat.errors import UnavailableError
from karat.golden import GoldenManifest, Yardstick
from karat.golden.shared_cells import KEPT, mapped, share
from karat.states import ReferenceCounts

T = TypeVar("T")
VALUES = st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-5, 5), max_size=60)


def manifest_of(*goldens: ReferenceCounts) -> GoldenManifest:
    rule = DistanceRule(name="price", column="price_ticks", kind="ks")
    held = {
        f"d{n}": Yardstick(rule, (), one, Fraction(1), (), None) for n, one in enumerate(goldens)
    }
    return GoldenManifest("book_events", {"": held}, (), ())


def sent(value: T) -> T:
    """Return what another process gets that is sent `value`."""
    found: T = ForkingPickler.loads(ForkingPickler.dumps(value))
    return found


def cells_of(manifest: GoldenManifest) -> list[ReferenceCounts]:
    return [one.golden for one in manifest.strata[""].values()]


@given(golden=VALUES, rows=VALUES, cells=st.none() | st.integers(1, 9), floats=st.booleans())
def test_shared_cells_measure_alike(
    tmp_path_factory: pytest.TempPathFactory,
    golden: list[int],
    rows: list[int],
    cells: int | None,
    floats: bool,
) -> None:
    kind = np.float64 if floats else np.int64
    column = np.array(rows, kind)
    own = ReferenceCounts.from_golden(np.array(golden, kind), cells)
    shared = share(manifest_of(own), tmp_path_factory.getbasetemp() / "measured")
    (theirs,) = cells_of(sent(shared))
    assert type(theirs) is ReferenceCounts, "others share no pass with another class"
    assert theirs.sent_as[0] is mapped
    assert theirs == own
    assert theirs.key() == own.key()
    assert theirs.to_bytes() == own.to_bytes()
    assert theirs.rows == own.rows
    assert (theirs.cumulative == own.cumulative).all()
    assert theirs.compact.dtype == own.compact.dtype
    assert theirs.encode(theirs.observe(column)) == own.encode(own.observe(column))
    assert ks(theirs, theirs.observe(column)) == ks(own, own.observe(column))
    if own.points.size:
        assert (theirs.table.locate(column) == own.table.locate(column)).all()
        assert theirs.table.most == own.table.most
    assert theirs.coarser(2) == own.coarser(2)
    assert sent(theirs.coarser(2)) == own.coarser(2)


def full(seed: int, size: int = 3000) -> ReferenceCounts:
    return ReferenceCounts.from_golden(np.random.default_rng(seed).integers(0, 10**9, size), None)


def test_nothing_can_be_written_through_them(tmp_path: Path) -> None:
    (cells,) = cells_of(share(manifest_of(full(1)), tmp_path))
    for array in (cells.points, cells.golden, cells.cumulative, cells.compact, cells.table.starts):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 7


def test_a_manifest_keeps_its_name_and_everything_else(tmp_path: Path) -> None:
    plain = manifest_of(full(1), full(2), full(1))
    shared = share(plain, tmp_path)
    assert shared.digest == plain.digest
    assert shared.encode() == plain.encode()
    assert share(manifest_of(), tmp_path / "none") == manifest_of()
    assert [file.name for file in tmp_path.iterdir()] == [
        *(f.name for f in tmp_path.glob("*.cells"))
    ]
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o222 == 0


def spoilt(change: Callable[[bytearray], None]) -> Callable[[Path], None]:
    def spoil(file: Path) -> None:
        data = bytearray(file.read_bytes())
        change(data)
        file.unlink()  # what is mapped already stays as it was
        file.write_bytes(data)

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        spoilt(lambda data: data.__setitem__(-5000, data[-5000] ^ 1)),
        spoilt(lambda data: data.__setitem__(3, 0)),
        spoilt(lambda data: data.__delitem__(slice(-4096, None))),
        spoilt(bytearray.clear),
        Path.unlink,
    ],
    ids=["bit", "magic", "cut", "empty", "gone"],
)
def test_a_file_that_is_not_as_it_was_is_written_again(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    plain = manifest_of(full(3))
    share(plain, tmp_path)
    (file,) = tmp_path.glob("*.cells")
    before = file.read_bytes()
    spoil(file)
    mapped.cache_clear()
    (cells,) = cells_of(share(plain, tmp_path))
    assert file.read_bytes() == before
    assert cells.observe(np.arange(9)).cells.size
    assert list(tmp_path.iterdir()) == [file]


def test_a_whole_file_is_taken_as_it_is(tmp_path: Path) -> None:
    share(manifest_of(full(3)), tmp_path)
    (file,) = tmp_path.iterdir()
    there = file.stat().st_ino
    share(manifest_of(full(3)), tmp_path)
    assert file.stat().st_ino == there


def test_few_files_stay(tmp_path: Path) -> None:
    for seed in range(KEPT + 3):
        share(manifest_of(full(seed)), tmp_path)
        newest = max(tmp_path.iterdir(), key=lambda file: file.stat().st_mtime_ns)
        os.utime(newest, (seed, seed))
    there = sorted(file.stat().st_mtime for file in tmp_path.iterdir())
    assert there == list(range(3, KEPT + 3))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnavailableError, match=r"shared at .*file"):
        share(manifest_of(full(1)), tmp_path / "file")


HOLD = """
import pickle, sys
from pathlib import Path
manifest = pickle.loads(Path(sys.argv[1]).read_bytes())
for one in manifest.strata[""].values():
    cells = one.golden
    arrays = cells.points, cells.golden, cells.cumulative, cells.compact, cells.table.starts
    print(*(int(array.sum() % 9) for array in arrays))
print(flush=True)
sys.stdin.read()
"""


def resident(process: int, what: str) -> int:
    """Return a sum over a process's mappings in kB, such as of `Pss`."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(f"{what}:"))


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="asks Linux")
def test_processes_share_the_pages(tmp_path: Path) -> None:
    """Three processes together hold golden once: beyond it each has but its own interpreter."""
    shared = share(manifest_of(full(1, 900_000), full(2, 900_000)), tmp_path / "store")
    (file,) = (tmp_path / "store").iterdir()
    golden = file.stat().st_size // 1024
    (tmp_path / "sent").write_bytes(ForkingPickler.dumps(shared))
    assert (tmp_path / "sent").stat().st_size < 4000
    command = [sys.executable, "-c", HOLD, str(tmp_path / "sent")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    held = [subprocess.Popen(command, **pipes) for _ in range(3)]  # type: ignore[call-overload]
    try:
        for process in held:
            assert process.stdout.readline()
            while process.stdout.readline() != "\n":
                pass
        ids = [process.pid for process in held]
        assert all(resident(n, "Rss") - resident(n, "Anonymous") > golden for n in ids)
        assert all(resident(n, "Anonymous") < golden for n in ids)
        assert golden < sum(resident(n, "Pss_File") for n in ids) < 2 * golden
    finally:
        for process in held:
            process.communicate()
