"""Dagster's own processes on this machine: each can be started, killed, and is ended by its id."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from karat.cli.settings import Settings
from karat.resources import dagster_home

HOST, LOCATION = "127.0.0.1", "karat"
CODE, WEB, DAEMON = "code server", "web server", "daemon"
MODULE, AS_SHIPPED = "karat.definitions", "dagster._daemon"
WAIT_S, STOP_S, LOOK_S = 300, 2, 0.2
LINUX = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1
WORKSPACE = """load_from:
  - grpc_server: {{host: "{host}", port: {port}, location_name: {location}}}
"""


@dataclass
class Processes:
    """A code server, a web server and a daemon in the home of `settings`, on free ports.

    `module` is what the first loads, and `daemon` what the last is started as.
    Runs are children of the code server. Each process has a session of its own, so that what it
    began ends with it and with nothing else.
    """

    settings: Settings
    environment: Mapping[str, str]
    module: str = MODULE
    daemon: str = AS_SHIPPED
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home = dagster_home(self.settings)
        self.code_port, self.web_port = free_port(), free_port()
        at = {"host": HOST, "port": self.code_port, "location": LOCATION}
        self.workspace = self.home / "workspace.yaml"
        self.workspace.write_text(WORKSPACE.format(**at))

    @property
    def url(self) -> str:
        """Return where the web page is."""
        return f"http://{HOST}:{self.web_port}"

    def log(self, name: str) -> Path:
        """Return where a process says what it does."""
        return self.home / f"{name.replace(' ', '_')}.log"

    def start(self, name: str) -> None:
        """Start one of the three; the code server is waited for."""
        where = ["-w", str(self.workspace)]
        words = {
            CODE: ["dagster", "api", "grpc", "-m", self.module, "-h", HOST,
                   "-p", str(self.code_port), "--location-name", LOCATION],
            WEB: ["dagster_webserver", "-h", HOST, "-p", str(self.web_port), *where],
            DAEMON: [self.daemon, "run", *where],
        }[name]  # fmt: skip
        with self.log(name).open("ab") as said:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", *words],
                env={**os.environ, **self.environment, **self._own()},
                cwd=self.home,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_held,  # noqa: PLW1509 - no threads touch signals
            )
        if name == CODE:
            until(self._code_answers, "the code server listens")

    def kill(self, name: str, *, with_its_runs: bool = False) -> None:
        """Send SIGKILL to one process, and to nothing that it began unless that is asked for."""
        process = self.running.pop(name)
        if with_its_runs:
            _end_session(process.pid)
        process.kill()
        process.wait()

    def stop(self) -> None:
        """End everything: asked first, then killed."""
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        for process in self.running.values():
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                pass
            finally:
                _end_session(process.pid)
                process.wait()
        self.running.clear()

    def _own(self) -> dict[str, str]:
        return {
            "KARAT_HOME": str(self.settings.home),
            "KARAT_LAKE": self.settings.lake,
            "KARAT_CONTRACT": str(self.settings.contract),
            "DAGSTER_HOME": str(self.home),
            "DAGSTER_DISABLE_TELEMETRY": "yes",
        }

    def _code_answers(self) -> bool:
        if self.running[CODE].poll() is not None:
            raise RuntimeError(f"the code server ended:\n{self.log(CODE).read_text()[-4000:]}")
        return listening(self.code_port)


@contextmanager
def processes(
    settings: Settings,
    environment: Mapping[str, str],
    *,
    module: str = MODULE,
    daemon: str = AS_SHIPPED,
) -> Iterator[Processes]:
    """Run all three while the ``with`` lasts; `environment` is theirs beside what is set here."""
    own = Processes(settings, environment, module, daemon)
    try:
        for name in (CODE, WEB, DAEMON):
            own.start(name)
        yield own
    finally:
        own.stop()


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])


def listening(port: int) -> bool:
    """Return whether somebody takes calls at a port of this machine."""
    with socket.socket() as asked:
        return asked.connect_ex((HOST, port)) == 0


def until(true: Callable[[], object], what: str, seconds: float = WAIT_S) -> float:
    """Wait until something is true; return how many seconds that took, TimeoutError after some."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"not so within {seconds} s: {what}")
        time.sleep(LOOK_S)
    return time.monotonic() - began


def _held() -> None:
    """Have a process end as SIGTERM asks, and by SIGKILL when the one that started it is gone.

    Dagster ends on SIGTERM as it would on SIGINT, which a shell has those in the background ignore.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if LINUX is not None:
        LINUX.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _end_session(leader: int) -> None:
    """Kill what a process that we started began, as far as it is still there."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return
