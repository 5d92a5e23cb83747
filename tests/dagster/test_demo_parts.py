"""The demo's stage and home: a step astray spoils it, and no one's folder is touched."""

import json
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from karat.cli.settings import Settings
from karat.errors import InputError, UnavailableError
from karat.jobs.demo import said
from karat.jobs.demo.home import MARK, PARTS, cleared
from karat.jobs.demo.stage import Ran, Stage
from karat.lake.layout import Partition
from karat.resources.dagster_private import without_previews


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return cleared(tmp_path / "home")


def test_one_step_astray_spoils_the_demo(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with without_previews(), Stage(settings) as stage:
        stage.tell("one [of] two", rows=3)
        assert stage.as_it_must is True
        stage.tell("two", right=False)
        stage.tell("three")
        stage.finish()
    assert stage.as_it_must is False
    assert [(s["step"], s["right"]) for s in stage.steps] == [
        ("one [of] two", True),
        ("two", False),
        ("three", True),
    ]
    assert stage.steps[0]["rows"] == 3
    out = capsys.readouterr().out
    assert "one [of] two" in out
    assert (out.count("✓"), out.count("✗")) == (2, 2)
    assert "A step went astray" in out


def test_a_quiet_stage_says_one_document(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with without_previews(), Stage(settings, quiet=True) as stage:
        stage.scene("nobody hears this")
        stage.tell("one", before="a" * 64)
        stage.finish()
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"steps", "seconds", "right", "lake"}
    assert told["right"] is True
    assert told["steps"][0]["before"] == "a" * 64


def test_a_run_that_fails_is_told_with_its_reason(settings: Settings) -> None:
    never = Partition("sim-usdm-demousdt", "2024-03-01")
    with without_previews(), Stage(settings, quiet=True) as stage:
        refused = stage.run("rebuild")
        assert not refused.success
        assert refused.failures == ("the run is over no partition: name a day and an instrument",)
        assert (refused.checks, refused.materialized) == ((), ())
        assert not stage.run("rebuild", never).success
        assert stage.run("observe").success


def test_a_new_home_has_only_the_mark(settings: Settings) -> None:
    assert [path.name for path in settings.home.iterdir()] == [MARK]
    assert settings.lake == (settings.home / "lake").as_uri()


@pytest.mark.parametrize("part", PARTS)
def test_anything_of_ones_own_stops_the_demo(tmp_path: Path, part: str) -> None:
    (tmp_path / part).write_text("mine")
    with pytest.raises(InputError, match=part.replace(".", r"\.")):
        cleared(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [part]


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("mine")
    with pytest.raises(UnavailableError, match="home"):
        cleared(tmp_path / "home")
    assert (tmp_path / "home").read_text() == "mine"


def test_a_link_to_ones_own_lake_is_not_followed(tmp_path: Path) -> None:
    home, lake = tmp_path / "home", tmp_path / "lake"
    cleared(home)
    lake.mkdir()
    (lake / "kept").write_text("mine")
    (home / "lake").symlink_to(lake)
    with pytest.raises(UnavailableError, match="home"):
        cleared(home)
    assert (lake / "kept").read_text() == "mine"


def test_a_demo_that_cannot_begin_is_broken_and_not_astray(tmp_path: Path) -> None:
    """Exit 1 says that a step came out otherwise; a home in the way is exit 2."""
    (tmp_path / "home").write_text("mine")
    words = [sys.executable, "-m", "karat.jobs.demo", "--home", str(tmp_path / "home")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {tmp_path / 'home'}: cannot be the demo's home")
    assert "--home some/other/folder" in done.stderr
    done = subprocess.run([*words, "--json"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "")
    error = json.loads(done.stdout)["error"]
    assert error["kind"] == "UnavailableError"
    assert str(tmp_path / "home") in error["message"]


DAY, OTHER = (Partition("sim-usdm-demousdt", f"2024-03-0{day}") for day in (1, 2))


def ran_with(family: str, why: dict[str, str], **numbers: dict[str, str]) -> Ran:
    """Return a run with one check of DAY: why each rule found what it did, and its numbers."""
    rules = [dg.TableRecord({"rule": rule, "outcome": "PASS", "why": why[rule]}) for rule in why]
    counted = [
        dg.TableRecord({"rule": rule, "number": name, "value": value})
        for rule, held in numbers.items()
        for name, value in held.items()
    ]
    tables = {"findings": dg.MetadataValue.table(rules), "numbers": dg.MetadataValue.table(counted)}
    check = dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey("book_events"),
        check_name=family,
        passed=True,
        metadata=tables,
        description="PASS: all of it",
        partition=f"{DAY.date}|{DAY.instrument}",
    )
    return Ran(success=True, failures=(), checks=(check,), materialized=())


def test_what_a_check_said_is_found_by_family_and_day() -> None:
    gap = {"first_missing": "7", "last_missing": "9"}
    ran = ran_with("sequence", {"continuity": "a gap"}, continuity=gap)
    assert said.check(ran, "sequence", DAY) == "PASS: all of it"
    assert said.first_gap(ran, DAY) == (7, 9)
    for family, day in (("paired", DAY), ("sequence", OTHER)):
        assert said.check(ran, family, day) == "nothing was judged"
    assert said.first_gap(ran, OTHER) == (-1, -1), "no gap holds a real id"


def test_only_tolerances_that_lack_rows_are_named() -> None:
    held = {"n": "1427", "n_eff": "332.67", "tolerance": "0.15"}
    why = {"score": "19 of 19", "size": "not enough rows: 0.1", "move": "0.1", "atoms": "few"}
    ran = ran_with("unpaired", why, score={"q": "5"}, size=held, move=held, atoms={"n": "9"})
    assert said.score(ran, DAY) == "PASS: 19 of 19"
    told = "1 of 2 tolerances need more rows: size (n_eff 333 of 1,427 rows)"
    assert said.short_of_rows(ran, DAY) == told
    assert said.score(ran, OTHER) == "no score was judged"
    assert said.short_of_rows(ran, OTHER) == "0 of 0 tolerances need more rows: none"
