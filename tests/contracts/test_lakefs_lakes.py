"""A lake on a lakeFS server keeps every rule, over memory and files, by URL or through the API."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from karat.lake import Access, Lake, open_lake
from karat.lake.testing import LakeContract
from tests.lakefs_double.server import Double, serving
from tests.lakefs_double.state import Server

KINDS = {"memory": (False, False), "local": (True, False), "urls": (False, True)}
names = count()


@pytest.fixture(scope="module", params=list(KINDS))
def double(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Double]:
    on_disk, presign = KINDS[request.param]
    folder = tmp_path_factory.mktemp("server") if on_disk else None
    with serving(Server(folder=folder, presign=presign)) as server:
        yield server


@pytest.fixture
def lake(double: Double, tmp_path: Path) -> Lake:
    name = f"lake-{next(names)}"
    access = Access(
        double.state.key_id, double.state.secret, tmp_path / "cache", double.url, f"local://{name}"
    )
    return open_lake(f"lakefs://{double.url.removeprefix('http://')}/{name}", access=access)


class TestLakesOnLakeFS(LakeContract):
    pass
