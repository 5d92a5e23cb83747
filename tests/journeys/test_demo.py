"""`karat demo`: the story as a new user sees it, in a process of its own, here and on lakeFS."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from karat.errors import InputError
from karat.jobs.demo.home import MARK, cleared
from tests.lakefs_double.server import serving
from tests.lakefs_double.state import Server

pytestmark = pytest.mark.e2e


SECRET = "a-key-that-shows-nowhere"  # noqa: S105 - of a server for tests
Told = tuple[Path, dict[str, Any]]


def play(home: Path, environment: dict[str, str]) -> Told:
    words = [sys.executable, "-m", "karat.jobs.demo", "--home", str(home), "--json"]
    known = os.environ | environment
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, timeout=600, env=known
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert SECRET not in done.stdout + done.stderr
    return home, json.loads(done.stdout)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return play(tmp_path_factory.mktemp("demo") / "home", {})


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Told:
    with serving(Server(secret=SECRET)) as double:
        environment = {
            "LAKECTL_SERVER_ENDPOINT_URL": double.url,
            "LAKECTL_CREDENTIALS_ACCESS_KEY_ID": double.state.key_id,
            "LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY": double.state.secret,
            "KARAT_LAKEFS_NAMESPACE": "local://demos",
            "KARAT_LAKE": f"lakefs://{double.url.removeprefix('http://')}/demo",
        }
        return play(tmp_path_factory.mktemp("demo") / "home", environment)


@pytest.fixture(params=["here", "there"])
def told(request: pytest.FixtureRequest) -> Told:
    found: Told = request.getfixturevalue(request.param)
    return found


def steps(told: Told, word: str) -> list[dict[str, Any]]:
    return [step for step in told[1]["steps"] if word in step["step"]]


def test_every_step_comes_out_as_it_must(told: Told) -> None:
    assert told[1]["right"] is True
    assert all(step["right"] for step in told[1]["steps"])


def test_messages_and_times_are_told(told: Told) -> None:
    assert steps(told, "simulated")[0]["messages"] > 24 * 2_000
    assert all(step["seconds"] >= 0 for step in told[1]["steps"])


def test_one_unpaired_score_is_judged_against_a_real_quantile(told: Told) -> None:
    (judged,) = steps(told, "judged again")
    assert re.search(
        r"PASS: 19 of 19 calibration days; score [\d.]+ against q [\d.]+, most in '\w",
        judged["step"],
    )


def test_tolerances_that_need_more_rows_are_named_and_only_warn(told: Told) -> None:
    (short,) = steps(told, "need more rows")
    some, of, named = re.findall(r"(\d+) of (\d+) tolerances need more rows: (.*)", short["step"])[
        0
    ]
    worth = re.findall(r"\(n_eff ([\d,]+) of ([\d,]+) rows\)", named)
    assert 0 < len(worth) == int(some) <= int(of)
    assert all(
        0 < int(n_eff.replace(",", "")) <= int(rows.replace(",", "")) for n_eff, rows in worth
    )
    assert short["step"].startswith("unpaired: INCONCLUSIVE, where a golden capture decides")
    assert "a warning and no more" in short["step"]


def test_the_fault_fails_with_an_update_id_and_nothing_is_published(told: Told) -> None:
    (gap,) = steps(told, "sequence: FAIL")
    assert "first gap: update ids" in gap["step"]
    (root,) = steps(told, "nothing was published")[:1]
    assert root["before"] == root["after"]


def test_the_old_version_opens_and_the_new_cut_names_the_partition(told: Told) -> None:
    assert steps(told, "demo@1.0.0 still opens")
    (refused,) = steps(told, "refused")
    assert "sim-usdm-demousdt/2024-03-12: the newest raw" in refused["step"]


def test_the_first_file_put_back_costs_nothing_and_the_corrected_one_is_a_patch(told: Told) -> None:
    (back,) = steps(told, "answered from the ledger")
    assert back["bytes_read"] == 0
    first, same, next_one = (step["step"] for step in steps(told, "training dataset"))
    assert first.startswith("training dataset demo@1.0.0: cut")
    assert same.startswith("no new version: the newest training dataset is demo@1.0.0")
    assert next_one.startswith("training dataset demo@1.0.1: cut")


def test_on_lakefs_every_word_and_number_is_the_same(here: Told, there: Told) -> None:
    """But for the names of what was signed by each one's own key."""
    ours, theirs = ([{**s, "seconds": 0} for s in told[1]["steps"]] for told in (here, there))
    assert ours == theirs
    assert [told[1]["lake"].partition(":")[0] for told in (here, there)] == ["file", "lakefs"]
    assert (here[0] / "lake").is_dir()
    assert not (there[0] / "lake").exists()


def test_the_key_to_the_server_is_in_no_file(there: Told) -> None:
    files = [path for path in there[0].rglob("*") if path.is_file()]
    assert len(files) > 50
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []


def test_the_runs_are_in_dagsters_home(told: Told) -> None:
    assert (told[0] / "dagster" / "dagster.yaml").exists()
    assert list((told[0] / "dagster" / "history").rglob("*.db"))


def test_a_home_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    with pytest.raises(InputError, match="was not made by a demo"):
        cleared(tmp_path)
    assert (tmp_path / "lake").exists()


def test_an_earlier_demo_is_emptied(tmp_path: Path) -> None:
    cleared(tmp_path)
    (tmp_path / "lake").mkdir()
    (tmp_path / "sealed.json").write_text("{}")
    (tmp_path / "notes.txt").write_text("mine")
    cleared(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [MARK, "notes.txt"]
