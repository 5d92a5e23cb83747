"""Files of lakeFS: what is known of one, and its bytes, by way of a cache on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from lakefs_sdk.exceptions import ApiException
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, SSLError

from karat.digest import BLOCK, digest
from karat.errors import CorruptError, KaratError, LakeUnusable, ObjectGone, ObjectNotFound
from karat.lake.lakefs_access import Access
from karat.lake.lakefs_cache import Cache
from karat.lake.lakefs_calls import Calls, closed_on_failure
from karat.lake.lakefs_failures import LOCKED, WRONG, status
from karat.lake.lakefs_metadata import claimed_hash, readable
from karat.lake.protocol import OCTETS, ObjectInfo

KNOWN_FILES, KNOWN_READS = 20_000, 200_000
UNREACHABLE = (ConnectTimeoutError, NewConnectionError, SSLError)


class Files:
    """Files of one repository; what was read once is read from `access.cache` again."""

    def __init__(self, calls: Calls, access: Access) -> None:
        self._calls, self.cache = calls, Cache(access.cache, access.cache_limit)
        self._infos: dict[tuple[str, str], ObjectInfo] = {}
        self._read: set[tuple[str, int, str]] = set()

    def stat(self, commit: str, path: str) -> ObjectInfo:
        """Return what is known of one file of a commit, asked for once; ObjectNotFound."""
        if (known := self._infos.get((commit, path))) is not None:
            return known
        missing = ObjectNotFound(f"nothing at {path!r} in {commit!r}")
        return self.info(commit, self._stats(commit, path, missing))

    def listed(self, commit: str, prefix: str) -> Iterator[ObjectInfo]:
        """Yield the files of a commit whose paths begin with `prefix`, by path."""
        call, repository = self._calls.api.objects_api.list_objects, self._calls.repository
        found = self._calls.pages("list files", call, repository, commit, prefix=prefix)
        return (self.info(commit, stats) for stats in found)

    def info(self, commit: str, stats: Any) -> ObjectInfo:
        """Return what the server tells of a file, which is read when nobody wrote its digest."""
        claim = claimed_hash(stats.metadata)
        info = ObjectInfo(
            path=stats.path,
            size=stats.size_bytes or 0,
            content_hash=claim or self._found_out(commit, stats),
            etag=stats.checksum,
            metadata=readable(stats.metadata),
            content_type=stats.content_type or OCTETS,
            mtime_s=stats.mtime,
        )
        if len(self._infos) >= KNOWN_FILES:
            self._infos.clear()
        self._infos[commit, info.path] = info
        return info

    def told(self, line: Any) -> ObjectInfo | None:
        """Return the file of a diff's right side; None where more must be asked."""
        right = line.right
        claim = claimed_hash(right.metadata) if right is not None else None
        if right is None or claim is None:
            return None
        return ObjectInfo(
            path=line.path,
            size=line.size_bytes or 0,
            content_hash=claim,
            etag=right.checksum,
            metadata=readable(right.metadata),
            content_type=right.content_type or OCTETS,
            mtime_s=right.mtime,
        )

    def bring(self, commit: str, info: ObjectInfo, *, verify: bool = True) -> Path:
        """Return a copy of a file; CorruptError when other bytes come, ObjectGone.

        A copy that is here is checked if `verify` says so, and brought again when it is damaged, or
        when only its writer says that the server has the same; bytes that come and are wrong are
        asked for twice, because a network can spoil them too.
        """
        name, size = info.content_hash, info.size
        if self.cache.has(name, size, verify=verify) and self._was_read(info):
            return self.cache.file(name)
        for _ in range(2):
            name, size = self._download(commit, info.path)
            if (name, size) == (info.content_hash, info.size):
                self.cache.learn(self._upload(info.etag, info.size), name)
                return self.cache.file(name)
            self.cache.forget(name)
        raise CorruptError(
            f"{info.path!r} of {commit} has {size} bytes of digest {name}, and is said to have "
            f"{info.size} of {info.content_hash}: put it again, or restore it"
        )

    def confirm(self, commit: str, info: ObjectInfo) -> None:
        """Read a file unless it was read here before; errors as `bring`."""
        if not self._was_read(info):
            self.bring(commit, info, verify=False)

    def _was_read(self, info: ObjectInfo) -> bool:
        """Tell whether a file of this ETag was read here, and had the digest that is said."""
        facts = info.etag, info.size, info.content_hash
        if facts not in self._read:
            if self.cache.known(self._upload(info.etag, info.size)) != info.content_hash:
                return False
            if len(self._read) >= KNOWN_READS:
                self._read.clear()
            self._read.add(facts)
        return True

    def _upload(self, etag: str, size: int) -> str:
        """Return a name for what the server tells two contents apart by."""
        return self._noted("read/1", etag, size)

    def _found_out(self, commit: str, stats: Any) -> str:
        """Return the digest of a file that someone else put; read once for each upload.

        lakeFS gives each upload an address of its own, and keeps it with the size and the ETag.
        """
        facts = stats.physical_address, stats.checksum, stats.size_bytes or 0
        key = self._noted("foreign/1", *facts)
        known = self.cache.known(key)
        if known is None:
            known, size = self._download(commit, stats.path)
            self.cache.learn(key, known)
            self.cache.learn(self._upload(stats.checksum, size), known)
        return known

    def _noted(self, kind: str, *facts: str | int) -> str:
        """Return a name for a note on what the server tells; LakeUnusable if that is no text."""
        try:
            return digest(kind, self._calls.server, self._calls.repository, *facts)
        except UnicodeEncodeError:
            raise LakeUnusable(
                f"{self._calls.server} tells of a file what is no text: is it lakeFS?"
            ) from None

    def _download(self, commit: str, path: str) -> tuple[str, int]:
        gone = ObjectGone(f"the bytes of {path!r} of {commit} are gone: restore them")
        what = f"read {path!r}"
        done: tuple[str, int] = self._calls.ask(what, self._receive, commit, path, missing=gone)
        return done

    def _receive(self, commit: str, path: str, **_: object) -> tuple[str, int]:
        answer = self._begin(commit, path)
        with closed_on_failure(answer):
            return self.cache.keep(iter(partial(answer.read, BLOCK), b""))

    def _begin(self, commit: str, path: str) -> Any:
        """Begin to read a file, from where it lies when the server offers that.

        A store that cannot be reached from here, or refuses a URL, is not asked twice.
        """
        if self._calls.offers_urls:
            url = self._url(commit, path)
            try:
                return self._calls.fetch(url)
            except ApiException as error:
                if not WRONG <= status(error) < LOCKED:
                    raise
            except UNREACHABLE:
                pass  # such as a store whose name means nothing outside of the server's network
        return self._calls.send("GET", f"refs/{commit}/objects", {"path": path}, {})

    def _url(self, commit: str, path: str) -> str:
        """Return a URL of the bytes; it is asked for anew each time, because it soon ends."""
        stat, where = self._calls.api.objects_api.stat_object, (commit, path)
        return str(stat(self._calls.repository, *where, presign=True).physical_address)

    def _stats(self, commit: str, path: str, missing: KaratError) -> Any:
        stat, repository = self._calls.api.objects_api.stat_object, self._calls.repository
        return self._calls.ask(f"look at {path!r}", stat, repository, commit, path, missing=missing)
