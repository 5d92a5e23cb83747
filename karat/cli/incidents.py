"""What a command changed for better or worse, told at once to those who are to hear of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from karat.cli.settings import notify_urls
from karat.errors import InputError, UnavailableError

if TYPE_CHECKING:
    from karat.cli.workplace import Workplace


@contextmanager
def telling(place: Workplace) -> Iterator[None]:
    """Tell of what is new or over once the block is left, whatever the command exits with.

    Where KARAT_NOTIFY_URL names nobody, nothing is looked at. What is not delivered is said on
    standard error, kept, and changes no exit code: the next command that tells sends it.
    """
    try:
        yield
    finally:
        if notify_urls():
            for trouble in _told(place):
                console = Console(stderr=True, highlight=False, soft_wrap=True)
                console.print(f"[yellow]nobody was told[/] {escape(trouble)}")


def _told(place: Workplace) -> list[str]:
    from karat.notify import Outbox, deliver, receivers, standing
    from karat.notify.wrong_now import SORTS
    from karat.telemetry import now_s

    try:
        known, outbox = receivers(notify_urls()), Outbox(place.notices)
        wrong, dataset = standing(place.lake, place.contract), place.contract.dataset
        names = [one.name for one in known]
        outbox.tell(wrong, dataset=dataset, sorts=SORTS, receivers=names, at_s=now_s())
        return list(deliver(outbox, known).trouble.values())
    except (InputError, UnavailableError) as error:
        return [str(error)]
