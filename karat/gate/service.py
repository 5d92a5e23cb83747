"""The gate as a web service: a pre-merge hook of lakeFS asks, and any status but 2xx refuses.

It writes nothing, so that a question may be asked any number of times. It fails closed: what it
cannot read, does not know or cannot look up is refused. The secret is compared in constant time
and told to nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from secrets import compare_digest
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from karat.errors import (
    InputError,
    InvalidRef,
    KaratError,
    RefNotFound,
    RepositoryNotFound,
    UnavailableError,
)
from karat.gate.judging import Judge
from karat.gate.payload import HEADER, HOOK, LONGEST, parsed
from karat.gate.tally import Tally

METRICS = "text/plain; version=0.0.4; charset=utf-8"
_log = logging.getLogger("karat.gate")


class Service:
    """Answers for one judge, to whoever shows `token`; "" for `repository` takes any."""

    def __init__(self, judge: Judge, token: str, repository: str = "") -> None:
        self._judge, self._token, self._repository = judge, token.encode(), repository
        self._tally = Tally()

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
        shown = request.headers.get(HEADER, "").encode()
        if not compare_digest(shown, self._token):
            return self._answer(401, refusal(HEADER, "is missing or wrong"))
        data = bytearray()
        async for block in request.stream():
            data += block
            if len(data) > LONGEST:
                return self._answer(413, refusal("body", f"is longer than {LONGEST} bytes"))
        status, body = await run_in_threadpool(self._ruled, bytes(data))
        return self._answer(status, body)

    def _ruled(self, data: bytes) -> tuple[int, Mapping[str, Any]]:
        """Return the status and body that answer a question."""
        try:
            asked = parsed(data, self._repository)
        except InputError as error:
            return 400, refusal("request", str(error))
        try:
            ruling = self._judge.judge(asked)
        except (RefNotFound, InvalidRef) as error:
            return 404, refusal("commit_id", str(error))
        except (UnavailableError, RepositoryNotFound) as error:
            return 503, refusal("lake", str(error))
        except KaratError as error:
            return 403, refusal("gate", str(error))
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
        return 200 if ruling.admitted else 403, ruling.plain()

    def _answer(self, status: int, body: Mapping[str, Any]) -> Response:
        self._tally.answered(status)
        return JSONResponse(body, status)

    async def _health(self, request: Request) -> Response:  # noqa: ARG002 - as routes are called
        try:
            await run_in_threadpool(self._judge.reach)
        except KaratError as error:
            return JSONResponse({"status": "unavailable", "why": str(error)}, 503)
        return JSONResponse({"status": "ok"})

    async def _metrics(self, request: Request) -> Response:  # noqa: ARG002 - as routes are called
        return PlainTextResponse(self._tally.text(), headers={"Content-Type": METRICS})


def refusal(what: str, why: str) -> dict[str, Any]:
    """Return the body of an answer that admits nothing.

    >>> refusal("lake", "is down")
    {'allow': False, 'reasons': {'lake': 'is down'}}
    """
    return {"allow": False, "reasons": {what: why}}
