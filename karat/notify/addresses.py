"""Who is told, by URL: a webhook, a Slack channel, a mailbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol
from urllib.parse import urlsplit

from karat.digest import bytes_digest
from karat.errors import InputError
from karat.notify.incident import Letter
from karat.notify.mail import mailbox
from karat.notify.webhook import slack, webhook

SHOWN = 12


class Receiver(Protocol):
    """Who is sent letters. Its `name` tells receivers apart and holds no secret."""

    @property
    def name(self) -> str:
        """Return what it is called in logs and in the outbox."""

    def send(self, letter: Letter) -> None:
        """Deliver a letter; UnavailableError when that cannot be done now."""


def receivers(urls: Iterable[str]) -> list[Receiver]:
    """Return who is meant by each URL; InputError, which shows no URL, for one that is none.

    ``https://host/path`` is a webhook that is sent JSON, ``slack+https://hooks.slack.com/…`` a
    Slack channel, ``smtp://user:password@host:25/?from=a@b&to=c@d`` a mailbox; ``smtps:`` speaks
    TLS from the first word on, and ``&tls=starttls`` later.
    """
    return [_receiver(url) for url in dict.fromkeys(urls)]


def _receiver(url: str) -> Receiver:
    made: dict[str, Callable[[str, str], Receiver]] = {
        "http": webhook,
        "https": webhook,
        "slack+http": slack,
        "slack+https": slack,
        "smtp": mailbox,
        "smtps": mailbox,
    }
    try:
        parts = urlsplit(url)
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        name = f"{parts.scheme}://{parts.hostname} {bytes_digest(bare.encode())[:SHOWN]}"
        known = parts.scheme in made and bool(parts.hostname) and parts.port != 0
    except ValueError:  # which would show the URL
        raise InputError("KARAT_NOTIFY_URL: one of the URLs cannot be read") from None
    if not known:
        raise InputError(
            f"KARAT_NOTIFY_URL: {parts.scheme or 'a word'}: write https://…, slack+https://… or "
            "smtp://host/?from=…&to=…, with spaces between several"
        )
    return made[parts.scheme](url, name)
