"""A lakeFS-compatible server for tests, on this machine alone, over a lake's own files.

Only what lake.md names is spoken, under ``/api/v1``; clients come through the official SDK. It
listens on a port of its own on 127.0.0.1 and is gone when the ``with`` ends.
"""

from __future__ import annotations

import base64
import json
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Lock, Thread
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.lakefs_double import history, hooks, objects, presigned, repositories
from tests.lakefs_double.faults import Fault, Faults
from tests.lakefs_double.state import ApiError, Server
from tests.lakefs_double.web import API, Call, Reply, found

SPOKEN = (history, hooks, objects, presigned, repositories)
"""Imported for the operations they bring."""
IN_MEMORY, BLOCK = 8 << 20, 1 << 16


class Double(ThreadingHTTPServer):
    """The server at `url`; `faults` befall its calls, `state` is what it keeps."""

    daemon_threads = True

    def __init__(self, state: Server) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.state, self.faults = state, Faults()
        self.url = state.address = f"http://127.0.0.1:{self.server_port}"
        self.under_way, self.most_at_once, self.counting = 0, 0, Lock()

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count a call among those under way."""
        with self.counting:
            self.under_way += 1
            self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            yield
        finally:
            with self.counting:
                self.under_way -= 1

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away, or was sent away, is no news."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # unbuffered, each call waits 40 ms for the client's acknowledgement
    disable_nagle_algorithm = True
    server: Double

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""

    def serve(self) -> None:
        """Answer one request."""
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as body:
            if self._goes_early():
                return
            self._read_body(cast("BinaryIO", body))
            body.seek(0)
            self._answer(cast("BinaryIO", body))
        self.wfile.flush()

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = serve  # noqa: N815 - the base's names

    def _answer(self, body: BinaryIO) -> None:
        address = urlsplit(self.path)
        try:
            handler, path = found(self.command, unquote(address.path).removeprefix(API))
            parts = {key: unquote(value) for key, value in path.items()}
            self._authorize(address.path)
            fault = self.server.faults.next(handler.__name__)
            if fault and self._befalls_before(fault):
                return
            query = dict(parse_qsl(address.query, keep_blank_values=True))
            call = Call(self.server.state, parts, query, dict(self.headers), body)
            with self.server.counted():
                time.sleep(fault.seconds if fault else 0)
                reply = handler(call)
        except ApiError as error:
            fault, reply = None, Reply(error.status, error.body, getattr(error, "headers", {}))
        except Exception as error:  # noqa: BLE001 - a server goes on
            fault, reply = None, Reply(500, {"message": f"{type(error).__name__}: {error}"})
        if fault is not None and fault.alter is not None and reply.size is None:
            said = reply.body
            plain = said.decode() if isinstance(said, bytes) else json.loads(json.dumps(said))
            told = fault.alter(plain)
            reply = told if isinstance(told, Reply) else Reply(reply.status, told, reply.headers)
        self._send(reply, fault)

    def _goes_early(self) -> bool:
        """Hang up when half of the body has come, if that is to be."""
        try:
            handler, _ = found(self.command, unquote(urlsplit(self.path).path).removeprefix(API))
        except ApiError:
            return False
        if not self.server.faults.hangs_up(handler.__name__):
            return False
        self.rfile.read(int(self.headers.get("Content-Length") or 0) // 2)
        self._hang_up()
        return True

    def _authorize(self, path: str) -> None:
        state = self.server.state
        right = base64.b64encode(f"{state.key_id}:{state.secret}".encode()).decode()
        if path.startswith(API) and self.headers.get("Authorization") != f"Basic {right}":
            raise ApiError(401, "error authenticating request")

    def _befalls_before(self, fault: Fault) -> bool:
        """Do what comes before the call; tell whether there is none any more."""
        if fault.how == "refused":
            raise ApiError(fault.status, "injected")
        if fault.how != "lost" and fault.act is not None:
            fault.act()
        if fault.how == "dropped":
            self._hang_up()
        return fault.how == "dropped"

    def _send(self, reply: Reply, fault: Fault | None) -> None:
        if fault is not None and fault.how == "lost":
            if fault.act is not None:
                fault.act()
            self._hang_up()
            return
        stream, size = _stream(reply)
        with stream:
            self.send_response(reply.status)
            for key, value in reply.headers.items():
                self.send_header(key, value)
            if reply.size is None and "Content-Type" not in reply.headers:
                self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(size))
            self.end_headers()
            if self.command != "HEAD":
                self._send_body(stream, size, fault)

    def _send_body(self, stream: BinaryIO, size: int, fault: Fault | None) -> None:
        if fault is not None and fault.how in {"cut", "garbled"}:
            data = bytearray(stream.read(size))
            if fault.how == "cut":
                self.wfile.write(data[: size // 2])
                self._hang_up()
                return
            data[size // 2] ^= 1
            self.wfile.write(data)
            return
        while size > 0 and (block := stream.read(min(size, 1 << 20))):
            self.wfile.write(block)
            size -= len(block)

    def _hang_up(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _read_body(self, into: BinaryIO) -> None:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while size := int(self.rfile.readline().split(b";")[0], 16):
                into.write(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers.get("Content-Length") or 0)
        while left and (block := self.rfile.read(min(left, BLOCK))):
            into.write(block)
            left -= len(block)


def _stream(reply: Reply) -> tuple[BinaryIO, int]:
    if reply.size is not None:
        return cast("BinaryIO", reply.body), reply.size
    body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
    if reply.status == 204:
        body = b""
    return BytesIO(body), len(body)


@contextmanager
def serving(state: Server | None = None) -> Iterator[Double]:
    """Run a server while the ``with`` lasts."""
    with Double(state or Server()) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


__all__ = ["Double", "serving"]
