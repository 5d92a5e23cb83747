"""Which part of a version rises, over random pairs of manifests, by the words of the rule."""

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from karat.dataset import Entry, Manifest, Split, Version
from karat.dataset.manifest import ruled_changes
from karat.dataset.version import following

FORMATS = Path(__file__).parents[1] / "formats"
few = st.sampled_from(["a", "b"])


@st.composite
def entries(draw: st.DrawFn) -> tuple[Entry, ...]:
    """Return entries of some of five partitions, in their order."""
    days = sorted(draw(st.sets(st.integers(0, 4))))
    waiver = st.sampled_from(["", "w"])
    return tuple(
        Entry(f"i/{day}", f"d/i/{day}", draw(few), draw(few), draw(few), 9, draw(waiver))
        for day in days
    )


manifests = st.builds(
    Manifest,
    name=st.just("demo"),
    version=st.builds("{}.{}.{}".format, *[st.integers(0, 3)] * 3),
    dataset=few,
    contract=few,
    golden=st.sampled_from(["", "g"]),
    commit=few,
    entries=entries(),
    schema=st.sampled_from([(("x", "int64"),), (("x", "int32"),)]),
    features=st.sampled_from(["rebuild@1", "rebuild@2"]),
    split=st.sampled_from([None, Split("2024-01-03", 1), Split("2024-01-03", 0)]),
    purpose=few,
    signers=st.sampled_from([(), ("k",)]),
)


def said(manifest: Manifest) -> Manifest:
    """Return what of a manifest is its data: all but the number, the place and who vouched."""
    return replace(manifest, version="", commit="", signers=())


@given(manifests, manifests)
def test_the_highest_rule_that_applies_wins(before: Manifest, after: Manifest) -> None:
    old, new = ({entry.partition for entry in one.entries} for one in (before, after))
    kept = ("dataset", "schema", "contract", "golden", "features", "split")
    ruled = [getattr(before, name) == getattr(after, name) for name in kept]
    was, now = Version.parse(before.version), following(before, after)
    assert now > was
    if not all(ruled) or not old <= new:
        assert now == (was.major + 1, 0, 0)
    elif old < new:
        assert now == (was.major, was.minor + 1, 0)
    else:
        assert now == (was.major, was.minor, was.patch + 1)


@given(manifests, manifests)
def test_the_same_data_is_all_but_its_number_and_place(one: Manifest, other: Manifest) -> None:
    assert one.same_data(other) == (said(one) == said(other))
    assert one.same_data(replace(one, version="9.9.9", commit="z", signers=("x",)))
    if one.same_data(other):
        assert ruled_changes(one, other) == []


@given(manifests)
def test_a_manifest_of_any_shape_comes_back(manifest: Manifest) -> None:
    again = Manifest.decode(manifest.encode(), "here")
    assert (again, again.digest) == (manifest, manifest.digest)


def test_a_manifest_of_the_first_format_is_read_and_compared_by_what_it_told() -> None:
    data = (FORMATS / "training_manifest-1.json").read_bytes()
    old = Manifest.decode(data, "here")
    assert old.encode() == data
    assert (old.title, old.rows, old.size, len(old.waived)) == ("demo@1.2.3", None, 3006, 1)
    new = replace(old, format=2, schema=(("x", "int64"),), features="rebuild@1", signers=("k",))
    assert new.same_data(old)
    assert new.encode() != data
    assert str(following(old, replace(new, entries=new.entries[:2]))) == "2.0.0"
    *kept, last = new.entries
    anew = replace(new, entries=(*kept, replace(last, verdict="v")))
    assert str(following(old, anew)) == "1.2.4"
