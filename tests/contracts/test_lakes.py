"""Every lake keeps every rule."""

from collections.abc import Callable
from pathlib import Path

import pytest

from karat.lake import Lake, open_lake
from karat.lake.testing import LakeContract

LAKES: dict[str, Callable[[Path], str]] = {
    "memory": lambda _: "memory:",
    "local": lambda folder: f"file://{folder}/lake",
}


@pytest.fixture(params=list(LAKES))
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    return open_lake(LAKES[request.param](tmp_path))


class TestLakes(LakeContract):
    pass
