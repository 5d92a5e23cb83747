"""Takes arrays; gives what compiled passes over them find, loaded when first used.

Every pass has a plain numpy equal, which small inputs use: loading numba takes as long as numpy
takes for millions of rows, and a command that looks at one small file must not wait for it.
"""

import sys

ROWS_LOADED, ROWS_COLD = 4096, 1 << 17


def pays(rows: int) -> bool:
    """Return whether a compiled pass over `rows` rows is worth its start.

    Once numba is loaded that is soon so; before, only for rows enough to pay for loading it.
    """
    return rows >= (ROWS_LOADED if "numba" in sys.modules else ROWS_COLD)
