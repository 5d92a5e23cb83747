"""Many audit branches published by few merges; what is bad stays where it is, under a tag."""

import os
from pathlib import Path

import pytest

from karat.flow import ingest, newest_refs, publish_together, rebuild_partitions
from karat.flow.ingesting import Capture
from karat.flow.publishing import refused_tag
from karat.gate.auditing import audit
from tests.journeys.plain_days import Plain, days

pytestmark = pytest.mark.e2e

COUNT = 1000 if os.environ.get("KARAT_SOAK") else 60
BRANCHES = 12


def test_many_branches_need_few_merges_and_bad_partitions_stay(tmp_path: Path) -> None:
    plain, every = Plain(tmp_path), days(COUNT)
    bad = {every[3], every[COUNT // 2]}
    plain.bring({one: -1 if one in bad else n + 1 for n, one in enumerate(every)})
    branches = [plain.judge(every[at::BRANCHES]) for at in range(BRANCHES)]
    before = plain.merges()
    found = newest_refs(plain.lake, plain.contract, store=plain.store)
    assert set(found) == set(branches)
    heads = {branch: plain.lake.resolve(branch) for branch in branches}
    done = publish_together(plain.lake, plain.contract, found, store=plain.store)
    assert plain.merges() - before <= 10 * max(1, COUNT // 1000)
    assert plain.published() == set(every) - bad == set(done.published)
    assert set(done.refused) == bad
    holds_bad = {branch for branch, held in found.items() if bad & set(held)}
    assert {ref.name for ref in plain.lake.branches("wap-")} == holds_bad
    tags = {refused_tag(branch, heads[branch]): heads[branch] for branch in holds_bad}
    assert {ref.name: ref.commit for ref in plain.lake.tags("refused-")} == tags
    assert audit(plain.lake, [plain.contract], store=plain.store).unproved == ()


def test_what_waits_untouched_by_any_verdict_gets_no_tag(tmp_path: Path) -> None:
    plain, (one, other) = Plain(tmp_path), days(2)
    plain.bring({one: 1, other: 2})
    waiting = rebuild_partitions(plain.lake, plain.contract, [one], store=plain.store).branch
    assert waiting is not None
    judged = plain.judge([other])
    asked = dict.fromkeys([waiting, judged])
    done = publish_together(plain.lake, plain.contract, asked, store=plain.store)
    assert done.published == (other,)
    assert "no verdict" in done.refused[one]
    assert list(plain.lake.tags("refused-")) == []


def test_of_two_branches_with_a_partition_one_is_published(tmp_path: Path) -> None:
    plain, (one, other) = Plain(tmp_path), days(2)
    plain.bring({one: 1, other: 2})
    alone, both = plain.judge([one]), plain.judge([one, other])
    asked = dict.fromkeys([alone, both])
    done = publish_together(plain.lake, plain.contract, asked, store=plain.store)
    assert set(done.published) == {one, other}
    assert list(plain.lake.branches("wap-")) == []
    again = publish_together(plain.lake, plain.contract, {}, store=plain.store)
    assert (again.published, again.refused) == ((), {})


def test_captures_of_a_folder_are_ingested_beside(tmp_path: Path) -> None:
    plain, (one, _) = Plain(tmp_path), days(2)
    plain.file(1)
    (found,) = ingest(
        plain.lake,
        [Capture(tmp_path / "one.parquet", one, "raw")],
        source=plain.contract.source,
    )
    assert found.status == "new"
    plain.judge([one])
