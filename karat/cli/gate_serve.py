"""`karat gate serve`: answer lakeFS's pre-merge hook until told to stop."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import replace
from typing import Annotated

import typer

from karat.cli.contract_files import ContractFiles, contracts_in
from karat.cli.options import AsJson, Home, LakeUrl
from karat.cli.settings import gate_token
from karat.cli.teaching import teaching
from karat.cli.workplace import workplace
from karat.errors import InputError

NAME = "serve"
EXTRA = {"prometheus_client", "starlette", "uvicorn"}
EPILOG = teaching(
    "export KARAT_GATE_TOKEN=$(openssl rand -hex 32)",
    "karat gate serve --lake lakefs://lakefs.example.com/market-data",
    "karat gate serve --port 8443 --contract book.yaml --contract trades.yaml",
    done="it was told to stop (SIGTERM), and finished what had been asked",
)


def command(
    *,
    host: Annotated[
        str,
        typer.Option(
            "--host", help="Where to listen. Others than this machine need TLS before it."
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="The port; 0 for any that is free.")
    ] = 8390,
    patience: Annotated[
        float,
        typer.Option("--patience", min=1, max=600, help="Seconds after which it refuses."),
    ] = 45,
    lake: LakeUrl = None,
    contract: ContractFiles = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Answer whether main may go to a merge: the service that lakeFS's pre-merge hook asks.

    POST /hooks/pre-merge takes what lakeFS sends, with the secret of KARAT_GATE_TOKEN in the
    header x-karat-gate-token: 200 admits; 403 refuses with the reasons in the body; 400, 401, 404
    and 503 refuse what is no question, shows no secret, is not there or cannot be looked up.
    What is not answered within --patience seconds is refused with 503, and looked at on: keep it
    below the --timeout of karat gate install. GET /healthz and /metrics (Prometheus) need no
    secret. Judged is the merged tree; nothing is written and no state is computed. Contracts are
    read once: start it again when one changes.
    """
    token = gate_token()
    place = replace(workplace(lake, None, home), patience_s=patience / 2)
    try:
        from karat.gate.service import Service
        from karat.gate.serving import serve
    except ModuleNotFoundError as error:
        if error.name not in EXTRA:
            raise
        raise InputError(
            "the gate's service is not installed: install karat with its extra 'gate'"
        ) from error
    from karat.gate import Judge

    judge = Judge(place.lake, contracts_in(place, contract), store=place.store)
    service = Service(judge, token, repository_in(place.url), patience_s=patience)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")

    def told(url: str) -> None:
        text = json.dumps({"url": url}) if as_json else f"listening at {url}"
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    serve(service, host, port, told)


def repository_in(url: str) -> str:
    """Return the repository that a lake on lakeFS is; "" for a lake of another kind.

    >>> repository_in("lakefs://lakefs.example.com/market-data"), repository_in("file:///lake")
    ('market-data', '')
    """
    return url.rstrip("/").rpartition("/")[2] if url.startswith("lakefs:") else ""
