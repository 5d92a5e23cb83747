"""Takes a merge that is asked for, contracts and a lake; gives whether main may go there."""

from karat.gate.asked import Asked, Ruling
from karat.gate.judging import Judge, judge_merge

__all__ = ["Asked", "Judge", "Ruling", "judge_merge"]
