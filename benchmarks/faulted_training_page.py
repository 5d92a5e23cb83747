"""docs/faulted_training.{md,svg}, by ``python -m benchmarks faulted_training``: a fault's cost."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from benchmarks import real_training
from benchmarks.faulted_lake import FaultedLake, Plan
from benchmarks.faulted_training import JUDGE, Arm, Case, Found, gathered, measure
from benchmarks.forced_lake import shipped
from benchmarks.real_training import Real
from benchmarks.timing import Took
from karat.report.canvas import panel
from karat.report.rendering import INK, MUTED, render, style
from karat.training import Recipe, Rivals, Worth

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOCS = Path(__file__).parents[1] / "docs"
PIN = "ee81294b43587dbaecee4d0fc7f901705f8ae3dbd52796139a88c0bf9e5d6c1c"
PLAN = Plan(golden=30, train=20, held=20, messages=22_000, seed=11, pin=PIN)
CASES: tuple[Case, ...] = (
    ("lost_deltas", 0.02), ("lost_deltas", 0.1), ("side_flip", 0.02), ("side_flip", 0.1),
    ("stale_book", 0.1), ("stale_book", 0.5),
)  # fmt: skip
RECIPES = tuple(Recipe(hidden=32, epochs=20, rows=256, rate=2e-3, seed=n) for n in range(10))
GOOD, BAD = "#2f6f9f", "#b8443a"
UNIT = "half ticks a step"
UNTIMED = Took(0, 0)
HEAD = """# What a fault costs an agent

Written by `python -m benchmarks faulted_training`. An execution agent learns, at every tenth whole
book, to sell a lot at the best bid, to wait, or to buy one at the best ask; its payoff is the lot's
value at the next middle price, in half ticks, without fees, of an agent that the market takes no
notice of. It learns offline, by `karat train`, from days that went the whole way: simulated raw
captures, rebuilt, judged beside golden captures, published, made steps of, judged again by {golden}
golden days, published and cut.

* **Evaluation.** `{judge}`: those of {held} later days that the gate let through, {steps:,} steps
  in {episodes:,} episodes. They are pinned by the digest of their contents (`PIN` in
  `benchmarks/faulted_training_page.py`): the script stops where they are others. One day lies
  between them and the last one that trains.
* **Stated before training.** {rivals}. The best of these is *{best}*.
* **Training.** {days} days, {seeds} policies a dataset with the same seeds, {recipe}.
* **Faults.** Each of the days that train is restated with the fault, in a share of its depth
  messages. The gate refused {refused}; what it refused was waived in somebody's name, and the
  models bear `waived`.
* **Intervals.** 95 %, by bootstrap over {blocks} blocks of neighbouring episodes and over seeds;
  the two add up as variances do. Differences are of the same seeds on the same blocks.
* **The run.** All of it, the real captures too: {took}.
"""


@dataclass(frozen=True)
class Page:
    """What was found on simulated days, on real ones where there are any, and how long it took."""

    found: Found
    real: Sequence[Real] = ()
    took: Took = UNTIMED

    def text(self) -> str:
        """Return the page."""
        blocks = [self._head(), self.verdict(), "![worth](faulted_training.svg)", self.table()]
        if self.real:
            blocks += ["## Real captures", *self._reals()]
        return "\n\n".join(blocks) + "\n"

    def verdict(self) -> str:
        """Return in words what was found, whatever it is."""
        clean, arms = self.found.clean, self.found.arms[1:]
        rival = self.found.against.best
        nothing, best = clean.worth, clean.over(self.found.best())
        worse = [one.name for one in arms if one.less(clean).high < 0]
        unsure = [one.name for one in arms if one.less(clean).high >= 0]
        beats = "beats" if nothing.low > 0 else "does **not** surely beat"
        sure = "" if best.low > 0 else ", which is **not** sure"
        first = (
            f"Trained on proved days, the agent is worth {_ends(nothing)} {UNIT} and {beats} doing "
            f"nothing; over *{rival}* it gains {_ends(best)}{sure}."
        )
        told = [first, f"Measurably worse after {_listed(worse)}."]
        if unsure:
            told.append(f"**Not** measurably worse after {_listed(unsure)}.")
        return " ".join(told)

    def table(self) -> str:
        """Return each arm by a line."""
        lines = [
            "| trained on | days refused | worth | less than clean by | worst and best seed |",
            "|---|---:|---:|---:|---:|",
        ]
        for one in self.found.arms:
            cost = "" if one is self.found.clean else _ends(one.less(self.found.clean))
            by_seed = one.scores.mean(axis=1)
            ends = f"{by_seed.min():+.2f}, {by_seed.max():+.2f}"
            days = f"{one.refused} of {one.days}"
            lines.append(f"| {one.name} | {days} | {_ends(one.worth)} | {cost} | {ends} |")
        return "\n".join(lines)

    def figure(self) -> Figure:
        """Return the worth of each arm with its interval, and of each seed; 0 is to do nothing."""
        arms, best = self.found.arms, self.found.against.worths[self.found.against.best]
        with style():
            title = "What a policy is worth on the same proved days, by what it was trained on"
            under = f"{UNIT}, 95 % intervals over blocks and {len(RECIPES)} seeds (small dots)"
            figure, axes = panel(title, under, 150 + 44 * len(arms))
            axes.set_position((0.2, 0.17, 0.76, 0.62))
            for at, one in enumerate(arms):
                _arm(axes, at, one, GOOD if one is self.found.clean else BAD)
            axes.axvline(0, color=MUTED, linewidth=1)
            axes.axvline(best.value, color=MUTED, linewidth=1, linestyle=":")
            up = len(arms) - 0.45
            for where, words in ((0, "do nothing"), (best.value, self.found.against.best)):
                axes.annotate(words, (where, up), (-3, 0), textcoords="offset points",
                              color=MUTED, fontsize=8, ha="right", va="center")  # fmt: skip
            axes.set_yticks(range(len(arms)), [one.name for one in arms])
            axes.set_ylim(len(arms) - 0.2, -0.6)
            axes.set_xlabel(UNIT)
            return figure

    def _head(self) -> str:
        against, arms, recipe = self.found.against, self.found.arms, RECIPES[0]
        total = sum(one.days for one in arms[1:])
        return HEAD.format(
            golden=PLAN.golden, judge=JUDGE, held=PLAN.held, steps=against.steps,
            episodes=against.episodes, rivals=_stated(against), best=against.best,
            days=self.found.clean.days, seeds=len(RECIPES), blocks=arms[0].scores.shape[1],
            refused=f"{sum(one.refused for one in arms)} of {total}", took=_minutes(self.took),
            recipe=f"{recipe.hidden} hidden values, {recipe.epochs} epochs of batches of "
            f"{recipe.rows} steps, Adam at {recipe.rate:g}",
        ).strip()  # fmt: skip

    def _reals(self) -> Iterator[str]:
        yield (
            "One day trains, the next one evaluates. Their book events have a PASS; their steps "
            "are INCONCLUSIVE (two days are no history to calibrate by) and were waived. One day "
            "is one draw of a market: intervals are of blocks within it. A taker's fee, which is "
            "not in these payoffs, is more than what is gained here were it one basis point."
        )
        lines = [
            "| instrument | steps: train, evaluate | worth | best rival | over it |",
            "|---|---:|---:|---|---:|",
        ]
        for one in self.real:
            found = Found(one.against, (one.arm,))
            rival = f"{one.against.best}, {_ends(one.against.worths[one.against.best])}"
            steps = f"{one.rows:,}, {one.against.steps:,}"
            over = _ends(one.arm.over(found.best()))
            lines.append(
                f"| {one.instrument} | {steps} | {_ends(one.arm.worth)} | {rival} | {over} |"
            )
        yield "\n".join(lines)


def write(docs: Path = DOCS) -> None:
    """Measure, print what comes as it comes, and write the page and its picture."""
    console = Console(highlight=False)

    def told(one: Rivals | Arm) -> Rivals | Arm:
        if isinstance(one, Rivals):
            console.print(f"to beat: {_stated(one)}")
        else:
            console.print(f"{one.name}: {_ends(one.worth)}, {one.refused} days refused")
        return one

    begun = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        place = FaultedLake(home, shipped("book_events"), shipped("rl_steps"), plan=PLAN)
        found = gathered(told(one) for one in measure(place, CASES, RECIPES))
        captures = Path(os.environ.get("KARAT_CAPTURES", DOCS.parents[1] / "shared" / "data"))
        real = list(real_training.measure(captures, home / "real", RECIPES))
    took = Took(time.perf_counter() - begun[0], time.process_time() - begun[1])
    page = Page(found, real, took)
    (docs / "faulted_training.md").write_text(page.text())
    (docs / "faulted_training.svg").write_bytes(render(page.figure(), "svg"))


def _arm(axes: Any, at: int, one: Arm, colour: str) -> None:
    worth, by_seed = one.worth, one.scores.mean(axis=1)
    axes.plot(by_seed, [at + 0.2] * len(by_seed), ".", color=colour, alpha=0.45, markersize=5)
    axes.plot([worth.low, worth.high], [at, at], color=colour, linewidth=2.5)
    axes.plot([worth.value], [at], "o", color=colour, markersize=7)
    axes.annotate(f"{worth.value:+.2f}", (worth.value, at), (0, 8), color=INK, fontsize=8.5,
                  textcoords="offset points", ha="center")  # fmt: skip


def _stated(against: Rivals) -> str:
    return ", ".join(f"{name} {_ends(one)}" for name, one in against.worths.items())


def _ends(one: Worth) -> str:
    """Return a worth and its interval.

    >>> _ends(Worth(1.234, -1, 2))
    '+1.23 (-1.00 to +2.00)'
    """
    if one.low == one.high:
        return f"{one.value:+.2f}" if one.value else "0"
    return f"{one.value:+.2f} ({one.low:+.2f} to {one.high:+.2f})"


def _minutes(took: Took) -> str:
    """Return how long it took.

    >>> _minutes(Took(1800, 900))
    '30 minutes by the clock, 15 minutes of one processor'
    """
    wall, busy = (round(one / 60) for one in (took.wall_s, took.cpu_s))
    return f"{wall} minutes by the clock, {busy} minutes of one processor"


def _listed(names: Sequence[str]) -> str:
    return "; ".join(names) or "none of them"
