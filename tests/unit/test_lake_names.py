"""Paths, names and places in a lake, against rules said in another way."""

import datetime as dt
import unicodedata
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.errors import InputError, InvalidPath, InvalidRef
from karat.lake import Lake, layout, open_lake
from karat.lake.layout import Partition
from karat.lake.paths import check_branch, check_path, check_prefix, check_ref, check_tag
from karat.lake.testing.writing import paths, write

ODD = st.sampled_from(
    [".", "..", "/", "\\", "\0", "\n", "\x7f", "\u0301", "e\u0301", "é", "\u2028"]
)
TEXT = st.lists(st.one_of(ODD, st.text(max_size=3)), max_size=8).map("".join)
NAME = st.from_regex(r"\A[a-z0-9][-_.a-z0-9]{0,12}\Z")
WORD = st.from_regex(r"\A[a-z0-9_]{1,8}\Z")
INSTRUMENT = st.tuples(WORD, WORD, WORD).map("-".join)
LAKES: dict[str, Lake] = {}
PARTITION = st.builds(Partition, INSTRUMENT, st.dates().map(dt.date.isoformat))


def accepted(path: str) -> bool:
    try:
        return check_path(path) == path
    except InvalidPath:
        return False


@pytest.fixture(autouse=True, scope="module")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> None:
    LAKES["memory:"] = open_lake("memory:")
    LAKES["local"] = open_lake(tmp_path_factory.mktemp("names"))


@given(TEXT)
def test_an_accepted_path_stays_below_the_folder_it_is_joined_to(text: str) -> None:
    if not accepted(text):
        return
    joined = Path("/folder") / text
    assert joined.as_posix() == f"/folder/{text}", "nothing was cut or folded"
    assert joined.is_relative_to("/folder")
    assert joined != Path("/folder")
    assert ".." not in joined.parts
    assert unicodedata.normalize("NFC", text) == text
    assert 1 <= len(text.encode()) <= 1024
    assert not any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text)


@given(TEXT)
def test_a_path_is_refused_for_a_reason(text: str) -> None:
    reasons = [
        not text or str(PurePosixPath(text)) != text or text.startswith("/"),
        text == "." or ".." in text.split("/") or "\\" in text,
        any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in text),
        unicodedata.normalize("NFC", text) != text,
        text.startswith("_lakefs"),
    ]
    assert accepted(text) is not any(reasons)


@given(TEXT, st.integers(0, 12))
def test_every_beginning_of_a_path_is_a_prefix(text: str, length: int) -> None:
    if accepted(text) and unicodedata.is_normalized("NFC", text[:length]):
        assert check_prefix(text[:length]) == text[:length]


@pytest.mark.parametrize("letter", ["a", "é", "\u20ac", "\U0001f4c8"])
def test_a_path_is_as_long_as_its_bytes(letter: str) -> None:
    size = len(letter.encode())
    longest = letter * (1024 // size)
    assert check_path(longest) == longest
    for text in (longest + letter, f"{longest[:-1]}/{letter}x"):
        with pytest.raises(InvalidPath, match="1024"):
            check_path(text)


@pytest.mark.parametrize("number", [*range(32), *range(0x7F, 0xA0), 0x2028, 0x2029, 0xD800, 0xDFFF])
def test_no_control_character_is_in_a_path(number: int) -> None:
    for text in (chr(number), f"a{chr(number)}b/c"):
        with pytest.raises(InvalidPath, match="control"):
            check_path(text)


@given(TEXT)
def test_a_name_of_a_branch_or_tag_is_one_plain_word(text: str) -> None:
    for check in (check_branch, check_tag, check_ref):
        try:
            check(text)
        except InvalidRef:
            continue
        assert text.isascii()
        assert not set(text) & set("/\\ ~^:?*[@{\n\0")
        assert not text.startswith(("-", "."))
        assert ".." not in text


HEX = st.text("0123456789abcdefABCDEF", min_size=1, max_size=80)
EXPRESSIONS = ("^", "~", "~1", "@{1}", "@{upstream}", "..main", "...main", ":raw/a", "^{tree}", "@")


@given(HEX)
def test_a_name_of_hex_digits_is_no_name(text: str) -> None:
    for check in (check_branch, check_tag):
        with pytest.raises(InvalidRef, match="hex digits"):
            check(text if len(text) <= 255 else text[:255])
    if not (len(text) == 64 and text == text.lower()):
        with pytest.raises(InvalidRef):
            check_ref(text)


@given(NAME, st.sampled_from(EXPRESSIONS), st.sampled_from(["memory:", "local"]))
def test_no_lake_resolves_an_expression(name: str, expression: str, kind: str) -> None:
    lake = LAKES[kind]
    for ref in (f"main{expression}", f"{name}{expression}", f"{lake.head('main')}{expression}"):
        for ask in (lake.resolve, lake.commit_info, lake.list, lake.log, lake.head):
            with pytest.raises(InvalidRef):
                ask(ref)


@given(TEXT, st.sampled_from(["memory:", "local"]))
def test_a_path_is_staged_as_it_is_or_not_at_all(text: str, kind: str) -> None:
    lake = LAKES[kind]
    with lake.session("main") as session:
        if not accepted(text):
            with pytest.raises(InvalidPath):
                session.put(text, b"1")
            return
        session.put(text, b"1")
        commit = session.commit("one")
    assert paths(lake, commit) == [text]
    lake.delete_branch(session.branch)


@given(PARTITION, NAME)
def test_what_a_partition_is_called_reads_back(partition: Partition, dataset: str) -> None:
    text, day = partition.instrument, partition.date
    assert Partition.parse(str(partition)) == Partition.parse(f"{day}|{text}") == partition
    path = layout.dataset_path(dataset, text, day)
    assert layout.parse_dataset_path(path) == (dataset, partition)


@given(PARTITION, NAME, NAME)
def test_every_place_is_a_path(partition: Partition, name: str, key: str) -> None:
    places = [
        layout.dataset_path(name, partition.instrument, partition.date),
        layout.build_path(name, partition, key),
        layout.verdict_path(name, partition, key),
        layout.carry_path(name, key),
        layout.published_verdict_path(name, partition),
        layout.golden_manifest_path(key, "json"),
        layout.golden_current_path(name),
        layout.manifest_path(name, key),
    ]
    assert [check_path(place) for place in places] == places
    assert places[1].startswith(check_prefix(layout.build_prefix(name, partition)))
    assert places[2].startswith(check_prefix(layout.verdict_prefix(name, partition)))
    assert len(set(places)) == len(places)


@given(TEXT)
def test_any_text_is_a_dataset_path_or_not(text: str) -> None:
    found = layout.parse_dataset_path(text)
    if found is not None:
        folder, partition = found
        assert layout.dataset_path(folder, partition.instrument, partition.date) == text


@pytest.mark.parametrize("address", ["memory:", "local"])
def test_a_refused_path_stages_nothing(address: str, tmp_path: Path) -> None:
    lake = open_lake(tmp_path if address == "local" else address)
    with lake.session("main") as session:
        for path in ("../a", "a//b", "/a", "", "_lakefs/x", "a\\b", "e\u0301"):
            with pytest.raises(InvalidPath):
                session.put(path, b"1")
            with pytest.raises(InvalidPath):
                session.delete(path)
    write(lake, "work", {"é/\U0001f4c8 a": b"1", "_karat/x": b"1"})
    assert paths(lake, "work") == ["_karat/x", "é/\U0001f4c8 a"]


@pytest.mark.parametrize("url", ["file:///lake#1", "file:///lake?x=1"])
def test_an_address_is_never_cut(url: str) -> None:
    with pytest.raises(InputError, match="file:///path"):
        open_lake(url)
