"""The tree itself: short files, one name for one thing, and a light `import karat`."""

import ast
import os
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DAGSTER_FOLDERS = ("assets", "resources", "sensors", "jobs")
CODE = ("karat", *DAGSTER_FOLDERS, "benchmarks", "docs")


def python_files(*folders: str) -> list[Path]:
    found = (p for f in folders for p in (ROOT / f).rglob("*.py"))
    return [p for p in found if not p.is_symlink()]


def package_inits() -> list[Path]:
    return [p for p in python_files("karat", *DAGSTER_FOLDERS) if p.name == "__init__.py"]


SUITES = [p for p in python_files("karat") if p.stem == "testing" or p.parent.name == "testing"]
"""Contract suites lie in the library, for other implementations to run; they are tests."""

CODE_FILES = [p for p in [*python_files(*CODE), ROOT / "definitions.py"] if p not in SUITES]
TEST_FILES = [*python_files("tests"), *SUITES]


def line_count(path: Path) -> int:
    return len(path.read_text().splitlines())


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield each function and the lines of its body, docstring apart."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            lines = body[-1].end_lineno or 0 if body else 0
            yield f"{path.relative_to(ROOT)}:{node.name}", lines - body[0].lineno + 1 if body else 0


def test_no_file_is_long() -> None:
    lengths = {p.relative_to(ROOT): line_count(p) for p in [*CODE_FILES, *TEST_FILES]}
    assert {p: n for p, n in lengths.items() if n > 300} == {}
    assert statistics.median(lengths.values()) <= 100


def test_functions_are_short() -> None:
    bodies = dict(f for p in CODE_FILES for f in functions(p))
    long = {name: lines for name, lines in bodies.items() if lines > 60}
    assert len(long) <= 0.01 * len(bodies), long
    assert statistics.median(bodies.values()) <= 6


def test_tests_keep_pace_with_code() -> None:
    code, tests = (sum(map(line_count, paths)) for paths in (CODE_FILES, TEST_FILES))
    assert tests >= 0.8 * code, f"{tests} lines of tests for {code} lines of code"


@pytest.mark.parametrize("name", [*DAGSTER_FOLDERS, "definitions.py"])
def test_dagster_folders_are_relative_links(name: str) -> None:
    link = ROOT / "karat" / name
    assert link.is_symlink(), f"karat/{name} is not a link: check out with core.symlinks=true"
    assert str(link.readlink()) == f"../{name}"


def python(code: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", [*DAGSTER_FOLDERS, "definitions"])
def test_general_names_stay_ours_alone(name: str, tmp_path: Path) -> None:
    answer = python(f"import {name}", tmp_path)
    assert f"No module named '{name}'" in answer.stderr


def test_import_is_light(tmp_path: Path) -> None:
    heavy = (
        "{'numba', 'scipy', 'matplotlib', 'dagster', 'pandas', 'cryptography', 'pyarrow', 'numpy'}"
    )
    answer = python(f"import karat, sys; print(sorted({heavy} & sys.modules.keys()))", tmp_path)
    assert answer.stdout == "[]\n", answer.stderr


def test_public_names_load_without_big_libraries(tmp_path: Path) -> None:
    heavy = "{'numba', 'scipy', 'matplotlib', 'dagster', 'pandas', 'cryptography'}"
    use = "karat.compare, karat.open_lake, karat.load_contract, karat.validate, karat.dataset.open"
    code = f"import karat, sys; {use}; print(sorted({heavy} & sys.modules.keys()))"
    answer = python(code, tmp_path)
    assert answer.stdout == "[]\n", answer.stderr


def test_an_unknown_name_says_what_there_is(tmp_path: Path) -> None:
    answer = python("import karat; karat.open_lakes", tmp_path)
    assert "no attribute 'open_lakes'" in answer.stderr
    assert "open_lake'" in answer.stderr


def exported(init: Path) -> set[str]:
    """Return the names a package takes out of its own modules."""
    package = ".".join(init.parent.relative_to(ROOT).parts)
    froms = [n for n in ast.walk(ast.parse(init.read_text())) if isinstance(n, ast.ImportFrom)]
    inner = (n for n in froms if (n.module or "").startswith(f"{package}."))
    return {alias.asname or alias.name for n in inner for alias in n.names}


@pytest.mark.parametrize("init", package_inits(), ids=lambda p: str(p.parent.relative_to(ROOT)))
def test_package_says_what_it_is(init: Path) -> None:
    first = (ast.get_docstring(ast.parse(init.read_text())) or "").partition("\n")[0]
    assert first.startswith("Takes ")
    assert "; gives " in first
    assert first.endswith(".")
    modules = {p.stem for p in init.parent.iterdir() if p.name != "__init__.py"}
    assert exported(init) & modules == set(), "a module bears the name of what it exports"


def reads_environment(path: Path) -> bool:
    nodes = ast.walk(ast.parse(path.read_text()))
    return any(isinstance(n, ast.Attribute) and n.attr in {"environ", "getenv"} for n in nodes)


def test_the_engine_reads_no_environment() -> None:
    allowed = {ROOT / "resources", ROOT / "karat" / "cli"}
    engine = [p for p in CODE_FILES if not allowed & set(p.parents)]
    inside = [p for p in engine if ROOT / "benchmarks" not in p.parents]
    assert [p.relative_to(ROOT) for p in inside if reads_environment(p)] == []


def test_readme_map_is_current() -> None:
    script = [sys.executable, str(ROOT / "docs" / "readme_map.py")]
    printed = subprocess.run(script, capture_output=True, text=True, check=True).stdout
    assert f"<!-- map -->\n{printed}<!-- /map -->" in (ROOT / "README.md").read_text(), "make map"


def test_nothing_is_taken_from_a_module_that_skips_itself() -> None:
    """Without PyTorch its second import would find half of it, and end the run of all tests."""
    files = sorted((ROOT / "tests").rglob("*.py"))
    texts = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text() for path in files
    }
    skipping = [
        name
        for name, text in texts.items()
        if re.search(r"^(\w+ = )?pytest\.importorskip", text, re.MULTILINE)
    ]
    assert skipping
    for name in skipping:
        assert not [other for other, text in texts.items() if f"from {name} import" in text], name
