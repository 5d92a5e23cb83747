"""What main keeps beside a published partition: the verdict and build it was published under."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from karat.errors import CorruptError


@dataclass(frozen=True, slots=True)
class Note:
    """A verdict's key, the content it is on, a build's name, and a waiver's digest ("": none)."""

    verdict: str
    content: str
    build: str
    waiver: str = ""

    def encode(self) -> bytes:
        """Return the note as it is written; equal ones have equal bytes."""
        said = {key: text for key, text in asdict(self).items() if text or key != "waiver"}
        return (json.dumps(said, indent=1, sort_keys=True) + "\n").encode()

    @classmethod
    def decode(cls, data: bytes, what: str) -> Note:
        """Return the note; CorruptError naming `what` when the bytes are none.

        >>> Note.decode(Note("v", "c", "b").encode(), "a note").build
        'b'
        """
        try:
            body = json.loads(data)
            note = cls(**body)
            same = all(isinstance(text, str) for text in asdict(note).values())
        except (ValueError, TypeError) as error:
            raise CorruptError(f"{what}: what main says it was published under: {error}") from error
        if not same:
            raise CorruptError(f"{what}: what main says it was published under is no text")
        return note
