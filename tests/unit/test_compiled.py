"""Scipy's linear algebra: not loaded with our compiled passes, there when somebody calls it."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOADED = "print(*(name in sys.modules for name in ('scipy.linalg', 'scipy.linalg.cython_blas')))"
OURS = "import sys, karat.states.kernels.cell_kernel as ours"
PRODUCT = """
import numba, numpy as np
product = numba.njit(lambda a, b: a @ b)
print(product(np.eye(2), np.arange(4.0).reshape(2, 2)).tolist() == [[0, 1], [2, 3]])
"""


def told(*code: str) -> list[str]:
    """Return the words that a new process prints."""
    words = [sys.executable, "-c", "\n".join(code)]
    return subprocess.run(words, capture_output=True, check=True, text=True).stdout.split()


def test_our_passes_do_not_load_it() -> None:
    assert told(OURS, LOADED) == ["False", "False"]


def test_a_product_compiled_later_finds_it() -> None:
    assert told(OURS, PRODUCT, LOADED) == ["True", "True", "True"]


def test_one_that_is_loaded_already_is_left_alone() -> None:
    before = "import scipy.linalg.cython_blas as real"
    same = "print(sys.modules['scipy.linalg.cython_blas'] is real)"
    assert told(before, OURS, same, PRODUCT) == ["True", "True"]


@pytest.mark.parametrize("hidden", ["scipy", "scipy.linalg"])
def test_where_it_is_missing_passes_load_and_a_product_says_so(hidden: str) -> None:
    hide = f"import sys; sys.modules[{hidden!r}] = None"
    refused = "except ImportError as error: print('scipy' in str(error))"
    missing = PRODUCT.replace("print(", "try: print(") + refused
    assert told(hide, OURS, "print(ours.njit is not None)", missing) == ["True", "True"]
