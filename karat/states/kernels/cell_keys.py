"""Values as unsigned integers in their order, of which the leading bits say a bucket.

An int64 is less its least, so that buckets are as wide as each other; a float64 is its bits, whose
exponent comes first, so that buckets grow with the logarithm, or a multiple of a power of two, as
wide as each other too: near zero, where both signs meet, logarithms go on for ever.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

SIGN = np.uint64(1 << 63)
LARGEST = 2.0**62
"""Scaled values beyond are taken for it: they are keys of the first or the last bucket."""
ROOM_BITS, LARGEST_SCALE = 60, 1023
"""Scaled values have so many bits before the point; a power of two above is no float64."""


class Keys(NamedTuple):
    """How keys are made: of the `bits` of a float64, or of a value times `scale`, or of itself.

    `scale` is a power of two, 0.0 for none. Equal keys may come of unequal values unless each is
    made of a value itself; the order is never reversed.
    """

    bits: bool
    scale: float = 0.0

    @property
    def whole(self) -> bool:
        """Whether each key is of one value."""
        return not (self.bits or self.scale)

    @classmethod
    def choices(cls, least: Any, most: Any) -> list[Self]:
        """Return the kinds of keys for points that lie, but for a few, from `least` to `most`."""
        if least.dtype.kind != "f":
            return [cls(bits=False), cls(bits=True)]
        reach = max(abs(float(least)), abs(float(most)))
        if not (reach and math.isfinite(reach)):
            return [cls(bits=True)]
        power = min(ROOM_BITS - math.frexp(reach)[1], LARGEST_SCALE)
        return [cls(bits=True), cls(bits=False, scale=math.ldexp(1.0, power))]

    def of(self, values: NDArray[Any]) -> NDArray[np.uint64]:
        """Return the key of each value; NaN has none. -0.0 is 0.0."""
        if self.scale:
            with np.errstate(over="ignore"):
                scaled = np.clip(values * self.scale, -LARGEST, LARGEST)
            return scaled.astype(np.int64).view(np.uint64) ^ SIGN
        if not self.bits:
            return values.view(np.uint64) ^ SIGN
        signed = (values.astype(np.float64) + 0.0).view(np.int64)
        lifted: NDArray[np.uint64] = (signed ^ (signed >> 63 & np.int64(2**63 - 1))).view(np.uint64)
        return lifted ^ SIGN
