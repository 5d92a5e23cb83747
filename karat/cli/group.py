"""The outermost layer: what went wrong becomes one message and an exit code."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from karat.cli.exits import AGAIN, Exit, exit_of_error, interrupted
from karat.cli.options import JSON
from karat.cli.output import complain
from karat.errors import KaratError, RefusedError


class Commands(TyperGroup):
    """Commands in the order of the flow; only errors that nobody foresaw keep a traceback."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the order is not by name
        """Return the commands in the order they were added, what looks after them all last."""
        return sorted(self.commands, key="doctor".__eq__)

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Read the words of the command; typer alone would leave without a word at Ctrl-C."""
        try:
            return super().make_context(*args, **kwargs)
        except KeyboardInterrupt as error:
            complain("interrupted;", AGAIN, as_json=False)
            raise typer.Exit(Exit.INTERRUPTED) from error

    def invoke(self, ctx: Any) -> Any:
        """Run a command and tell of karat's errors."""
        try:
            return super().invoke(ctx)
        except typer.Exit:
            raise
        except BaseException as error:
            as_json = bool(ctx.meta.get(JSON))
            if interrupted(error):
                complain("Interrupted" if as_json else "interrupted;", AGAIN, as_json=as_json)
                raise typer.Exit(Exit.INTERRUPTED) from error
            if not isinstance(error, KaratError):
                raise
            kind = "refused:" if isinstance(error, RefusedError) else "error:"
            told = type(error).__name__ if as_json else kind
            complain(told, str(error), as_json=as_json)
            raise typer.Exit(exit_of_error(error)) from error
