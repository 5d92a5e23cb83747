"""The alarm over time: whether scores are above their quantile more often than they may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from karat.contracts import Contract
from karat.errors import InputError
from karat.golden import GoldenManifest, false_alarm_interval
from karat.lake.layout import Partition
from karat.verdicts import Alarm, Verdict, alarm
from karat.verdicts.spending import score_of
from karat.verdicts.verdict import Outcome


@dataclass(frozen=True)
class Watched:
    """An instrument's scores in the order of days, and the evidence against them."""

    instrument: str
    bound: Fraction
    level: int
    days: tuple[tuple[str, bool], ...]
    alarm: Alarm

    def plain(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "instrument": self.instrument,
            "bound": float(self.bound),
            "level": self.level,
            "alarm": self.alarm.partition,
            "evidence": self.alarm.value,
            "days": [
                {"partition": day, "exceeded": exceeded, "evidence": value}
                for (day, exceeded), value in zip(self.days, self.alarm.path, strict=True)
            ],
        }


def watched(
    contract: Contract,
    golden: GoldenManifest | None,
    verdicts: Mapping[Partition, Verdict],
    level: int = 500,
) -> list[Watched]:
    """Return the alarm of each instrument over its judged days, in order; none for none.

    Golden days, which q was made of, take no part. Where nothing is wrong the alarm comes once
    in `level` days or less often, however long one watches, provided that days are as likely to
    be above q as the upper end of the law of its false alarms says. Raises InputError when no
    golden manifest is adopted, or it has too few calibration days to have a quantile.
    """
    alpha = Fraction(contract.unpaired.alpha) if contract.unpaired else Fraction(1)
    scores = {day.group for day in golden.calibration} if golden else set()
    law = false_alarm_interval(len(scores), alpha) if contract.unpaired else None
    if golden is None or law is None:
        raise InputError(f"{len(scores)} calibration days make no quantile: adopt a golden first")
    own = {day.partition for day in (*golden.reference, *golden.calibration)}
    found: dict[str, list[tuple[str, bool]]] = {}
    for partition, verdict in sorted(verdicts.items()):
        score = score_of(verdict)
        if score and str(partition) not in own:
            exceeded = score.outcome is Outcome.FAIL
            found.setdefault(partition.instrument, []).append((str(partition), exceeded))
    return [
        Watched(name, law.high, level, tuple(days), alarm(days, law.high, level))
        for name, days in found.items()
    ]
