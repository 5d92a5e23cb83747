"""What may be a path, a branch, a tag or metadata; checked before anything is touched.

The rules are those every implementation can keep, LakeFS and plain directories among them. Names
of only hex digits are refused because they read like short commit ids, and ref expressions
(``main~1``, ``a@b``) because what they name moves.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from karat.errors import InputError, InvalidPath, InvalidRef

MAX_PATH_BYTES = 1024
MAX_REF_CHARACTERS = 255
_BRANCH = re.compile(r"[0-9A-Za-z_][-0-9A-Za-z_]*", re.ASCII)
_TAG = re.compile(r"[0-9A-Za-z_][-+.0-9A-Za-z_]*", re.ASCII)
_HEX = re.compile(r"[0-9A-Fa-f]+", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{64}", re.ASCII)
_KEY = re.compile(r"[-a-z0-9]+", re.ASCII)
_PLAIN = re.compile(r"[ -\[\]-~]*", re.ASCII)  # printable ASCII without the backslash
_UNSEEN = {"Cc", "Cs", "Zl", "Zp"}


def check_path(path: str) -> str:
    """Return `path`; `InvalidPath` unless it is a relative POSIX path in NFC of 1..1024 bytes."""
    _check_text(path)
    if not path:
        raise InvalidPath("a path is empty: name a file, such as 'raw/day.parquet'")
    for segment in path.split("/"):
        if segment in {"", ".", ".."}:
            raise InvalidPath(f"path {path!r} has a segment {segment!r}: take it out")
    _check_reserved(path)
    return path


def check_prefix(prefix: str) -> str:
    """Return `prefix`: empty, or how a path may begin; `InvalidPath` otherwise."""
    _check_text(prefix)
    *whole, _ = prefix.split("/")
    if any(segment in {"", ".", ".."} for segment in whole):
        raise InvalidPath(f"prefix {prefix!r} begins no path: it has an empty, '.' or '..' segment")
    return prefix


def check_branch(name: str) -> str:
    """Return `name`; `InvalidRef` unless it is letters, digits, ``_`` and (not first) ``-``."""
    if not _BRANCH.fullmatch(name):
        raise InvalidRef(f"branch {name!r}: only letters, digits, '_' and (not first) '-'")
    return _check_ref_shape(name)


def check_tag(name: str) -> str:
    """Return `name`; `InvalidRef` unless it is as a branch, or with ``.`` and ``+`` inside."""
    if not _TAG.fullmatch(name) or ".." in name or name.endswith((".", ".lock")):
        raise InvalidRef(
            f"tag {name!r}: only letters, digits, '_' and (not first) '-', '+' and '.'; no '..', "
            "and not ending in '.' or '.lock'"
        )
    return _check_ref_shape(name)


def check_ref(ref: str) -> str:
    """Return `ref`; `InvalidRef` unless it may be a branch, a tag or a full commit id."""
    return ref if is_commit_id(ref) else check_tag(ref)


def is_commit_id(text: str) -> bool:
    """Tell whether `text` is 64 hex digits."""
    return _COMMIT.fullmatch(text) is not None


def check_object_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return a copy; `InputError` unless keys are ``[a-z0-9-]+`` and values are one line each."""
    for key, value in metadata.items():
        _check_is_text("metadata", key, value)
        if not _KEY.fullmatch(key):
            raise InputError(f"metadata key {key!r}: only a-z, 0-9 and '-'")
        if not _is_seen(value):
            raise InputError(f"metadata value of {key!r} holds a control character: {value!r}")
    return dict(metadata)


def check_commit_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return a copy; `InputError` unless it is text to text and no key is empty."""
    for key, value in metadata.items():
        _check_is_text("commit metadata", key, value)
        if not key or not _is_seen(key):
            raise InputError(f"commit metadata key {key!r} is empty or holds a control character")
    return dict(metadata)


def check_message(message: str) -> str:
    """Return `message`; `InputError` unless it can be written as UTF-8."""
    if any(unicodedata.category(c) == "Cs" for c in message):
        raise InputError(f"message {message!r} is no Unicode text: it holds half a character")
    return message


def check_content_type(content_type: str) -> str:
    """Return `content_type`; `InputError` unless it is one line."""
    if not _is_seen(content_type):
        raise InputError(f"content type {content_type!r} holds a control character: take it out")
    return content_type


def _check_text(path: str) -> None:
    if _PLAIN.fullmatch(path) is None:
        _check_unicode(path)
    if path.startswith("/"):
        raise InvalidPath(f"path {path!r} is absolute: write it without the first '/'")
    if len(path.encode()) > MAX_PATH_BYTES:
        raise InvalidPath(f"path {path[:40]!r}… is longer than {MAX_PATH_BYTES} bytes")


def _check_is_text(what: str, key: object, value: object) -> None:
    if not isinstance(key, str) or not isinstance(value, str):
        raise InputError(f"{what} {key!r}: {value!r} is not text: write it as text")


def _check_unicode(path: str) -> None:
    if "\\" in path:
        raise InvalidPath(f"path {path!r} holds a backslash: separate with '/'")
    if not _is_seen(path):
        raise InvalidPath(f"path {path!r} holds a control character: take it out")
    if not unicodedata.is_normalized("NFC", path):
        raise InvalidPath(f"path {path!r} is not in Unicode NFC: normalize it")


def is_reserved(path: str) -> bool:
    """Return whether a path is a lakeFS server's own: no lake writes there, and none reads it."""
    return path.startswith("_lakefs")


def _check_reserved(path: str) -> None:
    if is_reserved(path):
        raise InvalidPath(f"path {path!r}: names that begin with '_lakefs' are reserved")


def _check_ref_shape(name: str) -> str:
    if _HEX.fullmatch(name):
        raise InvalidRef(
            f"{name!r} is only hex digits and reads like a cut commit id: add another letter, "
            "or give all 64 digits of the commit"
        )
    if len(name) > MAX_REF_CHARACTERS:
        raise InvalidRef(f"{name[:40]!r}… is longer than {MAX_REF_CHARACTERS} characters")
    return name


def _is_seen(text: str) -> bool:
    return all(unicodedata.category(c) not in _UNSEEN for c in text)
