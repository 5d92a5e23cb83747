"""What a command's exit code says, and which one an error stands for."""

from __future__ import annotations

from enum import IntEnum

from karat.errors import KaratError, ProtectedRef, RefusedError

AGAIN = "run it again to go on"


class Exit(IntEnum):
    """What the caller may conclude."""

    DONE = 0
    FAIL = 1
    BROKEN = 2
    INCONCLUSIVE = 3
    INTERRUPTED = 130


def exit_of(outcome: str) -> Exit:
    """Return the exit code of a verdict's outcome.

    >>> exit_of("PASS"), exit_of("INCONCLUSIVE")
    (<Exit.DONE: 0>, <Exit.INCONCLUSIVE: 3>)
    """
    return {"PASS": Exit.DONE, "FAIL": Exit.FAIL}.get(outcome, Exit.INCONCLUSIVE)


def exit_of_reasons(reasons: list[str]) -> Exit:
    """Return FAIL for partitions refused, INCONCLUSIVE when that is all that speaks against them.

    >>> exit_of_reasons(["INCONCLUSIVE paired: no golden", "FAIL sequence: gap"])
    <Exit.FAIL: 1>
    """
    if not reasons:
        return Exit.DONE
    unknown = all(reason.startswith("INCONCLUSIVE") for reason in reasons)
    return Exit.INCONCLUSIVE if unknown else Exit.FAIL


def exit_of_error(error: KaratError) -> Exit:
    """Return the exit code of an error: a refusal of partitions is an answer, all else is not."""
    if isinstance(error, RefusedError) and not isinstance(error, ProtectedRef):
        return exit_of_reasons(list(error.reasons.values())) or Exit.BROKEN
    return Exit.BROKEN


def interrupted(error: BaseException | None) -> bool:
    """Tell whether Ctrl-C is behind an error: what cleans up after it may itself fail.

    >>> interrupted(KeyboardInterrupt()), interrupted(ValueError())
    (True, False)
    """
    while error and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None
