"""For how many days what is not named by anything may stay, by class."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Self

from karat.errors import InputError

DAY_S = 86_400
_SAID = re.compile(r"([a-z-]+)=(\d{1,6})d?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Keep:
    """Days that each class is kept; None for ever.

    `audit_branches` are those of which every partition is newer elsewhere, counted from when they
    were set last; `garbage` is what no branch or tag leads to; `states` are computed states, from
    their last use. All else is evidence, and stays: captures, what was published, the ledger.
    Raises InputError where audit branches would go sooner than garbage: their bytes are garbage
    only then.

    >>> Keep.parse("garbage=7 states=90d")
    Keep(audit_branches=None, garbage=7, states=90)
    """

    audit_branches: int | None = 30
    garbage: int | None = 7
    states: int | None = 90

    def __post_init__(self) -> None:
        for name, days in self.days.items():
            if days is not None and days < 0:
                raise InputError(f"{name} cannot be kept for {days} days: say 0 or more")
        sooner = self.audit_branches is not None and self.audit_branches < (self.garbage or 0)
        if sooner:
            raise InputError(
                f"audit branches go after {self.audit_branches} days and garbage only after "
                f"{self.garbage}: keep audit branches as long, or longer"
            )

    @property
    def days(self) -> dict[str, int | None]:
        """Return the days by class, as they are written."""
        return {one.name.replace("_", "-"): getattr(self, one.name) for one in fields(self)}

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what a text says, such as ``audit-branches=30 garbage=7``; InputError.

        A class that it leaves out is kept for ever.
        """
        known = [one.name for one in fields(cls)]
        said: dict[str, int | None] = dict.fromkeys(known)
        for part in text.replace(",", " ").split():
            found = _SAID.fullmatch(part)
            name = found[1].replace("-", "_") if found else ""
            if found is None or name not in known:
                classes = ", ".join(one.replace("_", "-") for one in known)
                raise InputError(f"retention {part!r}: write days, as in garbage=7, of {classes}")
            said[name] = int(found[2])
        return cls(**said)
