"""A threshold changes: days are judged again in one record, which the gate takes as any other."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from karat import dataset, load_contract
from karat.cli.main import app
from karat.flow.proposing import propose
from karat.flow.reproducing import reproduce
from karat.lake.layout import LEDGER, MAIN, Partition, published_verdict_path, verdict_path
from karat.verdicts import Ledger, Outcome
from tests.journeys.conftest import CONTRACT

pytestmark = pytest.mark.e2e
ALONE = Partition("sim-spot-bbb", "2024-03-02")
TEXT = CONTRACT.read_text(encoding="utf-8")
LOOSER = ('golden_suspect: "0.003"', 'golden_suspect: "0.004"')


@pytest.fixture
def looser(place: Any) -> Any:
    """Return the published days, judged again under a contract that allows a little more."""
    file = place.home / "contract.yaml"
    assert LOOSER[0] in TEXT
    file.write_text(TEXT.replace(*LOOSER, 1), encoding="utf-8")
    place.contract = load_contract(file)
    place.found = place.validate()
    return place


def batches_in(place: Any) -> list[str]:
    return [found.path for found in place.lake.list(LEDGER, "verdicts/book_events/together/")]


def test_the_gate_the_reader_and_the_report_take_it(looser: Any) -> None:
    found = looser.found
    assert (found.outcome, found.cached, found.bytes_read) == (Outcome.PASS, 0, 0)
    assert len(batches_in(looser)) == 1
    assert all(one.same for one in reproduce(looser.lake, looser.contract))
    manifest = looser.cut()
    (entry,) = [one for one in manifest.entries if one.partition == str(ALONE)]
    assert entry.verdict == found.verdicts[ALONE].key
    opened = dataset.open(looser.lake, f"{manifest.name}@{manifest.version}")
    assert len(list(opened.verify())) == len(found.verdicts)


def test_the_commands_show_it_in_full(looser: Any) -> None:
    home = ["--home", str(looser.home), "--contract", str(looser.home / "contract.yaml")]

    def karat(*words: str) -> Any:
        told = CliRunner().invoke(app, [*words, *home, "--json"])
        assert told.exit_code == 0, told.stdout
        return json.loads(told.stdout)

    body = karat("validate")
    root = looser.found.root_verdict
    assert body["roots"]["main"] == {**root.body(), "key": root.key}
    assert root.outcome is Outcome.PASS
    said = body["verdicts"][str(ALONE)]
    assert said["key"] == looser.found.verdicts[ALONE].key
    assert said["findings"] == looser.found.plain(ALONE)["findings"]
    assert all(finding["reason"] for finding in said["findings"])


def test_published_it_has_a_record_of_its_own(looser: Any) -> None:
    key = looser.found.verdicts[ALONE].key
    path = verdict_path("book_events", ALONE, key)
    assert not Ledger(looser.lake).holds(path)
    name = propose(looser.lake, looser.contract, MAIN, store=looser.store)
    ledger = Ledger(looser.lake)
    assert ledger.holds(path)
    assert ledger.verdict("book_events", ALONE, key) == looser.found.verdicts[ALONE]
    with looser.lake.open(name, published_verdict_path("book_events", ALONE)) as stream:
        assert json.load(stream)["verdict"] == key
    assert looser.validate().cached == len(looser.found.verdicts)
