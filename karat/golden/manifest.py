"""The golden manifest: which days are golden, the cells they give, and their calibration."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from karat.digest import bytes_digest
from karat.errors import CorruptError
from karat.states import ReferenceCounts

VERSION = 1


@dataclass(frozen=True, slots=True)
class Day:
    """A golden partition: its name, content digest and rows, and the bounds of its score.

    The bounds are equal where all distances are exact, and 0 for a reference day.
    """

    partition: str
    content: str
    rows: int
    low: Fraction = Fraction(0)
    high: Fraction = Fraction(0)


@dataclass(frozen=True)
class GoldenManifest:
    """What unpaired distances are measured against.

    `cells` and `scales` are by the name of the distance; `reference` days give the cells,
    `calibration` days, none of them a reference day, their scores.
    """

    dataset: str
    cells: Mapping[str, ReferenceCounts]
    scales: Mapping[str, Fraction]
    reference: tuple[Day, ...]
    calibration: tuple[Day, ...]

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the manifest's text."""
        return bytes_digest(self.encode())

    def encode(self) -> bytes:
        """Return the manifest as JSON, cells by their digests."""
        body = {
            "version": VERSION,
            "dataset": self.dataset,
            "cells": {name: bytes_digest(stat.to_bytes()) for name, stat in self.cells.items()},
            "scales": {name: str(scale) for name, scale in self.scales.items()},
            "reference": [_day(day) for day in self.reference],
            "calibration": [_day(day) for day in self.calibration],
        }
        return (json.dumps(body, indent=1, sort_keys=True) + "\n").encode()

    def cell_files(self) -> dict[str, bytes]:
        """Return the cells' bytes by their digests."""
        files = [stat.to_bytes() for stat in self.cells.values()]
        return {bytes_digest(data): data for data in files}

    @classmethod
    def decode(cls, data: bytes, cells: Mapping[str, bytes]) -> GoldenManifest:
        """Return the manifest; `cells` holds the bytes of `cell_names(data)` by digest.

        Raises CorruptError when the text is no manifest or cells do not match their digest.
        """
        body = _body(data)
        with _told(data):
            found = {}
            for name, cell in body["cells"].items():
                if bytes_digest(cells[cell]) != cell:
                    raise CorruptError(f"golden cells {cell[:12]} of {name!r} do not match")
                found[name] = ReferenceCounts.from_bytes(cells[cell])
            scales = {name: Fraction(text) for name, text in body["scales"].items()}
            days = [tuple(_as_day(d) for d in body[part]) for part in ("reference", "calibration")]
            return cls(body["dataset"], found, scales, *days)

    @staticmethod
    def cell_names(data: bytes) -> list[str]:
        """Return the digests of the cells that a manifest's text names."""
        with _told(data):
            return sorted(set(_body(data)["cells"].values()))


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
    if body.get("version") != VERSION:
        raise CorruptError(f"golden manifest {bytes_digest(data)[:12]} is not of version {VERSION}")
    return body


def _day(day: Day) -> dict[str, str | int]:
    score = {"low": str(day.low), "high": str(day.high)}
    return {"partition": day.partition, "content": day.content, "rows": day.rows, **score}


def _as_day(body: dict[str, Any]) -> Day:
    bounds = Fraction(body["low"]), Fraction(body["high"])
    return Day(body["partition"], body["content"], body["rows"], *bounds)
