"""The way into the command `karat`: here from its first moment on, until an exit code is known."""

from __future__ import annotations

import sys
from io import TextIOWrapper

from karat.cli.exits import AGAIN, Exit


def run() -> None:
    """Run `karat` and leave with its exit code; what nobody foresaw is shown whole, with code 2.

    A letter that the terminal cannot show is written as its code: it costs no answer. The commands
    are loaded here, which takes a busy machine seconds: who stops that is told as at any time.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        from karat.cli.main import app
        from karat.cli.settings import keep_arrow_memory

        keep_arrow_memory()
        app()
    except KeyboardInterrupt:
        sys.stderr.write(f"interrupted; {AGAIN}\n")
        sys.exit(Exit.INTERRUPTED)
    except Exception:  # noqa: BLE001 - 1 is for FAIL, and Python would exit with it
        import traceback

        traceback.print_exc()
        sys.exit(Exit.BROKEN)
