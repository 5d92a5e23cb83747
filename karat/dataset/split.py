"""Which partitions train and which evaluate: a border in time, and days before it left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from karat.errors import InputError

Part = Literal["train", "eval"]
TRAIN: Part = "train"
EVAL: Part = "eval"
EMBARGO_DAYS = 1
"""Books and windows reach over midnight, so the day before the border is left out by itself."""


@dataclass(frozen=True, slots=True)
class Split:
    """Days (UTC) from `eval_from` on evaluate, those before it train.

    The last `embargo_days` before the border do neither: what is known of them may be known of
    the days that evaluate. One border holds for all instruments, because they move together.
    InputError for a border that is no day, or an embargo below 0.

    >>> split = Split("2024-08-10", 1)
    >>> [split.part_of(day) for day in ("2024-08-08", "2024-08-09", "2024-08-10")]
    ['train', None, 'eval']
    """

    eval_from: str
    embargo_days: int = EMBARGO_DAYS

    def __post_init__(self) -> None:
        if self.embargo_days < 0:
            raise InputError(f"an embargo of {self.embargo_days} days: write 0 or more")
        self._last_training_day()

    def part_of(self, day: str) -> Part | None:
        """Return what a day (YYYY-MM-DD) is for; None for one under the embargo."""
        if day >= self.eval_from:
            return EVAL
        return TRAIN if day <= self._last_training_day() else None

    def _last_training_day(self) -> str:
        try:
            border = date.fromisoformat(self.eval_from)
            last = str(border - timedelta(days=self.embargo_days + 1))
        except (ValueError, OverflowError) as error:
            raise InputError(f"eval from {self.eval_from!r}: write a day as YYYY-MM-DD") from error
        if str(border) != self.eval_from:
            raise InputError(f"eval from {self.eval_from!r}: write a day as YYYY-MM-DD")
        return last

    def __str__(self) -> str:
        """Return the rule in a few words."""
        days = "1 day" if self.embargo_days == 1 else f"{self.embargo_days} days"
        return f"evaluates from {self.eval_from}, {days} of embargo before it"
