"""The key to a lakeFS server, from where lakeFS's own tools look for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from karat.cli.settings import Settings
from karat.lake.lakefs_access import Access

SERVER = "LAKECTL_SERVER_ENDPOINT_URL"
KEY_ID = "LAKECTL_CREDENTIALS_ACCESS_KEY_ID"
SECRET = "LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY"  # noqa: S105 - a variable's name
NAMESPACE = "KARAT_LAKEFS_NAMESPACE"


def access_to(
    lake: str,
    environment: Mapping[str, str] = os.environ,
    *,
    cache: Path | None = None,
    patience_s: float | None = None,
) -> Access | None:
    """Return the environment's key for a lake on a lakeFS server; None for any other lake.

    LAKECTL_SERVER_ENDPOINT_URL names the server and may be missing, the two
    LAKECTL_CREDENTIALS_… are the key (None without both), and KARAT_LAKEFS_NAMESPACE is where a
    repository that is made there keeps its bytes. Files that were read are kept in `cache`, below
    KARAT_HOME by default. With `patience_s`, calls that get no answer for so many seconds fail, and
    are tried again once and no more.
    """
    key_id, secret = environment.get(KEY_ID), environment.get(SECRET)
    if not (lake.startswith("lakefs:") and key_id and secret):
        return None
    known = Settings.from_environment(environment)
    named = environment.get(SERVER) or None, environment.get(NAMESPACE) or None
    access = Access(key_id, secret, cache or known.cache, *named, cache_limit=known.cache_limit)
    return access if patience_s is None else replace(access, timeout_s=patience_s, attempts=2)
