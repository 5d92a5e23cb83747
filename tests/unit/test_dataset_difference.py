"""What is said of two manifests: every partition in one place, and nothing for the same data."""

from dataclasses import replace

from hypothesis import given

from karat.dataset import Entry, Manifest, Split
from karat.dataset.difference import difference
from karat.dataset.in_notebook import notebook_table
from karat.dataset.version import Version, following
from tests.unit.test_manifest_versions import manifests

DAYS = tuple(Entry(f"i/{n}", f"d/i/{n}", "o", "c" * 64, "v" * 64, 9, rows=n) for n in range(9))
BASE = Manifest("demo", "1.2.3", "d", "k" * 64, "", "h", DAYS, (("x", "int64"),), "rebuild@1")


@given(manifests, manifests)
def test_every_partition_is_told_of_once(before: Manifest, after: Manifest) -> None:
    told = difference(before, after)
    old, new = ({entry.partition for entry in one.entries} for one in (before, after))
    assert ({*told.came}, {*told.gone}) == (new - old, old - new)
    assert not {*told.restated} & {*told.proved}
    assert {*told.restated, *told.proved, *told.moved} <= old & new
    untouched = (old & new) - {*told.restated, *told.proved, *told.moved}
    assert all(before.by_partition[one] == after.by_partition[one] for one in untouched)


@given(manifests, manifests)
def test_words_and_version_agree(before: Manifest, after: Manifest) -> None:
    told = difference(before, after)
    assert (told.words() == ["they stand for the same data"]) == before.same_data(after)
    assert (told.part == "") == before.same_data(after)
    if told.part:
        was, now = Version.parse(before.version), following(before, after)
        rose = [a != b for a, b in zip(was, now, strict=True)]
        assert told.part == ("MAJOR", "MINOR", "PATCH")[rose.index(True)]
    assert told.plain()["words"] == told.words()


def test_rules_are_told_as_people_know_them() -> None:
    after = replace(
        BASE, contract="z" * 64, golden="g" * 64, schema=(("x", "int32"), ("y", "int8")),
        features="rebuild@2", split=Split("2024-01-05", 1),
    )  # fmt: skip
    words = difference(BASE, after).words()
    assert words == [
        "contract: kkkkkkkkkkkk -> zzzzzzzzzzzz",
        "golden: none -> gggggggggggg",
        "split rule: none -> evaluates from 2024-01-05, 1 day of embargo before it",
        "schema: +y int8, x int64 -> int32",
        "features: rebuild@1 -> rebuild@2",
    ]
    turned = replace(BASE, schema=(("x", "int64"), ("y", "int8")))
    other = replace(turned, schema=turned.schema[::-1])
    assert difference(turned, other).words() == ["schema: the same columns in another order"]


def test_partitions_are_named_up_to_five() -> None:
    less = replace(BASE, entries=DAYS[:1])
    assert difference(less, BASE).words() == [
        "8 partitions came: i/1, i/2, i/3, i/4, i/5 and 3 more"
    ]
    changed = (
        replace(DAYS[0], content="n" * 64, rows=1200, waiver="w"),
        replace(DAYS[1], verdict="u" * 64),
        replace(DAYS[2], part="eval"),
        *DAYS[3:],
    )
    assert difference(BASE, replace(BASE, entries=changed)).words() == [
        "1 partition restated:",
        "  i/0: 0 -> 1,200 rows, content cccccccccccc -> nnnnnnnnnnnn",
        "1 partition proved anew, with the same values: i/1",
        "i/2: train -> eval",
        "i/0: waived now",
    ]


def test_notebooks_show_what_is_read_and_escape_it() -> None:
    split = replace(
        BASE, name="demo", purpose="<script>", split=Split("2024-01-05"),
        entries=(*DAYS[:3], replace(DAYS[3], part="eval", waiver="w")),
    )  # fmt: skip
    whole = split._repr_html_()
    assert "&lt;script&gt;" in whole
    assert "<script>" not in whole
    assert "1 waived: i/3" in whole
    assert "each under a PASS" in notebook_table(split, "train")
    assert "demo@1.2.3 (eval)" in notebook_table(split, "eval")
    assert "0 of d" in notebook_table(replace(split, entries=()))
