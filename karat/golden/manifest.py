"""The golden manifest: which days are golden, the yardsticks they give, and their calibration."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from karat.contracts import Condition, Contract, DistanceRule
from karat.digest import bytes_digest
from karat.errors import CorruptError
from karat.golden.chunk_scale import ChunkScale
from karat.golden.yardsticks import Yardstick

VERSION = 5
WITHOUT_FULL = 4
"""The version of a text without a yardstick with all golden values: such stay as they were."""
Bounds = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class Day:
    """A golden partition: its name, content digest and rows, and the bounds of its distances.

    Bounds are equal where a distance is exact; a reference day has none. `chunks` are the largest
    distances of its stretches, where days are cut. Days of one `group` are calibrated together.
    """

    partition: str
    content: str
    rows: int
    group: str = ""
    stratum: str = ""
    distances: Mapping[str, Bounds] = field(default_factory=dict)
    chunks: Mapping[str, Fraction] = field(default_factory=dict)


@dataclass(frozen=True)
class GoldenManifest:
    """What unpaired distances are measured against.

    `strata` holds the yardsticks of each stratum ("" where there is but one) by the name of the
    distance. `calibration` days, none of them a `reference` day, tell what is usual.
    """

    dataset: str
    strata: Mapping[str, Mapping[str, Yardstick]]
    reference: tuple[Day, ...]
    calibration: tuple[Day, ...]

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 of the manifest's text, which is written once for all who ask."""
        return bytes_digest(self.encode())

    def usable(self, contract: Contract, stratum: str = "") -> dict[str, Yardstick]:
        """Return the yardsticks that `contract` still asks for, in its order, as it asks now."""
        held = self.strata.get(stratum, {})
        rules = contract.unpaired.distances if contract.unpaired else ()
        return {
            rule.name: _asked(contract, rule, held[rule.name])
            for rule in rules
            if rule.name in held and held[rule.name].fits(contract, rule)
        }

    def limits(self, contract: Contract, held: Mapping[str, Yardstick]) -> list[Bounds]:
        """Return the scores of calibration groups over what `contract` gates; none for nothing.

        `held` are the yardsticks that `usable` gives.
        """
        gates = [name for name, one in held.items() if one.rule.severity == "gate"]
        counted = contract.unpaired is not None and contract.unpaired.worst_chunk == "gate"
        return self.scores(gates, [n for n in gates if counted and held[n].chunks]) if gates else []

    def scores(self, names: list[str], by_chunk: Collection[str] = ()) -> list[Bounds]:
        """Return the bounds of each calibration group's score over the distances `names`.

        A day's score is its largest distance in units of its stratum's scale, or that of its
        stretches for the distances `by_chunk`; a group's the largest of its days.
        """
        found: dict[str, Bounds] = {}
        for day in self.calibration:
            held = self.strata[day.stratum]
            low, high = found.get(day.group, (Fraction(0), Fraction(0)))
            for name in names:
                below, above = (bound / held[name].scale for bound in day.distances[name])
                low, high = max(low, below), max(high, above)
            for name in by_chunk:
                cut, largest = held[name].chunks, day.chunks.get(name)
                far = Fraction(0) if cut is None or largest is None else cut.ratio(largest)
                low, high = max(low, far), max(high, far)
            found[day.group] = low, high
        return list(found.values())

    def named(self, content: str) -> str:
        """Return the golden day of this content digest; empty for none."""
        days = (*self.reference, *self.calibration)
        return next((day.partition for day in days if day.content == content), "")

    def encode(self) -> bytes:
        """Return the manifest as JSON, goldens by their digests."""
        fuller = any(one.full for one in self._every())
        body = {
            "version": VERSION if fuller else WITHOUT_FULL,
            "dataset": self.dataset,
            "strata": {
                stratum: {name: _yardstick(one) for name, one in held.items()}
                for stratum, held in self.strata.items()
            },
            "reference": [_day(day) for day in self.reference],
            "calibration": [_day(day) for day in self.calibration],
        }
        return (json.dumps(body, indent=1, sort_keys=True) + "\n").encode()

    def cell_files(self) -> dict[str, bytes]:
        """Return the goldens' bytes by their digests."""
        return {bytes_digest(data): data for data in (one.to_bytes() for one in self._every())}

    def full_files(self) -> dict[str, bytes | None]:
        """Return the bytes of all golden values by their digests; None for bytes not at hand."""
        return {one.full: one.every for one in self._every() if one.full}

    def with_full(self, files: Mapping[str, bytes]) -> GoldenManifest:
        """Return the manifest with the bytes of all golden values, such as `files` has.

        Raises CorruptError for bytes that do not match their digest.
        """
        if lost := [name for name, data in files.items() if bytes_digest(data) != name]:
            raise CorruptError(f"golden values {lost[0][:12]} do not match: build the golden again")
        strata = {
            stratum: {n: replace(one, every=files.get(one.full)) for n, one in held.items()}
            for stratum, held in self.strata.items()
        }
        return replace(self, strata=strata)

    def _every(self) -> Iterator[Yardstick]:
        for held in self.strata.values():
            yield from held.values()

    @classmethod
    def decode(cls, data: bytes, cells: Mapping[str, bytes]) -> GoldenManifest:
        """Return the manifest; `cells` holds the bytes of `cell_names(data)` by digest.

        Raises CorruptError when the text is no manifest or a golden does not match its digest.
        """
        return cls._of(data, cells)

    @classmethod
    def _of(cls, data: bytes, cells: Mapping[str, bytes] | None) -> GoldenManifest:
        body = _body(data)
        with _told(data):
            strata = {
                stratum: {name: _as_yardstick(name, one, cells) for name, one in held.items()}
                for stratum, held in body["strata"].items()
            }
            days = [tuple(_as_day(d) for d in body[part]) for part in ("reference", "calibration")]
            return cls(body["dataset"], strata, *days)

    @classmethod
    def without_cells(cls, data: bytes) -> GoldenManifest:
        """Return what a manifest's text says of scales and days, which is all that decides.

        Its yardsticks measure nothing, and it has no text to be named by. CorruptError as `decode`.
        """
        return cls._of(data, None)

    @staticmethod
    def cell_names(data: bytes) -> list[str]:
        """Return the digests of the goldens that a manifest's text names."""
        with _told(data):
            held = [one for stratum in _body(data)["strata"].values() for one in stratum.values()]
            return sorted({one["golden"] for one in held})


def _asked(contract: Contract, rule: DistanceRule, one: Yardstick) -> Yardstick:
    """Return a yardstick as the contract asks for it now: with stretches by its own time, or none.

    Which those are, and with how many rows, golden days say: a threshold changes neither.
    """
    unpaired, cut = contract.unpaired, one.chunks
    asked = unpaired.blocks if unpaired and unpaired.cuts(rule) else None
    known = asked is not None and cut is not None and asked.time == cut.time
    return replace(one, rule=rule, chunks=cut if known else None)


@contextmanager
def _told(data: bytes) -> Iterator[None]:
    """Turn what goes wrong with a text that is no manifest into CorruptError."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError) as error:
        raise CorruptError(f"golden manifest {bytes_digest(data)[:12]}: {error!r}") from error


def _body(data: bytes) -> dict[str, Any]:
    with _told(data):
        body: dict[str, Any] = dict(json.loads(data))
    if body.get("version") not in (VERSION, WITHOUT_FULL):
        told = f"golden manifest {bytes_digest(data)[:12]} is not of version {VERSION}"
        raise CorruptError(f"{told}: build the golden again")
    return body


def _yardstick(one: Yardstick) -> dict[str, Any]:
    rule = one.rule.model_dump(mode="json", exclude_defaults=True)
    rows = [json.loads(condition.text()) for condition in one.rows]
    worth = None if one.effective_rows is None else str(one.effective_rows)
    return {
        "rule": rule,
        "rows": rows,
        "golden": bytes_digest(one.to_bytes()),
        "scale": str(one.scale),
        "left_out": [str(each) for each in one.left_out],
        "effective_rows": worth,
        "typical_rows": one.typical_rows,
        "chunks": None if one.chunks is None else _chunks(one.chunks),
    } | ({"full": one.full} if one.full else {})


def _as_yardstick(name: str, body: dict[str, Any], cells: Mapping[str, bytes] | None) -> Yardstick:
    rule, golden = DistanceRule.model_validate(body["rule"]), None
    if cells is not None:
        data = cells[body["golden"]]
        if bytes_digest(data) != body["golden"]:
            raise CorruptError(f"golden cells {body['golden'][:12]} of {name!r} do not match")
        golden = Yardstick.golden_of(rule, data)
    rows = tuple(Condition.model_validate(one) for one in body["rows"])
    worth = body["effective_rows"]
    return Yardstick(
        rule,
        rows,
        golden,
        Fraction(body["scale"]),
        tuple(Fraction(text) for text in body["left_out"]),
        None if worth is None else Fraction(worth),
        int(body["typical_rows"]),
        None if body["chunks"] is None else _as_chunks(body["chunks"]),
        str(body.get("full", "")),
    )


def _chunks(one: ChunkScale) -> dict[str, Any]:
    return {
        "time": one.time,
        "width_ns": one.width_ns,
        "min_rows": one.min_rows,
        "usual": None if one.usual is None else str(one.usual),
        "spread": str(one.spread),
        "left_out": [str(each) for each in one.left_out],
    }


def _as_chunks(body: dict[str, Any]) -> ChunkScale:
    usual = None if body["usual"] is None else Fraction(body["usual"])
    left_out = tuple(Fraction(text) for text in body["left_out"])
    named = str(body["time"]), int(body["width_ns"]), int(body["min_rows"])
    return ChunkScale(*named, usual, Fraction(body["spread"]), left_out)


def _day(day: Day) -> dict[str, Any]:
    distances = {name: [str(bound) for bound in pair] for name, pair in day.distances.items()}
    named = {"partition": day.partition, "content": day.content, "rows": day.rows}
    chunks = {name: str(largest) for name, largest in day.chunks.items()}
    where = {"group": day.group, "stratum": day.stratum}
    return {**named, **where, "distances": distances, "chunks": chunks}


def _as_day(body: dict[str, Any]) -> Day:
    pairs = {name: (Fraction(a), Fraction(b)) for name, (a, b) in body["distances"].items()}
    named = body["partition"], body["content"], body["rows"]
    chunks = {name: Fraction(text) for name, text in body["chunks"].items()}
    return Day(*named, body["group"], body["stratum"], pairs, chunks)
