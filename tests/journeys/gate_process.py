"""A real `karat gate serve` on a free port of this machine, asked over HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from karat.gate import Asked
from karat.gate.payload import HEADER, HOOK

TOKEN = "open sesame, and no other word"  # noqa: S105 - of a server for tests
WAIT_S = 60


@dataclass
class Gate:
    """The service at `url`; `log` is what it said once it has stopped."""

    url: str
    process: subprocess.Popen[str]
    log: str = ""

    def ask(self, body: object, *, token: str | None = TOKEN) -> tuple[int, dict[str, Any]]:
        """Post a body, as JSON unless it is bytes; the status and what was answered."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {HEADER: token} if token is not None else {}
        answer = urllib3.request(
            "POST", self.url + HOOK, body=data, headers=headers, retries=False, timeout=WAIT_S
        )
        return answer.status, answer.json()

    def get(self, path: str) -> tuple[int, str]:
        """Get a page."""
        answer = urllib3.request("GET", self.url + path, retries=False, timeout=WAIT_S)
        return answer.status, answer.data.decode()

    def stop(self) -> int:
        """Send SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        _, self.log = self.process.communicate(timeout=WAIT_S)
        return self.process.returncode


def question(asked: Asked, repository: str = "market-data") -> dict[str, Any]:
    """Return what lakeFS would post of a merge."""
    return {
        "event_type": "pre-merge",
        "event_time": "2026-01-01T00:00:00Z",
        "action_name": "gate-main",
        "hook_id": "verdict",
        "repository_id": repository,
        "branch_id": "main",
        "source_ref": asked.source,
        "commit_id": asked.commit,
        "commit_message": "Publish",
        "committer": "someone",
        "commit_metadata": dict(asked.metadata),
        "merge_source": "proposed",
    }


@contextmanager
def serving(home: Path, lake: str, *words: str, more: Mapping[str, str] = {}) -> Iterator[Gate]:
    """Run the service while the ``with`` lasts."""
    command = [sys.executable, "-m", "karat.cli", "gate", "serve", "--port", "0", "--json"]
    known = {key: text for key, text in os.environ.items() if not key.startswith("KARAT_")}
    process = subprocess.Popen(
        [*command, "--home", str(home), "--lake", lake, *words],
        env={**known, "KARAT_GATE_TOKEN": TOKEN, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    line = process.stdout.readline()
    if '"url"' not in line:
        told = line + process.stdout.read() + process.stderr.read()  # it ends by itself
        process.communicate(timeout=WAIT_S)
        raise AssertionError(told)
    gate = Gate(json.loads(line)["url"], process)
    try:
        yield gate
    finally:
        if process.poll() is None:
            try:
                gate.stop()
            finally:
                process.kill()
