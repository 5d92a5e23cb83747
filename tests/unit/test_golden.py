"""Golden days: the quantile against its definition, and the manifest against tampering."""

import json
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest

from karat.digest import bytes_digest
from karat.errors import CorruptError
from karat.golden import Day, GoldenManifest, calibrate, needed_days, quantile, score
from karat.states import ReferenceCounts

ALPHAS = [Fraction(text) for text in ("0.05", "0.1", "1/3", "0.01", "0.5", "0.3", "0.07", "0.99")]


def false_alarms(days: int, alpha: Fraction) -> Fraction | None:
    """Return how often one of `days` + 1 exchangeable scores is above the quantile of the rest."""
    above = 0
    for last in range(days + 1):
        q = quantile([Fraction(s) for s in range(days + 1) if s != last], alpha)
        if q is None:
            return None
        above += last > q
    return Fraction(above, days + 1)


@pytest.mark.parametrize("alpha", ALPHAS)
def test_needed_days_are_the_fewest_with_a_quantile(alpha: Fraction) -> None:
    known = [days for days in range(120) if false_alarms(days, alpha) is not None]
    assert known == list(range(needed_days(alpha), 120))


@pytest.mark.parametrize("alpha", ALPHAS)
def test_false_alarms_are_at_most_alpha_and_no_rarer_than_need_be(alpha: Fraction) -> None:
    for days in range(needed_days(alpha), 60):
        share = false_alarms(days, alpha)
        assert share is not None
        assert alpha - Fraction(1, days + 1) < share <= alpha


def test_every_order_of_scores_gives_one_quantile() -> None:
    scores = [Fraction(n, 7) for n in (3, 1, 3, 2)]
    assert {quantile(list(order), Fraction(1, 4)) for order in permutations(scores)} == {
        Fraction(3, 7)
    }
    assert quantile([], Fraction(1, 2)) is None
    assert quantile(scores[:2], Fraction(1, 4)) is None


def test_ties_raise_no_more_alarms() -> None:
    rng = np.random.default_rng(5)
    alarms = 0
    for draw in rng.integers(0, 4, (4000, 20)):
        *calibration, trial = [Fraction(int(one)) for one in draw]
        limit = quantile(calibration, Fraction(1, 20))
        assert limit is not None
        alarms += trial > limit
    assert alarms <= 0.05 * 4000


def test_scales_and_scores() -> None:
    assert calibrate([Fraction(1, 9), Fraction(1, 3), Fraction(1, 5)], 100) == Fraction(1, 5)
    assert calibrate([Fraction(0), Fraction(0)], 100) == Fraction(1, 100)
    assert calibrate([], 100) == calibrate([], 0) == 1
    assert calibrate([Fraction(1, 2)], 0) == 1
    scales = {"a": Fraction(1, 10), "b": Fraction(1, 2)}
    assert score({"a": Fraction(1, 5), "b": Fraction(1, 4)}, scales) == 2
    assert score({}, scales) == 0


def manifest() -> GoldenManifest:
    stats = {"x": ReferenceCounts.from_golden(np.array([1, 2, 2])),
             "y": ReferenceCounts.from_golden(np.array([0.5, 2.5]))}  # fmt: skip
    days = tuple(Day(f"i/{n}", f"{n:064x}", n, Fraction(n, 3), Fraction(n, 2)) for n in range(4))
    scales = {"x": Fraction(1, 3), "y": Fraction(2, 7)}
    return GoldenManifest("book_events", stats, scales, days[:2], days[2:])


def test_a_manifest_comes_back() -> None:
    made = manifest()
    files = made.cell_files()
    back = GoldenManifest.decode(made.encode(), files)
    assert back == made
    assert back.digest == made.digest == bytes_digest(made.encode())
    assert GoldenManifest.cell_names(made.encode()) == sorted(files)
    assert all(name == bytes_digest(data) for name, data in files.items())


def test_every_part_of_a_manifest_is_in_its_digest() -> None:
    body = json.loads(manifest().encode())
    for part in body:
        other = body | {part: body[part] * 2 if isinstance(body[part], list | str | int) else {}}
        assert bytes_digest((json.dumps(other, indent=1, sort_keys=True) + "\n").encode()) != (
            manifest().digest
        )


def damaged() -> list[bytes]:
    data = manifest().encode()
    body = json.loads(data)
    texts = [{k: v for k, v in body.items() if k != part} for part in body]
    texts += [body | {"version": 2}, body | {"scales": {"x": "one"}}, body | {"cells": 5}]
    texts += [body | {"reference": [{}]}, body | {"scales": {"x": "1/0"}}]
    return [b"", b"{", b"[]", b"\xff", data[:-9], *(json.dumps(text).encode() for text in texts)]


@pytest.mark.parametrize("data", damaged())
def test_what_is_no_manifest_is_corrupt(data: bytes) -> None:
    with pytest.raises(CorruptError, match="golden manifest"):
        GoldenManifest.decode(data, manifest().cell_files())


def test_edited_cells_are_corrupt() -> None:
    made = manifest()
    for name, data in made.cell_files().items():
        files = made.cell_files() | {name: data[:-1] + bytes([data[-1] ^ 1])}
        with pytest.raises(CorruptError, match=f"golden cells {name[:12]}"):
            GoldenManifest.decode(made.encode(), files)
