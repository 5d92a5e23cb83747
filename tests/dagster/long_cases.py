"""Minutes with real servers, for a soak."""

import os

import pytest

long_case = pytest.mark.skipif(
    not os.environ.get("KARAT_SOAK"), reason="minutes with real servers: set KARAT_SOAK=1"
)
