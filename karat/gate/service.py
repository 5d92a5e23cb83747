"""The gate as a web service: a pre-merge hook of lakeFS asks, and any status but 2xx refuses.

It writes nothing, so that a question may be asked any number of times. It fails closed: what it
cannot read, does not know or cannot look up in time is refused. The secret is compared in constant
time and told to nobody.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from secrets import compare_digest
from typing import Any, NamedTuple

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from karat.digest import bytes_digest
from karat.errors import (
    InputError,
    InvalidRef,
    KaratError,
    RefNotFound,
    RepositoryNotFound,
    UnavailableError,
)
from karat.gate.asked import Ruling
from karat.gate.judging import Judge
from karat.gate.payload import HEADER, HOOK, LONGEST, parsed
from karat.gate.tally import Tally
from karat.gate.workers import Workers

METRICS = "text/plain; version=0.0.4; charset=utf-8"
_log = logging.getLogger("karat.gate")


HEALTH_S = 10.0
PATIENCE_S = 45.0
"""So long a question may take before it is refused; lakeFS waits for 60 s, see `installing`."""


class Answer(NamedTuple):
    """A status, a body and how long it took (W3C Server-Timing), "" where nothing was judged."""

    status: int
    body: Mapping[str, Any]
    took: str = ""


class Service:
    """Answers for one judge, to whoever shows `token`; "" for `repository` takes any.

    What is not answered within `patience_s` seconds is refused; it is looked at to the end, so that
    the next time finds it known.
    """

    def __init__(
        self, judge: Judge, token: str, repository: str = "", *, patience_s: float = PATIENCE_S
    ) -> None:
        self._judge, self._repository, self._patience_s = judge, repository, patience_s
        self._token = bytes_digest(token.encode())
        self._workers = Workers()
        self._tally = Tally(lambda: self._workers.under_way, lambda: judge.remembered)

    @property
    def application(self) -> Starlette:
        """Return the ASGI application."""
        routes = [
            Route(HOOK, self._hook, methods=["POST"]),
            Route("/healthz", self._health),
            Route("/metrics", self._metrics),
        ]
        return Starlette(routes=routes)

    async def _hook(self, request: Request) -> Response:
        try:
            status, body, took = await self._answer(request)
        except ClientDisconnect:
            status, body, took = Answer(400, refusal("body", "did not come whole"))
        except Exception:  # noqa: BLE001 - logged, and refused: it fails closed
            _log.exception("a fault of the gate's own: the merge is refused")
            status, body, took = Answer(500, refusal("gate", "failed: its log says why"))
        self._tally.answered(status)
        return JSONResponse(body, status, headers={"Server-Timing": took} if took else None)

    async def _answer(self, request: Request) -> Answer:
        shown = bytes_digest(request.headers.get(HEADER, "").encode())
        if not compare_digest(shown, self._token):  # of digests: not even its length is told
            return Answer(401, refusal(HEADER, "is missing or wrong"))
        try:
            async with asyncio.timeout(self._patience_s):
                data = await _body(request)
        except TimeoutError:
            return Answer(408, refusal("body", f"did not come within {self._patience_s:g} s"))
        if data is None:
            return Answer(413, refusal("body", f"is longer than {LONGEST} bytes"))
        try:
            return await self._workers.run(lambda: self._ruled(data), self._patience_s)
        except TimeoutError:
            why = f"no answer within {self._patience_s:g} s: it is looked at on, ask again"
            return Answer(503, refusal("gate", why))

    def _ruled(self, data: bytes) -> Answer:
        """Return what answers a question."""
        try:
            asked = parsed(data, self._repository)
        except InputError as error:
            return Answer(400, refusal("request", str(error)))
        try:
            ruling = self._judge.judge(asked)
        except (RefNotFound, InvalidRef) as error:
            return Answer(404, refusal("commit_id", str(error)))
        except (UnavailableError, RepositoryNotFound) as error:
            return Answer(503, refusal("lake", str(error)))
        except KaratError as error:
            return Answer(403, refusal("gate", str(error)))
        self._tally.ruled(ruling)
        _log.info(
            "%s %.12r: %d partitions, %.1f ms, and %.1f ms in %d calls to the lake",
            "admitted" if ruling.admitted else "refused",
            ruling.commit,
            ruling.partitions,
            ruling.judging_s * 1e3,
            ruling.lake_s * 1e3,
            ruling.calls,
        )
        return Answer(200 if ruling.admitted else 403, ruling.plain(), _timing(ruling))

    async def _health(self, request: Request) -> Response:  # noqa: ARG002 - as routes are called
        try:
            await self._workers.run(self._judge.reach, min(self._patience_s, HEALTH_S))
        except (KaratError, TimeoutError) as error:
            why = str(error) or f"the lake does not answer within {HEALTH_S:g} s"
            return JSONResponse({"status": "unavailable", "why": why}, 503)
        return JSONResponse({"status": "ok"})

    async def _metrics(self, request: Request) -> Response:  # noqa: ARG002 - as routes are called
        return PlainTextResponse(self._tally.text(), headers={"Content-Type": METRICS})


async def _body(request: Request) -> bytes | None:
    """Return what was sent; None for more than there is a question of."""
    data = bytearray()
    async for block in request.stream():
        data += block
        if len(data) > LONGEST:
            return None
    return bytes(data)


def _timing(ruling: Ruling) -> str:
    judging, lake = ruling.judging_s * 1e3, ruling.lake_s * 1e3
    return f'judging;dur={judging:.3f}, lake;dur={lake:.3f};desc="{ruling.calls} calls"'


def refusal(what: str, why: str) -> dict[str, Any]:
    """Return the body of an answer that admits nothing.

    >>> refusal("lake", "is down")
    {'allow': False, 'reasons': {'lake': 'is down'}}
    """
    return {"allow": False, "reasons": {what: why}}
