"""Every rule on a lakeFS server of your own: ``pytest -m lakefs`` with LAKECTL_* set.

Each case makes a repository below KARAT_LAKEFS_NAMESPACE (``local://karat-tests`` by default) and
deletes it afterwards; what lies in the namespace stays, because lakeFS never deletes bytes itself.
"""

import os
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lakefs.client import Client

from karat.cli.server_key import NAMESPACE, SERVER, access_to
from karat.lake import Lake, open_lake
from karat.lake.testing import LakeContract

RUN = secrets.token_hex(4)


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    access = access_to("lakefs:")
    server = os.environ.get(SERVER)
    if access is None or not server:
        pytest.skip("no lakeFS server: set LAKECTL_SERVER_ENDPOINT_URL and LAKECTL_CREDENTIALS_*")
    repository = f"karat-{RUN}-{secrets.token_hex(4)}"
    base = (os.environ.get(NAMESPACE) or "local://karat-tests").rstrip("/")
    own = replace(access, cache=tmp_path, namespace=f"{base}/{repository}")
    yield open_lake(f"lakefs://{urlsplit(server).netloc}/{repository}", access=own)
    client = Client(host=server, username=access.key_id, password=access.secret)
    client.sdk_client.repositories_api.delete_repository(repository)


@pytest.mark.lakefs
class TestLakesOnAServer(LakeContract):
    pass
