"""Golden days become a manifest, someone adopts it, and days are judged by it."""

from typing import Any

import pytest

from karat.errors import CorruptError, DatasetRefused, InputError, RefusedError
from karat.flow import adopt_golden, build_golden
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition, golden_current_path, golden_manifest_path
from karat.verdicts import Finding, Outcome, Verdict, current_golden

pytestmark = pytest.mark.e2e

DAYS = [Partition("sim-usdm-aaa", f"2024-03-{n:02}") for n in range(1, 9)]
WHO = {"who": "the owner", "reason": "the first days"}


@pytest.fixture
def history(place: Any) -> Any:
    """Return the workplace with a contract for which two calibration days are enough."""
    values = place.contract.model_dump(by_alias=True, mode="json")
    values["unpaired"]["alpha"] = "1/3"
    place.contract = type(place.contract).model_validate(values)
    place.validate()
    return place


def built(place: Any, reference: slice = slice(0, 2), calibration: slice = slice(2, 5)) -> Any:
    days = DAYS[reference], DAYS[calibration]
    return build_golden(place.lake, place.contract, MAIN, *days, store=place.store)


def unpaired(verdict: Verdict) -> Finding:
    return next(f for f in verdict.findings if f.family == "unpaired")


def test_days_are_judged_by_the_manifest_once_it_is_adopted(history: Any) -> None:
    manifest = built(history)
    assert built(history).digest == manifest.digest
    assert current_golden(history.lake, history.lake.head(MAIN), "book_events") is None
    assert "0 of 2 calibration days" in unpaired(history.validate().verdicts[DAYS[5]]).reason
    head = adopt_golden(history.lake, manifest, **WHO)
    assert adopt_golden(history.lake, manifest, **WHO) == head
    assert current_golden(history.lake, head, "book_events") == manifest
    with pytest.raises(DatasetRefused, match="no verdict under the present contract and golden"):
        history.cut()
    result = history.validate()
    assert (result.cached, result.outcome) == (0, Outcome.PASS)
    assert result.bytes_read > 0
    assert history.validate().bytes_read == 0
    found = unpaired(result.verdicts[DAYS[5]])
    assert "3 of 2 calibration days" in found.reason
    assert found.outcome in {Outcome.PASS, Outcome.FAIL}
    asked = history.contract.unpaired.distances
    assert set(result.merged) == {rule.name for rule in asked}
    assert all(0 <= low <= high for low, high in result.merged.values())
    assert history.cut().version == "2.0.0"


def test_what_waits_is_judged_by_the_golden_of_today(history: Any) -> None:
    history.ingest(DAYS[7])
    branch = history.prove()
    adopt_golden(history.lake, built(history), **WHO)
    assert "3 of 2" in unpaired(history.validate(branch).verdicts[DAYS[7]]).reason
    assert history.publish(branch).published == (DAYS[7],)


def test_golden_days_must_be_proved_and_named_once(history: Any) -> None:
    with pytest.raises(InputError, match="name each once"):
        built(history, slice(0, 2), slice(1, 4))
    with pytest.raises(InputError, match="at least one reference day"):
        built(history, slice(0, 0))
    values = history.contract.model_dump(by_alias=True, mode="json")
    values["paired"]["min_compared"] = 7
    history.contract = type(history.contract).model_validate(values)
    with pytest.raises(RefusedError, match=rf"without a PASS: {DAYS[0]} \(not judged\), {DAYS[1]}"):
        built(history)
    for empty in ({"who": " ", "reason": "x"}, {"who": "x", "reason": ""}):
        with pytest.raises(InputError, match="by someone and for a reason"):
            adopt_golden(history.lake, history, **empty)


def test_an_edited_manifest_is_corrupt(history: Any) -> None:
    manifest = built(history)
    adopt_golden(history.lake, manifest, **WHO)
    path = golden_manifest_path(manifest.digest, "json")
    edited = manifest.encode().replace(b'"scale": "', b'"scale": "1', 1)
    for files in ({path: edited}, {golden_current_path("book_events"): b"[]"}):
        append(history.lake, MAIN, files, message="Mine")
        for ask in (history.validate, history.cut):
            with pytest.raises(CorruptError):
                ask()
