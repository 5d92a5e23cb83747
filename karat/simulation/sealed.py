"""Where a fault is, in a file of its own that is opened only when all is judged."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from karat.digest import digest
from karat.errors import CorruptError, LakeUnusable, ObjectNotFound
from karat.simulation import whole

DOMAIN = "fault-place/1"


@dataclass(frozen=True, slots=True)
class Place:
    """Which depth messages a fault touched: `count` of them, at `lines` of the first file.

    `first_update_id` is the first id of the first message, `last_update_id` the last id of the
    last one; `partition` is whose file it is, empty where nobody said.
    """

    kind: str
    first_line: int
    last_line: int
    first_update_id: int
    last_update_id: int
    count: int
    lines: tuple[int, ...]
    partition: str = ""


def seal(path: Path, place: Place) -> Path:
    """Write `place` and its digest to `path`, whole or not at all, and return the path.

    `LakeUnusable` where the file cannot be written.
    """
    facts = asdict(place)
    text = json.dumps({"place": facts, "digest": _digest(facts)}, indent=1)
    return whole.put(path, lambda at: at.write_text(text + "\n", encoding="utf-8"))


def unseal(path: Path) -> Place:
    """Return the place sealed in `path`.

    `ObjectNotFound` for no file, `LakeUnusable` for one that cannot be read, `CorruptError` for
    one that is not as it was sealed.
    """
    try:
        sealed = json.loads(path.read_text(encoding="utf-8"))
        facts, name = sealed["place"], sealed["digest"]
    except FileNotFoundError as error:
        raise ObjectNotFound(f"no sealed place at {path}: seal one first") from error
    except OSError as error:
        raise LakeUnusable(f"cannot read {path}: {error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptError(f"{path} is no sealed place: seal it again") from error
    if name != _digest(facts):
        raise CorruptError(f"{path} was changed after it was sealed: seal it again")
    return Place(**{**facts, "lines": tuple(facts["lines"])})


def _digest(facts: dict[str, Any]) -> str:
    return digest(DOMAIN, json.dumps(facts, sort_keys=True))
