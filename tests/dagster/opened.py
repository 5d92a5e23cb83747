"""Which files of a lake are opened, as the kernel tells: by any process, mapped or read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inotify_simple import INotify, flags  # type: ignore[import-untyped] # it has no stubs

from karat.lake import Lake, ObjectInfo

DATA = ("raw/", "golden/", "golden_trades/", "book_events/")


def data_files(lake: Lake) -> dict[Path, str]:
    """Return where data lies on this machine that is, or ever was, on a branch: with its path."""
    commits = {commit.id for branch in lake.branches() for commit in lake.log(branch.commit)}
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


@contextmanager
def opened(files: dict[Path, str]) -> Iterator[list[str]]:
    """Fill the list with the path of a file for each time that it was opened meanwhile."""
    found: list[str] = []
    with INotify() as watcher:
        watched = {watcher.add_watch(file, flags.OPEN): path for file, path in files.items()}
        yield found
        found += [watched[event.wd] for event in watcher.read(timeout=0) if event.wd in watched]
