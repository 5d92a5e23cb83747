"""Addresses of lakeFS repositories, and keys that show nowhere."""

from copy import copy
from pathlib import Path
from ssl import SSLCertVerificationError

import pytest
from urllib3.exceptions import LocationParseError, ProtocolError, SSLError

from karat.errors import InputError, LakeUnusable, RepositoryNotFound
from karat.lake import Access, open_lake
from karat.lake.lakefs_access import host_and_repository
from karat.lake.lakefs_failures import passes
from karat.signing import Keyring
from tests.lakefs_double.clients import REPOSITORY, branch_with, head, new_repository, official
from tests.lakefs_double.server import Double, serving

SECRET = "a-secret-that-shows-nowhere"  # noqa: S105 - of no server
NOWHERE = Path("nowhere")


@pytest.mark.parametrize(
    ("endpoint", "host", "server"),
    [
        (None, "lakefs.example.com", "https://lakefs.example.com/api/v1"),
        (None, "127.0.0.1:8000", "http://127.0.0.1:8000/api/v1"),
        (None, "localhost", "http://localhost/api/v1"),
        (None, "[::1]:8000", "http://[::1]:8000/api/v1"),
        ("http://inside:8000", "inside:8000", "http://inside:8000/api/v1"),
        ("https://x.org/api/v1/", "x.org", "https://x.org/api/v1"),
        ("x.org", "X.org", "https://x.org/api/v1"),
    ],
)
def test_server_of_an_address(endpoint: str | None, host: str, server: str) -> None:
    assert Access("id", SECRET, NOWHERE, endpoint).server(host) == server


def test_a_key_in_the_endpoint_is_refused_and_not_shown() -> None:
    with pytest.raises(InputError, match="LAKECTL_CREDENTIALS") as caught:
        Access("id", "x", NOWHERE, f"https://me:{SECRET}@x.org")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "odd", [{"attempts": 0}, {"at_once": 0}, {"timeout_s": 0}, {"pause_s": -1}, {"cache_limit": -1}]
)
def test_amounts_that_make_no_sense_are_refused(odd: dict[str, int]) -> None:
    with pytest.raises(InputError):
        Access("id", SECRET, NOWHERE, **odd)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "endpoint", ["https://other.org", "https://x.org:8443", "ftp://x.org", "http://[::1", "x.org:y"]
)
def test_key_is_sent_to_its_own_server_only(endpoint: str) -> None:
    with pytest.raises(InputError, match="LAKECTL_SERVER_ENDPOINT_URL"):
        Access("id", SECRET, NOWHERE, endpoint).server("x.org")


@pytest.mark.parametrize(
    "url",
    [
        "lakefs://host",
        "lakefs://host/",
        "lakefs:///repo",
        "lakefs://host/Repo",
        "lakefs://host/ab",
        "lakefs://host/repo/main",
        "lakefs://host/repo?x=1",
        f"lakefs://id:{SECRET}@host/repo",
        f"lakefs://host:{SECRET}/repo",
        f"lakefs://[{SECRET}]/repo",
        f"lakefs://id:{SECRET}@[::1/repo",
    ],
)
def test_other_addresses_are_refused_without_a_key_in_the_message(url: str) -> None:
    with pytest.raises(InputError, match="lakefs://host/repository") as caught:
        host_and_repository(url)
    assert SECRET not in str(caught.value)


def test_no_key_is_told() -> None:
    with pytest.raises(InputError, match="LAKECTL_CREDENTIALS_ACCESS_KEY_ID"):
        open_lake("lakefs://host/repo")


def test_access_shows_no_key() -> None:
    assert SECRET not in repr(Access("AKIASHOWN", SECRET, NOWHERE))
    assert "AKIASHOWN" not in repr(Access("AKIASHOWN", SECRET, NOWHERE))


def access(double: Double, folder: Path, **options: object) -> Access:
    options = {"pause_s": 0.001, "endpoint": double.url} | options
    return Access(double.state.key_id, double.state.secret, folder, **options)  # type: ignore[arg-type]


def url(double: Double, repository: str = REPOSITORY) -> str:
    return f"lakefs://{double.url.removeprefix('http://')}/{repository}"


def test_wrong_key_is_told_and_not_shown(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with serving() as double:
        wrong = Access("id", SECRET, tmp_path, double.url)
        with pytest.raises(LakeUnusable, match="refuses the key") as caught:
            open_lake(url(double), access=wrong)
        shown: list[str] = []
        error: BaseException | None = caught.value
        while error is not None:
            shown.append(f"{error!r} {error}")
            error = error.__cause__
        assert double.faults.calls == {}
    assert len(shown) == 2
    assert SECRET not in "".join(shown) + caplog.text


def test_nobody_there(tmp_path: Path) -> None:
    nobody = Access("id", SECRET, tmp_path, "http://127.0.0.1:9", pause_s=0.001, attempts=3)
    with pytest.raises(LakeUnusable, match=r"127\.0\.0\.1:9") as caught:
        open_lake("lakefs://127.0.0.1:9/market-data", access=nobody)
    assert SECRET not in str(caught.value)


def test_repository_is_made_where_a_namespace_is_known(tmp_path: Path) -> None:
    with serving() as double:
        for options in ({}, {"namespace": "local://x", "create": False}):
            made = bool(options.pop("create", True))
            with pytest.raises(RepositoryNotFound, match="KARAT_LAKEFS_NAMESPACE"):
                open_lake(url(double), access=access(double, tmp_path, **options), create=made)
        lake = open_lake(url(double), access=access(double, tmp_path, namespace="local://x"))
        rules = double.state.repositories[REPOSITORY].protected
        assert (rules, lake.head("main")) == (["main", "ledger"], lake.head("ledger"))
        again = open_lake(url(double), access=access(double, tmp_path), create=False)
        assert again.head("main") == lake.head("main")


def test_a_namespace_is_taken_once(tmp_path: Path) -> None:
    with serving() as double:
        named = access(double, tmp_path, namespace="local://x")
        open_lake(url(double), access=named)
        with pytest.raises(InputError, match="KARAT_LAKEFS_NAMESPACE"):
            open_lake(url(double, "another"), access=named)


def test_repository_of_others_becomes_a_lake_with_an_empty_ledger(tmp_path: Path) -> None:
    with serving() as double:
        sdk = official(double)
        new_repository(sdk)
        first, work = head(sdk), branch_with(sdk, "work")
        double.state.repositories[REPOSITORY].protected.append("release-*")
        double.state.repositories[REPOSITORY].branches["main"].head = work
        with pytest.raises(RepositoryNotFound, match="no lake yet"):
            open_lake(url(double), access=access(double, tmp_path), create=False)
        lake = open_lake(url(double), access=access(double, tmp_path))
        assert (lake.head("main"), lake.head("ledger")) == (work, first)
        rules = double.state.repositories[REPOSITORY].protected
        assert rules == ["release-*", "main", "ledger"]


def test_repository_without_main_is_told(tmp_path: Path) -> None:
    with serving() as double:
        new_repository(official(double))
        repository = double.state.repositories[REPOSITORY]
        repository.branches["master"] = repository.branches.pop("main")
        with pytest.raises(RepositoryNotFound, match="no branch 'main'"):
            open_lake(url(double), access=access(double, tmp_path))


def test_read_only_writes_nothing(tmp_path: Path) -> None:
    with serving() as double:
        reach = access(double, tmp_path, namespace="local://x")
        head_of = open_lake(url(double), access=reach).head("main")
        lake = open_lake(url(double), access=reach, read_only=True)
        for write in (
            lambda: lake.session("main"),
            lambda: lake.create_branch("work", "main"),
            lambda: lake.create_tag("v1.0.0", "main"),
            lambda: lake.delete_branch("work"),
            lambda: lake.merge("main", "ledger", message="no"),
        ):
            with pytest.raises(InputError, match="read only"):
                write()
        assert lake.head("main") == head_of


def test_another_process_connects_for_itself(tmp_path: Path) -> None:
    with serving() as double:
        keys = Keyring.in_memory()
        reach = access(double, tmp_path, namespace="local://x")
        lake = open_lake(url(double), access=reach, keys=keys)
        other = copy(lake)
        assert (other.head("main"), other.keys) == (lake.head("main"), keys)
        assert other is not lake
        double.state.repositories.clear()
        with pytest.raises(RepositoryNotFound):
            copy(lake)
        assert double.state.repositories == {}


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (SSLError(SSLCertVerificationError("self-signed certificate")), False),
        (SSLError("UNEXPECTED_EOF_WHILE_READING"), True),
        (LocationParseError("a server"), False),
        (ProtocolError("gone"), True),
        (ConnectionResetError(), True),
        (ValueError("no JSON"), False),
    ],
)
def test_only_what_may_pass_is_tried_again(error: Exception, again: bool) -> None:
    assert passes(error) is again


def test_two_servers_in_one_process_do_not_mix(tmp_path: Path) -> None:
    """One offers bytes by URL and one does not, and each has its own key."""
    with serving() as one, serving() as two:
        two.state.presign, two.state.key_id = True, "AKIAOTHER"
        lakes = [
            open_lake(url(double), access=access(double, tmp_path / name, namespace="local://x"))
            for name, double in (("1", one), ("2", two))
        ]
        for number, lake in enumerate(lakes):
            with lake.session("main", branch="work") as session:
                session.put("a", b"%d" % number)
                session.commit("one")
        for number, lake in enumerate(lakes):
            with lake.open("work", "a") as stream:
                assert stream.read() == b"%d" % number
        assert ("read_presigned" in one.faults.calls, "read_presigned" in two.faults.calls) == (
            False,
            True,
        )
        assert one.faults.calls["upload_object"] == two.faults.calls["upload_object"] == 1
