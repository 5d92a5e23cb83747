"""One column of both sides, made alike: numbers of one type, times of one unit, shared codes.

Texts become codes of a dictionary of both sides' texts, made for this comparison and shown never:
unlike hashes, codes cannot collide, and the texts are there to be named in the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.types as pt

from karat.errors import InputError
from karat.states.columns import Numbers, filled

Kind = Literal["number", "time", "text", "flag"]
UNITS = ("s", "ms", "us", "ns")
WHOLE = 1 << 53
"""Up to here every integer is a float64 too."""


@dataclass(frozen=True)
class Met:
    """A column of both sides: values of one dtype (int64 or float64), 0 or NaN where null.

    `show` turns a value back into what the file holds: a number, a time's text, a text, a flag.
    """

    name: str
    kind: Kind
    candidate: Numbers
    golden: Numbers
    show: Callable[[Any], Any]

    @property
    def ordered(self) -> bool:
        """Whether values have an order that means something."""
        return self.kind in ("number", "time")

    @property
    def equal(self) -> bool:
        """Whether both sides hold the same values in the same order."""
        (a, there), (b, here) = self.candidate, self.golden
        return np.array_equal(there, here) and np.array_equal(a[there], b[here])


def meet(name: str, candidate: pa.ChunkedArray, golden: pa.ChunkedArray) -> Met:
    """Return a column of both sides made alike; `InputError` when that cannot be done exactly.

    Integers meet floats as float64 if that holds them all; decimals are taken as float64; times
    meet in the finer unit, in UTC. A column of nulls alone meets anything.
    """
    a, b = plain_type(candidate.type), plain_type(golden.type)
    kinds = [_kind(name, each) for each in (a, b) if not pt.is_null(each)]
    if len(set(kinds)) > 1:
        raise InputError(f"candidate is {a}, golden is {b}: cast one")
    kind = kinds[0] if kinds else "number"
    try:
        return _MEETING[kind](name, candidate, golden)
    except pa.ArrowException as error:
        raise InputError(f"candidate is {a}, golden is {b}: cast one ({error})") from error


def plain_type(kind: Any) -> Any:
    """Return the type of the values, however they are encoded: of a dictionary, its values'."""
    kind = kind.value_type if pt.is_dictionary(kind) else kind
    if pt.is_large_string(kind) or pt.is_string_view(kind):
        return pa.string()
    return pa.binary() if pt.is_large_binary(kind) else kind


def _kind(name: str, kind: Any) -> Kind:
    if pt.is_boolean(kind):
        return "flag"
    if pt.is_integer(kind) or pt.is_floating(kind) or pt.is_decimal(kind):
        return "number"
    if pt.is_temporal(kind) and not pt.is_interval(kind):
        return "time"
    if pt.is_string(kind) or pt.is_binary(kind):
        return "text"
    raise InputError(f"{kind} has no distance: take {name!r} apart into plain columns")


def _numbers(name: str, candidate: pa.ChunkedArray, golden: pa.ChunkedArray) -> Met:
    a, b = (filled(_without_decimals(column)) for column in (candidate, golden))
    if a.values.dtype != b.values.dtype:
        a, b = _as_floats(a), _as_floats(b)
    return Met(name, "number", a, b, _number)


def _number(value: Any) -> int | float | str:
    """Return a number as JSON can hold it: infinities are words there."""
    plain: int | float = np.asarray(value).item()
    return plain if np.isfinite(plain) else str(plain)


def _without_decimals(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = plain_type(column.type)
    return column.cast(pa.float64()) if pt.is_decimal(kind) else column


def _as_floats(numbers: Numbers) -> Numbers:
    values, valid = numbers
    if values.dtype.kind == "f":
        return numbers
    if values.size and max(-int(values.min()), int(values.max())) > WHOLE:
        raise InputError("one side holds floats, the other integers that no float64 is: cast one")
    return Numbers(np.where(valid, values, np.nan), valid)


def _times(name: str, candidate: pa.ChunkedArray, golden: pa.ChunkedArray) -> Met:
    kind = _common_time(plain_type(candidate.type), plain_type(golden.type))
    a, b = (filled(column.cast(kind)) for column in (candidate, golden))
    return Met(name, "time", a, b, lambda value: _instant(int(value), kind))


def _instant(value: int, kind: Any) -> str:
    """Return a time as text; numpy writes nanoseconds, which Python's own times lack."""
    if pt.is_duration(kind):
        return f"{value} {kind.unit}"
    date, clock = str(np.datetime64(value, kind.unit)).split("T")
    return f"{date} {clock}" if pt.is_timestamp(kind) else clock


def _common_time(a: Any, b: Any) -> Any:
    a, b = (b if pt.is_null(a) else a), (a if pt.is_null(b) else b)
    kinds = {_time_family(each) for each in (a, b)}
    if len(kinds) > 1:
        raise InputError(f"candidate is {a}, golden is {b}: cast one")
    unit = max((getattr(each, "unit", "s") for each in (a, b)), key=UNITS.index)
    family = kinds.pop()
    if family == "time":
        return pa.time64(unit if unit in ("us", "ns") else "us")
    return pa.duration(unit) if family == "duration" else pa.timestamp(unit, "UTC")


def _time_family(kind: Any) -> str:
    if pt.is_time(kind):
        return "time"
    return "duration" if pt.is_duration(kind) else "instant"


def _texts(name: str, candidate: pa.ChunkedArray, golden: pa.ChunkedArray) -> Met:
    types = [plain_type(column.type) for column in (candidate, golden)]
    texts = any(map(pt.is_string, types))
    if texts and any(map(pt.is_binary, types)):
        raise InputError(f"candidate is {types[0]}, golden is {types[1]}: cast one")
    kind = pa.large_string() if texts else pa.large_binary()
    chunks = [_decoded(chunk, kind) for column in (candidate, golden) for chunk in column.chunks]
    joined = pa.chunked_array(chunks, kind).combine_chunks()
    coded = _one(joined).dictionary_encode()
    codes = filled(coded.indices)
    rows = len(candidate)
    a = Numbers(codes.values[:rows], codes.valid[:rows])
    b = Numbers(codes.values[rows:], codes.valid[rows:])
    return Met(name, "text", a, b, lambda code: _text(coded.dictionary[int(code)].as_py()))


def _decoded(chunk: Any, kind: Any) -> Any:
    """Return texts without their dictionary; Arrow cannot take views out of one, so cast first."""
    if pt.is_dictionary(chunk.type):
        return chunk.dictionary.cast(kind).take(chunk.indices)
    return chunk.cast(kind)


def _one(array: Any) -> Any:
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.hex()


def _flags(name: str, candidate: pa.ChunkedArray, golden: pa.ChunkedArray) -> Met:
    return Met(name, "flag", filled(candidate), filled(golden), bool)


_MEETING = {"number": _numbers, "time": _times, "text": _texts, "flag": _flags}
