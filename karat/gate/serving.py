"""Run the gate's service on a socket until it is told to stop."""

from __future__ import annotations

import gc
import signal
import socket
from collections.abc import Callable

import uvicorn

from karat.errors import UnavailableError
from karat.gate.service import Service

LEAVE_S = 30
"""So long, questions that were asked before the signal may still take."""

SELDOM = (50_000, 20, 100)
"""Python's thresholds for looking for garbage: what is remembered is a great many things that stay,
and to go through them takes as long as a thousand questions."""


def serve(service: Service, host: str, port: int, told: Callable[[str], object]) -> None:
    """Answer until SIGTERM or SIGINT, and finish what was asked before.

    `told` hears the address once questions can come; port 0 is any that is free.
    UnavailableError when the address cannot be listened at.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise UnavailableError(f"{host} port {port}: {error.strerror}: name another") from error
    config = uvicorn.Config(
        service.application,
        log_config=None,
        access_log=False,  # what is asked is logged by the service, without headers
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=LEAVE_S,
    )
    server = uvicorn.Server(config)

    def leave(*_: object) -> None:  # before uvicorn listens to signals, and when it raises it again
        server.should_exit = True

    gc.set_threshold(*SELDOM)
    usual = signal.signal(signal.SIGTERM, leave)
    try:
        with listener:
            named = f"[{host}]" if ":" in host else host
            told(f"http://{named}:{listener.getsockname()[1]}")
            server.run(sockets=[listener])
    finally:
        signal.signal(signal.SIGTERM, usual)
