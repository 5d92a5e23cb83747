"""docs/ablation.md, written by ``python -m benchmarks ablation``: faults and statistics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from benchmarks.ablation import DAYS, FLOORS, How, Trial, failed, measured
from benchmarks.ablation_costs import Cost, costs
from benchmarks.fault_trials import CALIBRATION, HEALTHY, MESSAGES, MODES, REFERENCE, Mode
from benchmarks.timing import machine
from karat.simulation.catalogue import CATALOGUE

PAGE = Path(__file__).parents[1] / "docs" / "ablation.md"
ENOUGH = 0.9
NONE = "-"
HOWS: tuple[How, ...] = get_args(How)
COLUMNS = ("statistic", "bytes", "ns/row", *(
    f"{what}, {mode}" for what in ("needed for", "alone finds") for mode in MODES
))  # fmt: skip
HEAD = (
    "# Which statistic earns its bytes",
    (
        "Written by `python -m benchmarks ablation`: the twelve faults of the catalogue at our "
        "floors, {days} simulated days each of {messages:,} messages, R = {reference}, K = "
        "{calibration}, under the shipped contract. A day is measured once and judged again "
        "without each statistic; the score of distances and its q are then those of the "
        "distances that are left. Beside golden captures distances only warn, so there they are "
        "not tried."
    ),
    (
        "A statistic is *needed* for a fault (by its row of the catalogue) when at least 90 % "
        "of days FAIL, and fewer without it. It *alone finds* one when by itself it makes 90 % "
        "of days FAIL. One that is needed for none is covered by others, at these severities of "
        "these faults: that says what may be left out where bytes are dear, not that it finds "
        "nothing."
    ),
    (
        "Bytes are those of its stored states of one day of {rows:,} rows, with what tells its "
        "effective rows and its stretches of the clock; ns/row is the processor time of "
        "observing them as if it were the only one (median of 5; what statistics share is in "
        "each), the censuses' that of both with reading the golden captures. Machine: {cores} "
        "cores of {cpu}, Python {python}."
    ),
)


@dataclass(frozen=True)
class Ablation:
    """What was found: the trials, and what each statistic costs on a day of so many rows."""

    found: Sequence[Trial]
    spent: Mapping[str, Cost]
    rows: int

    def page(self) -> str:
        """Return the page."""
        sizes = {"days": DAYS, "messages": MESSAGES, "reference": REFERENCE}
        sizes |= {"calibration": CALIBRATION, "rows": self.rows}
        blocks = [part.format_map({**machine(), **sizes}) for part in HEAD]
        blocks += ["## Each statistic", self.summary(), self.lessons()]
        for how in HOWS:
            for mode in MODES:
                words = {"without": "without each", "alone": "by each alone"}[how]
                blocks += [f"## Days that FAIL {words}, {mode}", self.table(mode, how)]
        return "\n\n".join(blocks) + "\n"

    def summary(self) -> str:
        """Return the table of statistics: costs, and the faults each is needed for and finds."""
        lines = [_line(COLUMNS), "|---" * len(COLUMNS) + "|"]
        for rule in self.rules:
            cost = self.spent.get(rule)
            cells = [f"{cost.stored:,}", f"{cost.row_ns:.0f}"] if cost else ["", ""]
            cells += [", ".join(map(str, self.needed(rule, mode))) or NONE for mode in MODES]
            cells += [", ".join(map(str, self.finds(rule, mode))) or NONE for mode in MODES]
            lines.append(_line([rule, *cells]))
        return "\n".join(lines)

    def table(self, mode: Mode, how: How) -> str:
        """Return days that FAIL by statistic and fault; nothing where it makes no difference.

        Statistics that make none at all are named below the table.
        """
        cases, counts, days = [HEALTHY, *FLOORS[mode]], failed(self.found, mode, how), self.days
        whole = failed(self.found, mode, "without")[""]
        usual = whole if how == "without" else Counter[int]()
        lines = [_line(["statistic", *(_named(row, mode) for row in cases)])]
        lines.append("|---" * (len(cases) + 1) + "|")
        lines.append(_line(["all", *(f"{whole[row]} of {days[mode, row]}" for row in cases)]))
        same = []
        for rule in (one for one in self.rules if one in counts):
            own = counts[rule]
            cells = ["" if own[row] == usual[row] else str(own[row]) for row in cases]
            if any(cells):
                lines.append(_line([rule, *cells]))
            else:
                same.append(rule)
        words = "No difference" if how == "without" else "No day FAILs"
        said = f"\n\n{words}: {', '.join(same)}." if same else ""
        return "\n".join(lines) + said

    def lessons(self) -> str:
        """Return which statistics earn their bytes by these faults, and which do not."""
        needed = {r: any(list(self.needed(r, mode)) for mode in MODES) for r in self.rules}
        finds = {r: any(list(self.finds(r, mode)) for mode in MODES) for r in self.rules}
        groups = {
            "Needed for a fault": [r for r in self.rules if needed[r]],
            "Find a fault alone that others find too": [
                r for r in self.rules if finds[r] and not needed[r]
            ],
            "Neither, at these severities": [
                r for r in self.rules if not finds[r] and not needed[r]
            ],
        }
        return "\n".join(f"* {words}: {', '.join(own) or 'none'}." for words, own in groups.items())

    @property
    def rules(self) -> list[str]:
        """Return the names of all that was left out."""
        return list(dict.fromkeys(trial.rule for trial in self.found if trial.rule))

    @property
    def days(self) -> Mapping[tuple[Mode, int], int]:
        """Return on how many days each fault could be tried."""
        return Counter((t.mode, t.case.row) for t in self.found if not t.rule)

    def needed(self, rule: str, mode: Mode) -> Iterator[int]:
        """Yield the faults that too few days FAIL of without a rule, but enough with it."""
        whole = failed(self.found, mode, "without")[""]
        left = failed(self.found, mode, "without").get(rule)
        if left is None:
            return
        for row in FLOORS[mode]:
            days = self.days[mode, row]
            if whole[row] >= ENOUGH * days > left[row]:
                yield row

    def finds(self, rule: str, mode: Mode) -> Iterator[int]:
        """Yield the faults that enough days FAIL of by a rule alone."""
        own = failed(self.found, mode, "alone").get(rule, Counter[int]())
        yield from (row for row in FLOORS[mode] if own[row] >= ENOUGH * self.days[mode, row] > 0)


def write(path: Path = PAGE) -> None:
    """Measure, and write the page."""
    path.write_text(Ablation(measured(), *costs()).page())


def _named(row: int, mode: Mode) -> str:
    return "healthy" if row == HEALTHY else f"{row} {CATALOGUE[row].name}, {FLOORS[mode][row]:g}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
