"""A module imports only from lower floors or its own package; big libraries have one home."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
STOREYS: tuple[list[str], ...] = (
    *(
        ["errors", "digest", "telemetry", "compiled"],
        ["messages", "states", "lake", "store", "signing"],
    ),
    *(["tree", "distances", "contracts"], ["golden", "compute"], ["verdicts", "comparison"]),
    *(["breaker"],),
    *(
        ["dataset", "features", "simulation", "report", "explanation"],
        ["flow", "feedback"],
        ["gate", "notify", "watch", "training"],
    ),
    *(["cli"], ["__init__"], ["resources"], ["assets"], ["jobs"], ["sensors"], ["definitions"]),
)
FLOORS = {name: floor for floor, names in enumerate(STOREYS) for name in names}
COMPILED = "karat/compiled.py"
KERNELS = {
    "karat/messages/fold_kernel.py",
    "karat/simulation/exchange_kernel.py",
    *(p.relative_to(ROOT).as_posix() for p in ROOT.glob("karat/states/kernels/*_kernel.py")),
}
LATE = {
    "scipy",
    "matplotlib",
    *(kernel.removesuffix(".py").replace("/", ".") for kernel in KERNELS),
}


def imports(node: ast.AST, *, late: bool = False) -> Iterator[tuple[str, bool]]:
    """Yield every imported name and whether it waits for a function to be called."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from ((alias.name, late) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            source = "." * child.level + (child.module or "")
            yield from ((f"{source}.{alias.name}", late) for alias in child.names)
        else:
            waits = isinstance(child, ast.FunctionDef) or is_for_types(child)
            yield from imports(child, late=late or waits)


def is_for_types(node: ast.AST) -> bool:
    """Return whether what is inside is read by type checkers only."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def violations(root: Path, path: Path) -> Iterator[str]:
    where = path.relative_to(root).as_posix()
    own = where.removeprefix("karat/").split("/")[0].removesuffix(".py")
    floor, engine = FLOORS.get(own, -1), where.startswith("karat/")
    for name, late in imports(ast.parse(path.read_text())):
        top, package = [*name.split("."), "__init__"][:2]
        up = top == "karat" and package != own and FLOORS.get(package, FLOORS["cli"]) >= floor
        compiles = top == "numba" or name.startswith("karat.compiled")
        homeless = compiles and where not in {COMPILED, *KERNELS}
        foreign = engine and top in {"dagster", "pandas", "orjson"}
        early = engine and not late and any(name.startswith(module) for module in LATE)
        if up or homeless or foreign or early or name.startswith("."):
            yield f"{where} imports {name}"


def test_every_import_goes_down() -> None:
    folders = ["karat", "assets", "resources", "sensors", "jobs"]
    paths = [p for f in folders for p in (ROOT / f).rglob("*.py") if not p.is_symlink()]
    assert [v for p in [*paths, ROOT / "definitions.py"] for v in violations(ROOT, p)] == []


def test_the_check_sees_each_kind(tmp_path: Path) -> None:
    path = tmp_path / "karat" / "tree" / "scratch.py"
    path.parent.mkdir(parents=True)
    good = "from karat.states import x\nfrom karat.tree.y import z\ndef f(): import scipy.stats\n"
    good += "if TYPE_CHECKING: import matplotlib.axes\n"
    bad = (
        "import karat.flow, karat, karat.contracts, dagster, numba, pandas, scipy.stats, karat.odd"
    )
    path.write_text(f"{good}{bad}\nfrom . import merkle\nfrom karat.messages import fold_kernel\n")
    assert len(list(violations(tmp_path, path))) == bad.count(",") + 3
