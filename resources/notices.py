"""Who is told when something is wrong, and what they were told already."""

from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from karat.cli.settings import Settings, notify_urls
from karat.notify import Delivered, Incident, Outbox, deliver, receivers
from karat.notify.wrong_now import SORTS
from karat.telemetry import now_s


class NoticesResource(dg.ConfigurableResource):  # type: ignore[type-arg] # gives itself
    """The `file` of incidents and letters. Who gets them is in the environment alone.

    That is KARAT_NOTIFY_URL of the process that tells: it may hold passwords.
    """

    file: str

    def tell(
        self, dataset: str, incidents: Sequence[Incident], sorts: Sequence[str] = SORTS
    ) -> Delivered:
        """Tell of what is new or over among all incidents of `sorts`, and send what waits.

        A receiver that is down is tried again by the next call; InputError for a URL that means
        nobody, UnavailableError when the file cannot be used.
        """
        outbox, known = Outbox(Path(self.file)), receivers(notify_urls())
        names = [one.name for one in known]
        outbox.tell(incidents, dataset=dataset, sorts=sorts, receivers=names, at_s=now_s())
        return deliver(outbox, known)


def notices_resource(settings: Settings) -> NoticesResource:
    """Return the notices of the home that the settings name."""
    return NoticesResource(file=str(settings.notices))
