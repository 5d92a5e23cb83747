"""When what runs by the clock does, and what it may let go of."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from karat.errors import InputError
from karat.flow import Keep

NIGHTLY, WEEKLY, LATER = "17 2 * * *", "43 3 * * 1", "7 4 * * 1"


@dataclass(frozen=True, slots=True)
class Clock:
    """Cron lines of audit, cut and retention, the zone they are meant in, and what is kept.

    With no `keep`, retention only shows what would go by karat's own days.
    """

    audit: str = NIGHTLY
    cut: str = WEEKLY
    retention: str = LATER
    zone: str = "UTC"
    keep: Keep | None = None


def clock(environment: Mapping[str, str] = os.environ) -> Clock:
    """Return what KARAT_AUDIT_CRON, _CUT_CRON, _RETENTION_CRON, _CRON_ZONE and _RETENTION say.

    The last one is days by class, such as ``audit-branches=30 garbage=7 states=90``. An empty value
    counts as none. Raises InputError for a zone or a class that there is not.
    """
    lines = {"audit": NIGHTLY, "cut": WEEKLY, "retention": LATER}
    said = {what: environment.get(f"KARAT_{what.upper()}_CRON") or at for what, at in lines.items()}
    zone, keep = environment.get("KARAT_CRON_ZONE") or "UTC", environment.get("KARAT_RETENTION")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InputError(f"KARAT_CRON_ZONE is {zone!r}: name a zone such as UTC") from error
    return Clock(**said, zone=zone, keep=Keep.parse(keep) if keep else None)
