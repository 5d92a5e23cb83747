"""`karat validate --plot DIR`: scores, a calendar, and the worst distance of each failure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from karat.cli.picture_file import save
from karat.cli.workplace import Workplace

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from karat.flow import Validation


def write(place: Workplace, done: list[Validation], folder: Path) -> list[Path]:
    """Draw validations into `folder`, which is made, and return the files; UnavailableError."""
    from karat.flow.newest import sources_of
    from karat.flow.pictures import summary_pictures
    from karat.verdicts import current_golden

    verdicts = {p: verdict for v in done for p, verdict in v.verdicts.items()}
    waived = [p for v in done for p in v.waivers]
    sources = sources_of(place.lake, done[0].ref) if done else place.lake.head("main")
    golden = current_golden(place.lake, sources, place.contract.dataset)
    figures = summary_pictures(verdicts, waived, golden, place.contract)
    for validation in done:
        figures |= _failures(place, validation)
    return [save(figure, folder / f"{name}.png") for name, figure in figures.items()]


def _failures(place: Workplace, done: Validation) -> dict[str, Figure]:
    from karat.flow.pictures import finding_picture, on_trial_at, worst_distance

    found = {}
    for partition, verdict in done.verdicts.items():
        if (name := worst_distance(verdict.findings)) is not None:
            where = place.lake, place.contract, done.ref, partition
            case = on_trial_at(*where, store=place.store)
            figure = finding_picture(place.contract, case, name, place.store)
            if figure is not None:
                found[f"{partition.instrument}-{partition.date}"] = figure
    return found
