"""`karat keys`: who signs, who is believed; and that no key ever shows."""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from karat import open_lake
from karat.cli.settings import Settings
from karat.signing import KeyFiles

Karat = Callable[..., Any]


@pytest.fixture
def files(tmp_path: Path) -> KeyFiles:
    return KeyFiles.below(tmp_path / "home")


def test_a_lake_brings_a_key_and_a_second_one_does_not(
    karat: Karat, files: KeyFiles, days: Path
) -> None:
    for lake in ("one", "two"):
        assert karat("ingest", days, "--lake", files.trust_root.parent / lake).code == 0
        (only,) = karat("keys", "show", "--json").json["keys"]
        assert only == {"id": files.signer().key_id, "revoked": None}
    assert stat.S_IMODE(files.signing_key.stat().st_mode) == 0o600
    inside = [p.name for p in (files.trust_root.parent / "one").rglob("*")]
    assert not {"trust.json", "signing_key.pem"} & set(inside)


def test_rotate_then_revoke(proved: Karat, files: KeyFiles) -> None:
    old = files.signer().key_id
    made = proved("keys", "new", "--json").json
    assert made["signs"] == files.signer().key_id != old
    assert proved("dataset", "verify", "demo@1.0.0").code == 0
    gone = proved("keys", "revoke", old[:10], "--reason", "a laptop was stolen", "--json").json
    assert {"id": old, "revoked": "a laptop was stolen"} in gone["keys"]
    refused = proved("dataset", "verify", "demo@1.0.0")
    assert refused.code != 0
    assert "a laptop was stolen" in refused.err
    for words in (["rebuild"], ["validate"], ["dataset", "cut", "demo"]):
        assert proved(*words).code == 0
    assert proved("dataset", "verify", "demo@1.0.1").code == 0
    shown = proved("keys", "show").out
    assert "revoked  a laptop was stolen" in shown
    assert "signs here" in shown


def test_the_only_key_revoked(proved: Karat, files: KeyFiles) -> None:
    only = files.signer().key_id
    assert "run karat keys new" in proved("keys", "revoke", only, "--reason", "lost").out
    refused = proved("validate")
    assert (refused.code, "nobody is trusted" in refused.err) == (2, True)
    assert proved("doctor").code == 2
    assert proved("keys", "new").code == 0
    assert proved("rebuild").code == 0
    assert proved("validate").code == 0


def test_trust_another_machine(proved: Karat, files: KeyFiles, tmp_path: Path) -> None:
    lake, other = files.trust_root.parent / "lake", tmp_path / "other"
    refused = proved("dataset", "verify", "demo@1.0.0", "--lake", lake, "--home", other)
    assert (refused.code, "karat keys new" in refused.err) == (2, True)
    assert not (other / "signing_key.pem").exists()
    assert proved("keys", "new", "--home", other).code == 0
    refused = proved("dataset", "verify", "demo@1.0.0", "--lake", lake, "--home", other)
    assert (refused.code, "karat keys trust FILE" in refused.err) == (2, True)
    assert proved("keys", "trust", files.trust_root, "--home", other).code == 0
    assert proved("dataset", "verify", "demo@1.0.0", "--lake", lake, "--home", other).code == 0
    missing = proved("keys", "trust", tmp_path / "none", "--home", other)
    assert (missing.code, "cannot be read" in missing.err) == (2, True)


def test_a_machine_that_only_reads(
    proved: Karat, files: KeyFiles, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lake = files.trust_root.parent / "lake"
    monkeypatch.setenv("KARAT_HOME", str(tmp_path / "reader"))
    monkeypatch.setenv("KARAT_LAKE", str(lake))
    monkeypatch.setenv("KARAT_TRUST", str(files.trust_root))
    assert proved("dataset", "verify", "demo@1.0.0").code == 0
    assert proved("keys", "show", "--json").json["signs"] is None
    assert "this machine verifies only" in proved("doctor").out
    waived = proved("keys", "show")
    assert "nothing can be recorded here" in waived.out
    assert open_lake(lake).head("ledger")
    assert not (tmp_path / "reader" / "signing_key.pem").exists()


def test_the_environment_names_the_files(tmp_path: Path) -> None:
    said = {"KARAT_SIGNING_KEY": str(tmp_path / "k.pem"), "KARAT_TRUST": str(tmp_path / "t.json")}
    files = Settings.from_environment(said).key_files
    assert files == KeyFiles(tmp_path / "k.pem", tmp_path / "t.json")
    plain = Settings.from_environment({"KARAT_HOME": str(tmp_path), "KARAT_TRUST": ""})
    assert plain.key_files == KeyFiles.below(tmp_path)


def test_no_command_shows_a_key(proved: Karat, files: KeyFiles) -> None:
    secret = files.signing_key.read_text().splitlines()[1]
    proved("keys", "new")
    secrets = {secret, files.signing_key.read_text().splitlines()[1]}
    for words in (["keys", "show"], ["doctor"], ["validate", "-v"], ["dataset", "ls"], ["publish"]):
        for more in ([], ["--json"]):
            answer = proved(*words, *more)
            assert not [one for one in secrets if one in answer.out + answer.err]
    files.signing_key.chmod(0o644)
    told = proved("doctor")
    assert (told.code, "chmod 600" in told.out) == (2, True)
    assert "PRIVATE" not in told.out
