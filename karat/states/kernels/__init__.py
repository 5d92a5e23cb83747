"""Takes arrays; gives what compiled passes over them find, loaded when first used.

Every pass has a plain numpy equal, which small inputs use: loading numba takes as long as numpy
takes for millions of rows, and a command that looks at one small file must not wait for it.
"""

import sys

LEAST_ROWS, ROWS_TO_LOAD = 1024, 1 << 23


class _Meter:
    """Rows that numpy was given while numba was not loaded."""

    rows = 0


def pays(rows: int) -> bool:
    """Return whether a compiled pass over `rows` rows is worth it.

    Once numba is loaded, that is soon so. Before, rows are added up until numpy has spent on them
    about what loading takes: so nothing waits for numba more than twice as long as it had to.
    """
    if "numba" in sys.modules:
        return rows >= LEAST_ROWS
    _Meter.rows += rows
    return _Meter.rows >= ROWS_TO_LOAD
