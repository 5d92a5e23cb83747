"""Main back to its last fully valid state: shown first, then one more commit, on record."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from karat.cli.main import app
from karat.errors import CorruptError, HeadMoved, InputError, NothingToMerge, RefusedError
from karat.gate.auditing import audit
from karat.gate.rollback_record import Rollback, rollbacks
from karat.gate.rolling_back import Plan, plan_rollback, roll_back
from karat.lake.append import append
from karat.lake.layout import MAIN, Partition
from karat.verdicts import Ledger, record
from tests.journeys.plain_days import Plain, days

pytestmark = pytest.mark.e2e
ONE, TWO, THREE = days(3)
WHO: dict[str, Any] = {"who": "the owner", "reason": "a script wrote to main"}


def path(day: Partition) -> str:
    return f"plain/{day}.parquet"


def planned(plain: Plain, **more: Any) -> Plan:
    return plan_rollback(plain.lake, plain.contract, store=plain.store, **more)


def unproved(plain: Plain) -> list[str]:
    return [one.commit for one in audit(plain.lake, [plain.contract], store=plain.store).unproved]


def written(plain: Plain, files: dict[str, bytes]) -> str:
    """Return main's commit after somebody wrote to it without karat."""
    return append(plain.lake, MAIN, dict(files), message="By another client")


@pytest.fixture
def plain(tmp_path: Path) -> Plain:
    made = Plain(tmp_path)
    made.publish({ONE: 1, TWO: 2})
    return made


def test_direct_writes_are_put_back_and_taken_away_and_stay_in_history(plain: Plain) -> None:
    valid, held = plain.lake.head(MAIN), plain.lake.stat(MAIN, path(ONE)).content_hash
    bad = written(plain, {path(ONE): plain.file(7), path(THREE): plain.file(8)})
    plan = planned(plain)
    assert (plan.head, plan.target) == (bad, valid)
    assert (plan.restored, plan.taken) == ((path(ONE),), (path(THREE),))
    assert set(plan.invalid) == {str(ONE), str(THREE)}
    assert plain.lake.head(MAIN) == bad, "a plan writes nothing"
    commit = roll_back(plain.lake, plan, **WHO)
    assert plain.lake.stat(MAIN, path(ONE)).content_hash == held
    assert plain.published() == {ONE, TWO}
    history = [one.id for one in plain.lake.log(MAIN, first_parent=True)]
    assert history[:3] == [commit, bad, valid]
    (said,) = rollbacks(Ledger(plain.lake), "plain")
    assert (said.head, said.target, said.who) == (bad, valid, "the owner")
    assert unproved(plain) == [bad], "the rollback itself is no finding"
    with pytest.raises(NothingToMerge):
        roll_back(plain.lake, planned(plain), **WHO)


def test_a_newer_capture_stays_and_waits_for_its_rebuild(plain: Plain) -> None:
    plain.bring({ONE: 5})
    bad = written(plain, {path(ONE): plain.file(7)})
    roll_back(plain.lake, planned(plain), **WHO)
    assert unproved(plain) == [bad]
    plain.publish({THREE: 3})
    branch = plain.judge([ONE])
    assert branch, "the capture is newer than what was put back"
    assert planned(plain).invalid == {}


def test_a_later_direct_write_needs_another_rollback(plain: Plain) -> None:
    written(plain, {path(ONE): plain.file(7)})
    first = roll_back(plain.lake, planned(plain), **WHO)
    written(plain, {path(ONE): plain.file(7)})
    plan = planned(plain)
    assert plan.target == first
    assert plan.restored == (path(ONE),)


def test_what_was_put_right_by_publishing_is_valid_again(plain: Plain) -> None:
    written(plain, {path(ONE): plain.file(7)})
    plain.publish({ONE: 9})
    plan = planned(plain)
    assert (plan.restored, plan.taken, plan.target) == ((), (), plain.lake.head(MAIN))


def test_a_state_that_is_not_valid_is_no_target(plain: Plain) -> None:
    valid = plain.lake.head(MAIN)
    bad = written(plain, {path(ONE): plain.file(7)})
    with pytest.raises(RefusedError, match=f"is not valid:\n  {ONE}: "):
        planned(plain, target=bad)
    with pytest.raises(RefusedError, match="no commit of main"):
        planned(plain, target=plain.lake.head("ledger"))
    plain.publish({TWO: 3})
    assert planned(plain, target=valid).restored == (
        f"_karat/verdicts/plain/{TWO}.json",
        path(ONE),
        path(TWO),
    )


def test_main_that_moved_is_planned_again(plain: Plain) -> None:
    written(plain, {path(ONE): plain.file(7)})
    plan = planned(plain)
    plain.bring({THREE: 1})
    with pytest.raises(HeadMoved):
        roll_back(plain.lake, plan, **WHO)
    assert roll_back(plain.lake, planned(plain), **WHO) == plain.lake.head(MAIN)


def test_a_record_covers_what_it_puts_back_and_nothing_beside(plain: Plain) -> None:
    written(plain, {path(ONE): plain.file(7)})
    plan = planned(plain)
    said = Rollback("plain", plan.head, plan.target, "me", "why", 1)
    record(plain.lake, {said.path: said.encode()}, "Begin")
    before = plain.lake.local_path(plan.target, path(ONE)).read_bytes()
    written(plain, {path(ONE): before, path(THREE): plain.file(1)})
    newest, _ = audit(plain.lake, [plain.contract], store=plain.store).unproved
    assert set(newest.reasons) == {str(THREE)}


@pytest.mark.parametrize("lacking", ["who", "reason"])
def test_somebody_answers_for_it(plain: Plain, lacking: str) -> None:
    written(plain, {path(ONE): plain.file(7)})
    with pytest.raises(InputError, match="by someone and for a reason"):
        roll_back(plain.lake, planned(plain), **(WHO | {lacking: " "}))


def test_records_that_are_none_are_told() -> None:
    one = Rollback("plain", "a", "b", "me", "why", 1)
    assert Rollback.decode(one.encode(), "x") == one
    other = one.encode().replace(b'"b"', b'"c"')
    with pytest.raises(CorruptError, match="x is not what its subject says"):
        Rollback.decode(other, "x")


def test_the_command_shows_first_and_does_it_when_told(place: Any) -> None:
    day = next(iter(sorted(place.simulated.days)))
    file = place.lake.local_path(MAIN, f"book_events/{day}.parquet")
    bad = append(
        place.lake, MAIN, {"book_events/sim-usdm-aaa/2024-03-02.parquet": file}, message="x"
    )
    options = ["--home", str(place.home), "--lake", str(place.home / "lake"), "--json"]
    shown = CliRunner().invoke(app, ["rollback", *options])
    assert shown.exit_code == 0, shown.output
    body = json.loads(shown.stdout)
    assert (body["head"], body["commit"]) == (bad, None)
    assert CliRunner().invoke(app, ["rollback", *options, "--yes"]).exit_code == 2
    done = CliRunner().invoke(app, ["rollback", *options, "--yes", "--reason", "by hand"])
    assert json.loads(done.stdout)["commit"] == place.lake.head(MAIN)
    again = CliRunner().invoke(app, ["rollback", *options[:-1]])
    assert "nothing to do" in again.stdout
