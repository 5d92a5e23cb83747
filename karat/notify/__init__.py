"""Takes what is wrong with a dataset; gives letters to those who asked for them, each once."""

from karat.notify.addresses import Receiver, receivers
from karat.notify.delivering import Delivered, deliver
from karat.notify.incident import Incident, Letter
from karat.notify.outbox import Outbox
from karat.notify.wrong_now import audited, late, standing

__all__ = [
    "Delivered",
    "Incident",
    "Letter",
    "Outbox",
    "Receiver",
    "audited",
    "deliver",
    "late",
    "receivers",
    "standing",
]
