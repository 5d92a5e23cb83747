"""numba's `njit`, without the quarter of a second that scipy's linear algebra takes to load.

At its first compiled function numba asks whether there is a BLAS, by importing
`scipy.linalg.cython_blas`, which loads all of `scipy.linalg`; no pass of karat calls it. Here the
question is answered by whether scipy is there at all. A function compiled later that does call it
(`a @ b`) imports it then, for numba asks again where it is called.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType

from numba import njit

__all__ = ["njit"]

BLAS = "scipy.linalg.cython_blas"


@contextmanager
def _blas_not_loaded() -> Iterator[None]:
    """Let imports of the BLAS succeed without loading it, where it could be loaded."""
    stands_in = BLAS not in sys.modules and find_spec("scipy") is not None
    if stands_in:
        sys.modules[BLAS] = ModuleType(BLAS)
    try:
        yield
    finally:
        if stands_in:
            del sys.modules[BLAS]


with _blas_not_loaded():
    import numba.np.arraymath  # noqa: F401 (where numba asks)
