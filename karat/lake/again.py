"""Work that others were faster with, begun anew: each time, one of them got through."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

ATTEMPTS, WITHIN_S = 10, 120.0
PAUSE_S, MOST_PAUSE_S = 0.02, 1.0
Given = TypeVar("Given")


def again_while(overtaken: tuple[type[Exception], ...], work: Callable[[], Given]) -> Given:
    """Return what `work` gives; it is begun anew for each error that says that it was `overtaken`.

    Ten times at least, and for two minutes, with pauses drawn at random so that those who were
    overtaken together do not come back together. Then its last error is raised.
    """
    try:
        return work()
    except overtaken:
        pass  # seldom: the library is loaded when it is needed
    from tenacity import (
        Retrying,
        retry_if_exception_type,
        stop_after_attempt,
        stop_after_delay,
        stop_all,
        wait_random_exponential,
    )

    return Retrying(
        retry=retry_if_exception_type(overtaken),
        wait=wait_random_exponential(PAUSE_S, MOST_PAUSE_S),
        stop=stop_all(stop_after_attempt(ATTEMPTS - 1), stop_after_delay(WITHIN_S)),
        reraise=True,
    )(work)
