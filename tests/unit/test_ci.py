"""The house rules of building: one command for CI, and every version written down."""

import ast
import os
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PINS = [line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines()]
VERSIONS = {canonicalize_name(name): version for name, version in PINS}


def requirements() -> list[Requirement]:
    extras = PROJECT["optional-dependencies"].values()
    return [Requirement(r) for group in (PROJECT["dependencies"], *extras) for r in group]


def test_ci_calls_exactly_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    commands = re.findall(r"\b(?:make|pytest|pip|dagster)\b.*", script.read_text())
    assert commands == ["make test"]


def test_constraints_are_names_and_versions_only() -> None:
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line), line
    assert "karat" not in VERSIONS


def test_no_set_up_needs_pytorch_which_is_large() -> None:
    (asked,) = re.findall(r"-e '\.\[(.*)\]'", (ROOT / "Makefile").read_text())
    extras = (PROJECT["optional-dependencies"][extra] for extra in asked.split(","))
    assert "torch" not in {Requirement(one).name for group in extras for one in group}


def test_pytorch_is_pinned_where_it_is_tried_and_not_in_the_constraints() -> None:
    """A build for the CPU alone has a version of its own, which few indexes have."""
    (version,) = re.findall(r"'torch==([0-9.]+)\+cpu'", (ROOT / "Makefile").read_text())
    (wanted,) = (one for one in requirements() if one.name == "torch")
    assert wanted.specifier.contains(version)
    assert "torch" not in VERSIONS


def test_every_requirement_has_a_lower_bound_and_a_pin_within_it() -> None:
    for wanted in requirements():
        assert any(s.operator == ">=" for s in wanted.specifier), f"{wanted} has no lower bound"
        if wanted.name != "torch":
            pin = VERSIONS[canonicalize_name(wanted.name)]
            assert wanted.specifier.contains(pin), str(wanted)


def imported(path: Path) -> Iterator[str]:
    """Yield the top-level packages that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_what_karat_imports_is_what_its_installation_brings() -> None:
    """A tool of ours that happens to bring a library does not bring it to those who install us."""
    ours = {
        canonicalize_name(Requirement(one).name)
        for extra, group in PROJECT["optional-dependencies"].items()
        for one in (group if extra not in {"dev", "bench"} else [])
    } | {canonicalize_name(Requirement(one).name) for one in PROJECT["dependencies"]}
    known, lacking = packages_distributions(), set()
    for folder in ("karat", "assets", "jobs", "resources", "sensors"):
        modules = [p for p in (ROOT / folder).rglob("*.py") if "testing" not in str(p)]
        assert modules, folder
        for path in modules:
            for name in set(imported(path)) - sys.stdlib_module_names - {"karat"}:
                wanted = {canonicalize_name(one) for one in known.get(name, [name])}
                lacking |= set() if wanted & ours else {(str(path.relative_to(ROOT)), name)}
    assert lacking == set()


def test_every_make_target_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    told = set(re.findall(r"^([a-z0-9]+):.*## ", makefile, re.MULTILINE))
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony is not None
    assert told == set(phony[1].split())
    assert {"setup", "demo", "dev", "test", "e2e", "check", "bench", "soak"} <= told
