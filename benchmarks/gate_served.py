"""The gate's service over a lake that is made for it, in a process of its own.

``python -m benchmarks.gate_served FOLDER INSTRUMENTS DAYS ASKED`` prints one line of JSON, where it
listens and what to ask, and answers until SIGTERM. `whole` asks for all partitions at once, on top
of a main that holds none of them; then main takes all but ASKED, each of which `ones` asks for. The
bytes of `bare` come without a note.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.gated_lake import Gated, gated_lake
from karat.gate import Asked, Judge
from karat.gate.service import Service
from karat.gate.serving import serve
from karat.lake.layout import dataset_path
from karat.store import DiskStore, Tiered

TOKEN = "for a service that is asked from this machine alone"  # noqa: S105 - of a lake of nothing
PATIENCE_S = 600.0


def question(asked: Asked) -> dict[str, Any]:
    """Return what lakeFS posts of a merge."""
    return {
        "event_type": "pre-merge",
        "repository_id": "gated",
        "branch_id": "main",
        "source_ref": asked.source,
        "commit_id": asked.commit,
        "commit_metadata": dict(asked.metadata),
    }


def questions(gated: Gated, few: int) -> dict[str, Any]:
    """Return what to ask; main holds all but the partitions that are asked for one by one."""
    everything = gated.merge(*gated.partitions)
    step = max(1, len(gated.partitions) // few)
    alone = gated.partitions[step // 2 :: step]
    held = set(gated.partitions) - set(alone)
    if held:
        gated.publish(*sorted(held))
    one = alone[0]
    path = dataset_path("gated", one.instrument, one.date)
    without_note = Gated(gated.lake, gated.contract, (one,), {one: {path: gated.files[one][path]}})
    return {
        "whole": question(everything),
        "ones": [question(gated.merge(each)) for each in alone],
        "bare": question(without_note.merge(one)),
        "published": len(held),
    }


def main(folder: str, instruments: str, days: str, few: str) -> None:
    """Make the lake, say what to ask, and answer."""
    began = time.perf_counter()
    gated = gated_lake(Path(folder) / "lake", int(instruments), int(days))
    said = questions(gated, int(few))
    said["built_s"] = time.perf_counter() - began
    store = Tiered(DiskStore(Path(folder) / "store"))
    judge = Judge(gated.lake, [gated.contract], store=store)

    def told(url: str) -> None:
        sys.stdout.write(json.dumps(said | {"url": url}) + "\n")
        sys.stdout.flush()

    serve(Service(judge, TOKEN, patience_s=PATIENCE_S), "127.0.0.1", 0, told)


if __name__ == "__main__":
    main(*sys.argv[1:])
