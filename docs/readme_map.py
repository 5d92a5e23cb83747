"""Print the README's map: each package beside its own "Takes …; gives …" line.

With ``--write``, put the map into README.md between its two markers.
"""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- map -->\n", "<!-- /map -->"
FLOW = [
    *("messages", "states", "golden", "tree", "distances", "contracts", "verdicts", "flow", "gate"),
    *(
        "dataset",
        "feedback",
        "comparison",
        "report",
        "lake",
        "store",
        "compute",
        "simulation",
        "cli",
    ),
    *("resources", "assets", "jobs", "sensors"),
]


def first_line(package: Path) -> str:
    """Return the first line of a package's docstring; empty if it has none."""
    docstring = ast.get_docstring(ast.parse((package / "__init__.py").read_text())) or ""
    return docstring.partition("\n")[0]


def place(package: Path) -> tuple[int, str]:
    """Return the sorting key: the order of the flow, then what the flow does not name."""
    name = package.name
    return (FLOW.index(name) if name in FLOW else len(FLOW), name)


def readme_map() -> str:
    """Return the map as a Markdown table, one row a package."""
    packages = sorted((init.parent for init in ROOT.glob("karat/*/__init__.py")), key=place)
    rows = [
        f"| [`karat.{p.name}`]({p.resolve().relative_to(ROOT.resolve())}) | {first_line(p)} |\n"
        for p in packages
    ]
    return "| package | what it takes and gives |\n|---|---|\n" + "".join(rows)


def rewritten(readme: str) -> str:
    """Return `readme` with the map between the markers; `ValueError` if a marker is missing."""
    start, stop = readme.index(BEGIN) + len(BEGIN), readme.index(END)
    return readme[:start] + readme_map() + readme[stop:]


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        readme = ROOT / "README.md"
        readme.write_text(rewritten(readme.read_text()))
    else:
        sys.stdout.write(readme_map())
