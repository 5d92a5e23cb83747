"""Revocations, allowances and readings as they are signed: what is none of them is corrupt."""

from __future__ import annotations

import json
from typing import Any

import pytest

from karat.dataset import Allowance, Reading
from karat.dataset.revocation import Revocation
from karat.errors import CorruptError, InputError

BAD = Revocation("events", "sim-spot-aaa/2024-01-01", "c" * 64, "v" * 64, "k" * 64, "", "paired")
MAY = Allowance("demo", "1.0.0", "m" * 64, (BAD.digest,), "me", "a trial", 5)
READ = Reading("demo", "1.0.0", "m" * 64, "run 1", "train", "models/mm/1")
RECORDS: list[Any] = [BAD, MAY, READ]


@pytest.mark.parametrize("record", RECORDS, ids=lambda one: type(one).__name__)
def test_a_record_comes_back_and_is_named_by_what_it_says(record: Any) -> None:
    again = type(record).decode(record.encode(), "here")
    assert (again, again.path) == (record, record.path)
    assert len(record.path.rpartition("/")[2].removesuffix(".json").split("-")[-1]) == 64


@pytest.mark.parametrize("record", RECORDS, ids=lambda one: type(one).__name__)
def test_what_is_no_record_is_corrupt(record: Any) -> None:
    text = json.loads(record.encode())
    said = text["predicate"]
    wrong = [said | {"more": 1}, said | {"reason": 1, "x": 2}, {}]
    wrong += [{k: v for k, v in said.items() if k != name} for name in said if name != "model"]
    other = text | {"subject": [{"name": "x", "digest": {"sha256": "0" * 64}}]}
    spoiled = [json.dumps(text | {"predicate": body}) for body in wrong] + [json.dumps(other)]
    data = [json.dumps(json.loads(one), sort_keys=True, separators=(",", ":")) for one in spoiled]
    for one in [b"", b"[]", record.encode()[:-3], *(text.encode() for text in data)]:
        with pytest.raises(CorruptError, match="here"):
            type(record).decode(one, "here")


def test_who_answers_and_who_reads_is_said() -> None:
    for who, reason in (("", "x"), ("me", " ")):
        with pytest.raises(InputError, match="say both"):
            Allowance("demo", "1.0.0", "m" * 64, (), who, reason, 5)
    with pytest.raises(InputError, match="name it"):
        Reading("demo", "1.0.0", "m" * 64, "")
    assert str(MAY) == "allowed by me: a trial"
    assert str(BAD) == "revoked by verdict vvvvvvvvvvvv: paired"
