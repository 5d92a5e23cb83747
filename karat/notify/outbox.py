"""Incidents and letters that are still to be sent, in one file that processes share.

Telling only writes here, so it waits for no receiver; what is not delivered stays.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from karat.errors import UnavailableError
from karat.notify.incident import Incident, Letter

WAIT_S = 10
TAKEN_S = 60
"""For so long a letter belongs to who has taken it to send it."""
FIRST_PAUSE_S, MOST_PAUSE_S = 5, 300
TABLES = """
CREATE TABLE IF NOT EXISTS incident (
  key TEXT PRIMARY KEY, sort TEXT, dataset TEXT, body TEXT, began_s INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS told (
  key TEXT, receiver TEXT, PRIMARY KEY (key, receiver)) STRICT;
CREATE TABLE IF NOT EXISTS letter (
  number INTEGER PRIMARY KEY, id TEXT, receiver TEXT, body TEXT, over INTEGER, began_s INTEGER,
  at_s INTEGER, due_s INTEGER, tries INTEGER DEFAULT 0, UNIQUE (id, receiver)) STRICT;
"""


class Outbox:
    """The file at `path`, made when missing; UnavailableError when it cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def tell(
        self,
        incidents: Iterable[Incident],
        *,
        dataset: str,
        sorts: Collection[str],
        receivers: Collection[str],
        at_s: int,
    ) -> list[Letter]:
        """Take `incidents` for all there are of these sorts in a dataset; return what is new.

        A letter to each of `receivers` (their names) is written for each that it was not told of
        yet, and to all that were told of one, whoever is named now, when it is there no more.
        """
        now = {one.key: one for one in incidents}
        with self._open() as base:
            known = _known(base, dataset, sorts)
            begun = [Letter(one, False, at_s, at_s) for k, one in now.items() if k not in known]  # noqa: FBT003 - as it is named
            over = [Letter(one, True, began, at_s) for key, (one, began) in known.items()  # noqa: FBT003
                    if key not in now]  # fmt: skip
            lasting = [Letter(now[key], False, began, at_s) for key, (_, began) in known.items()  # noqa: FBT003
                       if key in now]  # fmt: skip
            for letter in begun:
                one = letter.incident
                row = (one.key, one.sort, one.dataset, one.encode(), letter.began_s)
                base.execute("INSERT INTO incident VALUES (?, ?, ?, ?, ?)", row)
            for letter in (*begun, *lasting):
                key = letter.incident.key
                _write(base, letter, [one for one in receivers if one not in _told(base, key)])
            for letter in over:
                _write(base, letter, _told(base, letter.incident.key))
                _forget(base, letter.incident.key)
        return [*begun, *over]

    def incidents(self) -> list[tuple[Incident, int]]:
        """Return what is wrong as far as is known here, each with when it was found."""
        with self._open() as base:
            rows = base.execute("SELECT body, began_s FROM incident ORDER BY key").fetchall()
        return [(Incident.decode(body), began) for body, began in rows]

    def take(self, receiver: str, at_s: int) -> Letter | None:
        """Return the oldest letter to a receiver, None when there is none or it is not due.

        It belongs to the caller for `TAKEN_S`, who says `sent` or `failed`. The younger ones wait
        for it, so that nobody hears of an end before its beginning.
        """
        with self._open() as base:
            row = base.execute(
                "SELECT number, body, over, began_s, at_s, due_s FROM letter WHERE receiver = ? "
                "ORDER BY number LIMIT 1",
                (receiver,),
            ).fetchone()
            if row is None or row[5] > at_s:
                return None
            base.execute("UPDATE letter SET due_s = ? WHERE number = ?", (at_s + TAKEN_S, row[0]))
        return Letter(Incident.decode(row[1]), bool(row[2]), row[3], row[4])

    def sent(self, receiver: str, letter: Letter) -> None:
        """Forget a letter that came through."""
        with self._open() as base:
            where = (letter.id, receiver)
            base.execute("DELETE FROM letter WHERE id = ? AND receiver = ?", where)

    def failed(self, receiver: str, letter: Letter, at_s: int) -> int:
        """Keep a letter that did not come through; return when it is tried again."""
        with self._open() as base:
            where = (letter.id, receiver)
            (tries,) = base.execute(
                "UPDATE letter SET tries = tries + 1 WHERE id = ? AND receiver = ? RETURNING tries",
                where,
            ).fetchone() or (1,)
            due_s = at_s + min(FIRST_PAUSE_S * 2 ** min(tries - 1, 10), MOST_PAUSE_S)
            base.execute(
                "UPDATE letter SET due_s = ? WHERE id = ? AND receiver = ?", (due_s, *where)
            )
        return int(due_s)

    def waiting(self, receiver: str) -> int:
        """Return how many letters to a receiver are not delivered."""
        with self._open() as base:
            row = base.execute("SELECT count(*) FROM letter WHERE receiver = ?", (receiver,))
            return int(row.fetchone()[0])

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Yield the file within one transaction."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, WAIT_S, isolation_level=None)) as base:
                base.executescript(TABLES)
                base.execute("BEGIN IMMEDIATE")
                yield base
                base.execute("COMMIT")
        except (OSError, sqlite3.Error) as error:
            raise UnavailableError(f"notices: {self.path} cannot be used: {error}") from error


def _known(
    base: sqlite3.Connection, dataset: str, sorts: Collection[str]
) -> dict[str, tuple[Incident, int]]:
    marks = ",".join("?" * len(sorts))
    rows = base.execute(
        "SELECT key, body, began_s FROM incident "  # noqa: S608 - marks only
        f"WHERE dataset = ? AND sort IN ({marks}) ORDER BY key",
        (dataset, *sorts),
    )
    return {key: (Incident.decode(body), began) for key, body, began in rows}


def _told(base: sqlite3.Connection, key: str) -> list[str]:
    """Return who was told that an incident began."""
    rows = base.execute("SELECT receiver FROM told WHERE key = ? ORDER BY receiver", (key,))
    return [receiver for (receiver,) in rows]


def _write(base: sqlite3.Connection, letter: Letter, receivers: Collection[str]) -> None:
    one = letter.incident
    body = (one.encode(), letter.over, letter.began_s, letter.at_s, letter.at_s)
    for receiver in receivers:
        base.execute("INSERT OR IGNORE INTO told VALUES (?, ?)", (one.key, receiver))
        base.execute(
            "INSERT OR IGNORE INTO letter (id, receiver, body, over, began_s, at_s, due_s) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (letter.id, receiver, *body),
        )


def _forget(base: sqlite3.Connection, key: str) -> None:
    base.execute("DELETE FROM incident WHERE key = ?", (key,))
    base.execute("DELETE FROM told WHERE key = ?", (key,))
