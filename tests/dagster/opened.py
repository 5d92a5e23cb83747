"""Which files of a lake are opened, as the kernel tells: by any process, mapped or read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from inotify_simple import INotify, flags  # type: ignore[import-untyped] # it has no stubs

from karat.lake import Lake, ObjectInfo

DATA = ("raw/", "golden/", "golden_trades/", "book_events/")


def data_files(lake: Lake) -> dict[Path, str]:
    """Return where data lies on this machine that is, or ever was, on a branch: with its path."""
    return _files(lake, _commits(lake))


@contextmanager
def opened(files: dict[Path, str]) -> Iterator[list[str]]:
    """Fill the list with the path of a file for each time that it was opened meanwhile."""
    found: list[str] = []
    with INotify() as watcher:
        watched = {watcher.add_watch(file, flags.OPEN): path for file, path in files.items()}
        yield found
        found += [watched[event.wd] for event in watcher.read(timeout=0) if event.wd in watched]


@dataclass
class Opened:
    """What others than we open of a lake that goes on; we do while they are held still."""

    lake: Lake
    found: list[str] = field(default_factory=list)
    _watcher: INotify = field(default_factory=INotify)
    _watched: dict[int, str] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)

    def collect(self) -> list[str]:
        """Return the path of a file for each time that it was opened by others until now."""
        events = self._watcher.read(timeout=0)
        assert not any(event.mask & flags.Q_OVERFLOW for event in events), "some were not told of"
        self.found += [self._watched[event.wd] for event in events if event.wd in self._watched]
        return self.found

    def begin(self) -> None:
        """Watch what has come, from now on; what was opened since `collect` is forgotten."""
        new = _commits(self.lake) - self._known
        for file, path in _files(self.lake, new).items():
            self._watched[self._watcher.add_watch(file, flags.OPEN)] = path
        self._known |= new
        self._watcher.read(timeout=0)

    def close(self) -> None:
        """Watch nothing any more."""
        self._watcher.close()


def _commits(lake: Lake) -> set[str]:
    return {commit.id for branch in lake.branches() for commit in lake.log(branch.commit)}


def _files(lake: Lake, commits: set[str]) -> dict[Path, str]:
    found = {
        (one.content_hash, one.path): commit
        for commit in commits
        for folder in DATA
        for one in lake.list(commit, folder)
        if isinstance(one, ObjectInfo)
    }
    return {
        lake.local_path(commit, path, verify=False): path for (_, path), commit in found.items()
    }
