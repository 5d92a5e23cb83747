"""Letters over HTTP: JSON for a webhook, Slack's own for a channel."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from karat.errors import UnavailableError
from karat.notify.incident import Letter
from karat.notify.wording import rendered

ATTEMPTS = 3
TIMEOUT_S = 5.0
PAUSE_S, MOST_PAUSE_S = 0.2, 2.0
OK, REDIRECT = 200, 300


@dataclass(frozen=True)
class Webhook:
    """Where letters are posted, and how they are written there."""

    url: str = field(repr=False)
    name: str
    write: Callable[[Letter], bytes] = field(repr=False)

    def send(self, letter: Letter) -> None:
        """Post a letter, trying again a little; UnavailableError that shows no URL."""
        from tenacity import Retrying, stop_after_attempt, wait_random_exponential

        pause = wait_random_exponential(PAUSE_S, MOST_PAUSE_S)
        tries = Retrying(stop=stop_after_attempt(ATTEMPTS), wait=pause, reraise=True)
        tries(self._post, letter)

    def _post(self, letter: Letter) -> None:
        from urllib3 import PoolManager
        from urllib3.exceptions import HTTPError

        said = {"Content-Type": "application/json", "Idempotency-Key": letter.id}
        try:
            with PoolManager(retries=False, timeout=TIMEOUT_S) as pool:
                answer = pool.request("POST", self.url, body=self.write(letter), headers=said)
        except HTTPError as error:  # its text would show the URL
            raise UnavailableError(f"{self.name}: {type(error).__name__}") from None
        if not OK <= answer.status < REDIRECT:
            raise UnavailableError(f"{self.name}: answered {answer.status}")


def webhook(url: str, name: str) -> Webhook:
    """Return the receiver that is posted a letter as plain JSON."""
    return Webhook(url, name, lambda letter: json.dumps(letter.plain()).encode())


def slack(url: str, name: str) -> Webhook:
    """Return the receiver of a Slack channel, by its incoming webhook."""

    def write(letter: Letter) -> bytes:
        return json.dumps({"text": rendered("slack.txt", letter)}).encode()

    return Webhook(url.removeprefix("slack+"), name, write)
