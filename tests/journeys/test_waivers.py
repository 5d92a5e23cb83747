"""Waivers: for these bytes, until that day, in somebody's name; the outcome stays."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from karat import dataset
from karat.cli.main import app
from karat.errors import CorruptError, DatasetRefused, GateRefused, InputError
from karat.flow import publish, waive, waivers, withdraw
from karat.lake.layout import LEDGER, MAIN, Partition, published_verdict_path
from karat.signing import KeyFiles
from karat.simulation import lost_deltas

pytestmark = pytest.mark.e2e
ALONE = Partition("sim-spot-bbb", "2024-03-03")
WHO: dict[str, Any] = {"who": "ops", "reason": "vendor outage"}


def at(text: str) -> Callable[[], int]:
    moment = int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
    return lambda: moment


NOW, LAST, OVER = at("2024-05-01"), at("2024-05-31T23:59:59"), at("2024-06-01")


@pytest.fixture
def faulty(place: Any) -> Any:
    """Return a place where the newest bytes of one day fail, and lie on an audit branch."""
    return spoiled(place, 0.002)


def spoiled(place: Any, severity: float) -> Any:
    place.restate(ALONE, lost_deltas(place.raw(ALONE), severity, 11).raw)
    place.branch = place.prove()
    return place


def waived(place: Any, *, critical: bool = False, clock: Callable[[], int] = NOW) -> Any:
    how = {"until": "2024-05-31", "critical": critical, "store": place.store, "clock": clock}
    return waive(place.lake, place.contract, ALONE, **WHO, **how)[0]


def published(place: Any, clock: Callable[[], int]) -> Any:
    return publish(place.lake, place.contract, place.branch, store=place.store, clock=clock)


def cut(place: Any, clock: Callable[[], int]) -> Any:
    return dataset.cut(place.lake, place.contract, "demo", store=place.store, clock=clock)


def test_a_waiver_admits_and_everything_shows_it(faulty: Any) -> None:
    with pytest.raises(GateRefused, match="FAIL"):
        published(faulty, NOW)
    waiver = waived(faulty)
    done = published(faulty, LAST)
    assert (done.published, done.waived) == ((ALONE,), {ALONE: waiver})
    with faulty.lake.open(MAIN, published_verdict_path("book_events", ALONE)) as stream:
        assert json.loads(stream.read())["waiver"] == waiver.digest
    manifest = cut(faulty, LAST)
    assert manifest.waived == {str(ALONE): waiver.digest}
    opened = dataset.open(faulty.lake, f"demo@{manifest.version}", clock=LAST)
    assert len(list(opened.verify())) == 10


def test_the_outcome_stays_and_is_shown_beside_its_waiver(faulty: Any) -> None:
    waiver = waived(faulty)
    from karat import validate

    proof = validate(faulty.lake, faulty.contract, faulty.branch, store=faulty.store, clock=NOW)
    assert (proof.verdicts[ALONE].outcome, proof.outcome) == ("FAIL", "FAIL")
    assert proof.waivers == {ALONE: waiver}
    told = json.loads(proof.to_json())["verdicts"]
    assert told[str(ALONE)]["waiver"]["digest"] == waiver.digest
    assert {v["waiver"] for p, v in told.items() if p != str(ALONE)} == {None}


def test_one_given_again_later_says_nothing_new(faulty: Any) -> None:
    given = [waived(faulty, clock=at(f"2024-05-01T00:00:0{second}")) for second in (3, 1, 4, 2, 5)]
    assert len(waivers(faulty.lake, clock=LAST)) == len({one.digest for one in given}) == 5
    assert published(faulty, LAST).waived == {ALONE: given[1]}


def test_an_expired_waiver_admits_nothing(faulty: Any) -> None:
    waived(faulty)
    with pytest.raises(GateRefused, match="FAIL"):
        published(faulty, OVER)
    published(faulty, LAST)
    version = cut(faulty, LAST).version
    with pytest.raises(DatasetRefused, match="FAIL"):
        cut(faulty, OVER)
    with pytest.raises(DatasetRefused, match=r"FAIL.*; its waiver is not in force any more"):
        dataset.open(faulty.lake, f"demo@{version}", clock=OVER)
    assert [s.against for s in waivers(faulty.lake, clock=OVER)] == ["expired on 2024-05-31"]


def test_a_withdrawn_waiver_admits_nothing_until_it_is_given_again(faulty: Any) -> None:
    waiver = waived(faulty)
    ended = withdraw(faulty.lake, faulty.contract, ALONE, who="me", reason="restated", clock=NOW)
    assert ended == [waiver]
    assert [s.against for s in waivers(faulty.lake, clock=NOW)] == ["withdrawn by me: restated"]
    with pytest.raises(GateRefused, match="FAIL"):
        published(faulty, NOW)
    with pytest.raises(InputError, match="no waiver is in force"):
        withdraw(faulty.lake, faulty.contract, ALONE, **WHO, clock=NOW)
    again = {"until": "2024-06-30", "store": faulty.store, "clock": NOW}
    waive(faulty.lake, faulty.contract, ALONE, **WHO, **again)
    assert published(faulty, OVER).published == (ALONE,)


def test_an_invariant_that_fails_takes_a_critical_waiver(place: Any) -> None:
    spoiled(place, 0.05)
    waived(place)
    with pytest.raises(GateRefused, match="waiver is not critical, and the invariant 'book is not"):
        published(place, NOW)
    waiver = waived(place, critical=True)
    assert published(place, NOW).waived == {ALONE: waiver}


def test_other_bytes_are_not_covered(faulty: Any) -> None:
    waived(faulty)
    faulty.restate(ALONE, lost_deltas(faulty.raw(ALONE), 0.05, 12).raw)
    faulty.branch = faulty.prove()
    with pytest.raises(GateRefused, match="FAIL"):
        published(faulty, NOW)


def test_a_revoked_key_waives_nothing_and_its_withdrawals_stay(faulty: Any) -> None:
    files = KeyFiles.below(faulty.home)
    first = waived(faulty, critical=True)
    old = files.signer().key_id
    withdraw(faulty.lake, faulty.contract, ALONE, who="me", reason="no", clock=NOW)
    waived(faulty)
    files.rotate()
    files.revoke(old, "stolen")
    told = {s.waiver.digest == first.digest: s.against for s in waivers(faulty.lake, clock=NOW)}
    assert told[True] == "withdrawn by me: no"
    assert told[False] == "the key that signed it is revoked: stolen"


def test_an_edited_waiver_is_refused(faulty: Any) -> None:
    waiver = waived(faulty)
    file = faulty.lake.local_path(LEDGER, waiver.path)
    file.chmod(0o644)
    file.write_bytes(file.read_bytes().replace(b"eyJ", b"eyK", 1))
    with pytest.raises(CorruptError):
        published(faulty, NOW)


def test_what_cannot_be_waived(faulty: Any) -> None:
    good = Partition("sim-spot-bbb", "2024-03-01")
    ways = [
        (good, "2024-05-31", WHO, "has a PASS"),
        (ALONE, "2024-04-30", WHO, "that day is over"),
        (ALONE, "soon", WHO, "YYYY-MM-DD"),
        (ALONE, "2024-05-31", WHO | {"reason": " "}, "for a reason"),
        (ALONE, "2024-05-31", WHO | {"who": ""}, "by someone"),
    ]
    for partition, until, who, told in ways:
        with pytest.raises(InputError, match=told):
            waive(
                faulty.lake, faulty.contract, partition, **who,
                until=until, store=faulty.store, clock=NOW,
            )  # fmt: skip
    assert waivers(faulty.lake) == []


def test_the_commands(faulty: Any) -> None:
    def karat(*words: str) -> tuple[int, Any]:
        told = CliRunner().invoke(app, [*words, "--home", str(faulty.home), "--json"])
        return told.exit_code, json.loads(told.stdout)

    name = str(ALONE)
    code, body = karat("waive", name, "--reason", "outage", "--until", "2999-01-01", "--who", "me")
    assert (code, body["outcome"], body["admits"]) == (0, "FAIL", True)
    digest = body["waiver"]["digest"]
    assert karat("waive", "--list")[1]["waivers"][0]["in_force"] is True
    code, body = karat("validate")
    assert (code, body["verdicts"][name]["waiver"]["who"]) == (1, "me")
    code, body = karat("publish")
    assert (code, body["published"], body["waived"][name]["digest"]) == (0, [name], digest)
    code, body = karat("dataset", "cut", "demo")
    assert (code, body["waived"]) == (0, {name: digest})
    version = body["version"]
    assert karat("dataset", "ls")[1]["datasets"][-1]["waived"] == {name: digest}
    assert karat("dataset", "verify", f"demo@{version}")[1]["waived"] == {name: digest}
    shown = CliRunner().invoke(app, ["validate", "--home", str(faulty.home)])
    assert "waived by me until 2999-01-01: outage" in shown.stdout
    code, body = karat("waive", name, "--withdraw", "--reason", "restated")
    assert (code, body["withdrawn"][0]["digest"]) == (0, digest)
    code, body = karat("dataset", "verify", f"demo@{version}")
    assert (code, "FAIL" in body["error"]["message"]) == (1, True)
    for words in (["waive"], ["waive", name], ["waive", name, "--reason", "x"]):
        assert karat(*words)[0] == 2
