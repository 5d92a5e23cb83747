"""`karat dataset verify`: every byte and every value of a training dataset, again."""

from __future__ import annotations

from rich.console import Console

from karat.cli.bar import bar
from karat.cli.dataset_found import Title
from karat.cli.options import AsJson, Home, LakeUrl
from karat.cli.output import answer, proof, size
from karat.cli.teaching import teaching
from karat.cli.workplace import workplace

NAME = "verify"
EPILOG = teaching(
    "karat dataset verify demo@1.0.0",
    done="every byte is as it was proved",
    fail="refused: a partition is not proved any more",
    broken="bytes were changed or are gone, there is no such version, or wrong use",
)


def command(
    dataset: Title,
    *,
    lake: LakeUrl = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Open a training dataset, verify each verdict in it, and hash every byte and column of it."""
    from karat.dataset import open as open_dataset

    opened = open_dataset(workplace(lake, None, home).lake, dataset)
    count, total = len(opened.partitions), 0
    with bar() as progress:
        for at, entry in enumerate(opened.verify(), start=1):
            total += entry.size
            progress("verify", at, count, entry.partition)
    waived = opened.manifest.waived
    body = {
        "dataset": dataset,
        "partitions": opened.partitions,
        "waived": waived,
        "bytes": total,
        "commit": opened.commit,
    }

    def draw(console: Console) -> None:
        known = proof(count, waived) if waived else "all as proved"
        console.print(f"[green]{dataset}[/]: {count} partitions, {size(total)}, {known}")

    answer(body, draw, as_json=as_json)
