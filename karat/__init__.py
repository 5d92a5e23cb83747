"""Takes rebuilt market data, golden captures and a contract; gives verdicts and proved datasets.

Nothing heavy is imported with karat itself: a name below loads its package when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from karat import dataset
    from karat.cli.opening import open_lake
    from karat.comparison import compare
    from karat.contracts import load_contract
    from karat.flow import validate

__all__ = ["compare", "dataset", "load_contract", "open_lake", "validate"]

_HOME = {
    "compare": "karat.comparison",
    "load_contract": "karat.contracts",
    "open_lake": "karat.cli.opening",
    "validate": "karat.flow",
}


def __getattr__(name: str) -> Any:
    """Load a public name where it lives (PEP 562); `AttributeError` for any other."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    if name == "dataset":
        return import_module("karat.dataset")
    if name == "__version__":
        return str(import_module("importlib.metadata").version("karat"))
    raise AttributeError(f"module 'karat' has no attribute {name!r}; have {__all__}")


def __dir__() -> list[str]:
    """Return what `karat.` offers."""
    return [*__all__, "__version__"]
