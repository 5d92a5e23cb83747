"""karat installs: as a checkout, and as a wheel that holds karat alone."""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
NOT_SOURCE = shutil.ignore_patterns(
    *(".git", ".venv", ".karat", "build", "dist", "*.egg-info", "__pycache__", ".*_cache", "tests")
)


def run(command: Sequence[object], cwd: Path, **extra: str) -> str:
    """Return what a command printed; the caller's PYTHONPATH is not passed on."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | extra
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build from a copy: what an earlier build left in the checkout must not get in."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, folder / "source", symlinks=True, ignore=NOT_SOURCE)
    options = ["--quiet", "--no-build-isolation", "--no-deps", "--no-index", "-w", folder]
    run([sys.executable, "-m", "pip", "wheel", *options, folder / "source"], folder)
    return next(folder.glob("karat-*.whl"))


def test_the_checkout_is_what_is_installed(tmp_path: Path) -> None:
    printed = run([sys.executable, "-c", "import karat; print(karat.__file__)"], tmp_path)
    assert Path(printed.strip()) == ROOT / "karat" / "__init__.py"


def test_wheel_holds_karat_alone_and_all_of_it(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = {n for n in archive.namelist() if ".dist-info/" not in n}
    assert {n.split("/")[0] for n in names} == {"karat"}
    for folder in ("assets", "resources", "sensors", "jobs"):
        ours = {f"karat/{p.relative_to(ROOT).as_posix()}" for p in (ROOT / folder).rglob("*.py")}
        assert ours <= names
    engine = (p for kind in ("*.py", "*.yaml", "*.csv") for p in (ROOT / "karat").rglob(kind))
    assert {p.relative_to(ROOT).as_posix() for p in engine} <= names


def test_wheel_works_in_a_new_environment(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "environment"
    run([sys.executable, "-m", "venv", "--without-pip", home], tmp_path)
    python = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    run([*pip, "--no-deps", "--no-index", wheel], tmp_path)
    own = run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], home)
    # The dependencies are those of the environment that runs this test; its karat comes second.
    (Path(own.strip()) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    where = run([python, "-c", "import karat.definitions; print(karat.__file__)"], tmp_path)
    assert str(home) in where
    assert "validate" in run([home / "bin" / "karat", "--help"], tmp_path)


@pytest.mark.parametrize("named", [True, False], ids=["-w from elsewhere", "bare from the root"])
def test_dagster_loads_the_location(*, named: bool, tmp_path: Path) -> None:
    options = ["-w", ROOT / "workspace.yaml"] if named else []
    command = [sys.executable, "-m", "dagster", "definitions", "validate", *options]
    cwd = tmp_path if named else ROOT
    quiet = {"DAGSTER_HOME": str(tmp_path), "DAGSTER_DISABLE_TELEMETRY": "yes"}
    assert "code location karat" in run(command, cwd, **quiet)
