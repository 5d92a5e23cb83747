"""Sending what waits in the outbox; a receiver that is down keeps nobody else waiting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from karat.errors import UnavailableError
from karat.notify.addresses import Receiver
from karat.notify.outbox import Outbox
from karat.telemetry import Clock, now_s


@dataclass(frozen=True)
class Delivered:
    """How many letters came through, how many wait, and why, by receiver."""

    sent: int
    waiting: int
    trouble: dict[str, str]


def deliver(outbox: Outbox, receivers: Iterable[Receiver], clock: Clock = now_s) -> Delivered:
    """Send each receiver the letters that are due to it, in order, until one does not come through.

    That one is kept and tried again later, so each arrives at least once. UnavailableError only
    when the outbox cannot be used.
    """
    sent, waiting, trouble = 0, 0, {}
    for receiver in receivers:
        while letter := outbox.take(receiver.name, clock()):
            try:
                receiver.send(letter)
            except UnavailableError as error:
                outbox.failed(receiver.name, letter, clock())
                trouble[receiver.name] = str(error)
                break
            outbox.sent(receiver.name, letter)
            sent += 1
        waiting += outbox.waiting(receiver.name)
    return Delivered(sent, waiting, trouble)
