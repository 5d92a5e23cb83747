"""A service that hooks ask, which answers as it is told and keeps what it was sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any


@dataclass
class Receiver:
    """What came, and what is answered: a status and a reason; `then` is called before that."""

    url: str = ""
    status: int = 200
    reason: str = "fine"
    then: Callable[[Mapping[str, Any]], object] | None = None
    payloads: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def action(self, branches: str = "main") -> bytes:
        """Return an action file that asks this service before merges."""
        hook = {"url": self.url, "timeout": "5s", "headers": {"x-gate": "{{ ENV.LAKEFSACTION_G }}"}}
        told = {"id": "verdict", "type": "webhook", "properties": hook}
        on = {"pre-merge": {"branches": [branches]}}
        return json.dumps({"name": "gate-main", "on": on, "hooks": [told]}).encode()


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run the service while the ``with`` lasts."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            receiver.payloads.append(payload)
            receiver.headers.append(dict(self.headers))
            if receiver.then is not None:
                receiver.then(payload)
            self.send_response(receiver.status)
            self.end_headers()
            self.wfile.write(receiver.reason.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
