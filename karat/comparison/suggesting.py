"""Which column could pair the rows, for a person who has not named one."""

from __future__ import annotations

from karat.comparison.met import Met

NAMED = {"id", "seq", "sequence", "nr", "key"}


def could_be_key(met: Met) -> bool:
    """Return whether an integer column looks like a key that both sides share.

    Its name says so (id, seq, ...), golden has each value once and in order, and both sides'
    values overlap.
    """
    a, b = met.candidate, met.golden
    named = not NAMED.isdisjoint(met.name.lower().split("_"))
    if not (named and b.values.dtype.kind == "i" and a.valid.all() and b.valid.all()):
        return False
    if met.kind != "number" or not (a.values.size and b.values.size):
        return False
    once = bool((b.values[1:] > b.values[:-1]).all())
    return once and bool(a.values.min() <= b.values[-1] and a.values.max() >= b.values[0])
