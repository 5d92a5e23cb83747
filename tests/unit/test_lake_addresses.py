"""Addresses of lakes, and the layout inside one."""

from pathlib import Path

import pytest

from karat.errors import InputError
from karat.lake import layout, open_lake
from karat.lake.layout import Partition

PARTITION = Partition("binance-coinm-btcusd_perp", "2024-02-29")


def test_memory_is_new_each_time_unless_named() -> None:
    assert open_lake("memory:") is not open_lake("memory:")
    assert open_lake("memory:shared") is open_lake("memory:shared")
    assert open_lake("memory:shared") is not open_lake("memory:other")


@pytest.mark.parametrize("form", ["{}", "file://{}", "file://localhost{}", "file:{}"])
def test_one_directory_by_many_addresses(tmp_path: Path, form: str) -> None:
    root = tmp_path / "my lake"
    first = open_lake(root)
    first.create_branch("work", "main")
    again = open_lake(form.format(str(root).replace(" ", "%20") if "file" in form else root))
    assert again.head("work") == first.head("work")


@pytest.mark.parametrize("url", ["", "s3://x/y", "file://host/path", "file:"])
def test_other_addresses_are_refused_with_what_is_supported(url: str) -> None:
    with pytest.raises(InputError, match="file:///path"):
        open_lake(url)


def test_partition_reads_both_ways_and_sorts() -> None:
    text = "binance-coinm-btcusd_perp"
    assert (
        Partition.parse(f"{text}/2024-02-29") == PARTITION == Partition.parse(f"2024-02-29|{text}")
    )
    assert Partition.parse(str(PARTITION)) == PARTITION
    later, other = Partition(text, "2024-03-01"), Partition("a-b-c", "2025-01-01")
    assert sorted([later, PARTITION, other]) == [other, PARTITION, later]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a-b-c",
        "a-b-c/",
        "a-b-c/2023-02-29",
        "a-b-c/20240101",
        "a-b/2024-01-01",
        "A-b-c/2024-01-01",
        "a-b-c/2024-01-01/x",
        "a-b-c|2024-01-01",
        "../a-b-c/2024-01-01",
        "a-b-c/2024-01-01\n",
        "a-b-c/\u0662024-01-01",
    ],
)
def test_bad_partition_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        Partition.parse(text)


def test_paths_are_those_of_the_design() -> None:
    text, day, key = PARTITION.instrument, PARTITION.date, "ab" * 32
    assert layout.raw_path(text, day) == f"raw/{text}/2024-02-29.parquet"
    assert layout.golden_path(text, day) == f"golden/{text}/2024-02-29.parquet"
    assert layout.dataset_path("book_events", text, day) == f"book_events/{PARTITION}.parquet"
    assert layout.reference_path(text) == f"reference/{text}.csv"
    assert layout.build_path("d", PARTITION, key) == f"builds/d/{PARTITION}/{key}.json"
    assert layout.verdict_path("d", PARTITION, key) == f"verdicts/d/{PARTITION}/{key}.json"
    assert layout.carry_path("d", key) == f"carries/d/{key}.arrow"
    assert layout.published_verdict_path("d", PARTITION) == f"_karat/verdicts/d/{PARTITION}.json"
    assert layout.golden_manifest_path(key, "json") == f"_karat/golden/{key}.json"
    assert layout.golden_current_path("d") == "_karat/golden/current/d.json"
    assert layout.manifest_path("demo", "1.0.0") == "datasets/demo/1.0.0.json"
    assert layout.dataset_tag("demo", "1.0.0") == "dataset-demo-1.0.0"


def test_dataset_paths_read_back() -> None:
    path = layout.dataset_path("book_events", PARTITION.instrument, PARTITION.date)
    assert layout.parse_dataset_path(path) == ("book_events", PARTITION)
    for other in ("raw/x.parquet", path[:-1], f"_karat/{path}", "datasets/demo/1.0.0.json"):
        assert layout.parse_dataset_path(other) is None


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", ".a", "a\n"])
def test_bad_names_make_no_paths(name: str) -> None:
    for make in (layout.golden_current_path, layout.reference_path):
        with pytest.raises(InputError):
            make(name)
    with pytest.raises(InputError):
        layout.dataset_tag("demo", name)


def test_a_tilde_is_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    open_lake("~/lake")
    assert (tmp_path / "lake" / "lake.db").exists()
