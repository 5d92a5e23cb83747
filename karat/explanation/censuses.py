"""Rows against golden captures, by hand: quotes by update id, trades by trade id."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import pyarrow as pa

from karat.contracts import Contract, PairedRule, TradesRule, chosen
from karat.explanation.choosing import cells, chosen_rows
from karat.explanation.worked import Worked

Row = tuple[Any, ...]
SHOWN = 5


def by_census(
    worked: Worked, contract: Contract, rule: PairedRule, table: pa.Table, quotes: Sequence[Row]
) -> None:
    """Hold each chosen row against the golden quote that stood then; `quotes` are id and fields.

    With ``each: quote`` it is the other way about: each golden quote against our row.
    """
    at = chosen_rows(worked, table, chosen(contract, rule.rows))
    columns = [cells(table, name) for name in (rule.id, *rule.fields)]
    ours = [tuple(c[n] or 0 for c in columns) for n in at]
    ids, golden_ids = [row[0] for row in ours], [quote[0] for quote in quotes]
    if rule.each == "row":
        asked = list(enumerate(ids))
    else:
        asked = [(bisect_right(ids, id_) - 1, id_) for id_ in golden_ids]
        asked = [(n, id_) for n, id_ in asked if n >= 0]
    met = [(n, bisect_right(golden_ids, id_) - 1, id_) for n, id_ in asked]
    met = [(n, quote, id_) for n, quote, id_ in met if quote >= 1]
    wrong = [(n, quote, id_) for n, quote, id_ in met if ours[n][1:] != quotes[quote][1:]]
    worked.say(
        f"{len(quotes):,} golden quotes; {len(asked):,} to compare, the first quote only opens",
        f"{len(met):,} compared, {len(met) - len(wrong):,} with every field equal",
    )
    since = _since([(i, *ours[n][1:]) for n, i in asked]), _since(quotes)
    place = {pair: k for k, pair in enumerate(asked)}
    blamed = 0
    for shown, (n, quote, id_) in enumerate(wrong):
        mine, theirs = since[0][place[n, id_]], since[1][quote]
        fields = [f for f in range(4) if ours[n][f + 1] != quotes[quote][f + 1]]
        rebuild = any(mine[f] <= theirs[f] for f in fields)
        blamed += rebuild
        if shown < SHOWN:
            told = "; ".join(
                f"{rule.fields[f]} {ours[n][f + 1]}, golden {quotes[quote][f + 1]}" for f in fields
            )
            who = "rebuild" if rebuild else "golden"
            worked.say(f"id {id_}: {told}; the older value is {who}'s")
    worked.say(f"the older value is ours in {blamed:,}, golden's in {len(wrong) - blamed:,}")
    worked.found(deltas=len(asked), compared=len(met), all_equal=len(met) - len(wrong))
    worked.found(rebuild_suspect=blamed, golden_suspect=len(wrong) - blamed)
    if wrong:
        worked.found(first_update_id=wrong[0][2])
    worked.show(table, [at[n] for n, _, _ in wrong])


def _since(rows: Sequence[Row]) -> list[list[Any]]:
    """Return for each row the id at which each field last changed."""
    found: list[list[Any]] = []
    for n, (id_, *fields) in enumerate(rows):
        before = rows[n - 1][1:] if n else ()
        kept = [bool(n) and before[f] == value for f, value in enumerate(fields)]
        found.append([found[-1][f] if kept[f] else id_ for f in range(len(fields))])
    return found


def by_trades(
    worked: Worked, contract: Contract, rule: TradesRule, table: pa.Table, golden: Sequence[Row]
) -> None:
    """Join our trades with golden ones on id; `golden` are id and fields, None where not told."""
    at = chosen_rows(worked, table, chosen(contract, rule.rows))
    columns = [cells(table, name) for name in (rule.id, *rule.fields)]
    ours = [tuple(c[n] for c in columns) for n in at]
    mine, theirs = _by_id(ours, golden), _by_id(golden, ours)
    pairs = [
        (id_, a, b)
        for id_ in sorted({*mine, *theirs})
        for a, b in zip_longest(mine.get(id_, []), theirs.get(id_, []))
    ]
    both = [(id_, a, b) for id_, a, b in pairs if a is not None and b is not None]
    differ = [(id_, a, b) for id_, a, b in both if not _same(a, b)]
    lacking = [(id_, a, b) for id_, a, b in pairs if a is None or b is None]
    worked.say(
        f"{len(ours):,} trades of ours, {len(golden):,} of golden, joined where both captured",
        f"{len(both):,} ids are on both sides, {len(both) - len(differ):,} of them equal",
    )
    for id_, a, b in [*differ, *lacking][:SHOWN]:
        worked.say(f"trade {id_}: ours {_told(rule, a)}; golden {_told(rule, b)}")
    lost = [(id_, a) for id_, a, b in lacking if a is None]
    worked.found(trades=len(ours), golden_trades=len(golden), trades_compared=len(pairs))
    worked.found(equal=len(both) - len(differ), differing=len(differ))
    worked.found(rebuild_missing=sum(id_ not in mine for id_, _ in lost))
    worked.found(golden_missing=sum(b is None and id_ not in theirs for id_, _, b in lacking))
    if differ or lacking:
        worked.found(first_trade_id=min(id_ for id_, _, _ in [*differ, *lacking]))
    ids = {id_ for id_, _, _ in [*differ, *lacking]}
    worked.show(table, [n for n, row in zip(at, ours, strict=True) if row[0] in ids])


def _by_id(rows: Sequence[Row], other: Sequence[Row]) -> dict[int, list[Row]]:
    """Return rows by id, of those ids that lie within the other side's."""
    ids = [row[0] for row in other]
    least, most = min(ids, default=1), max(ids, default=0)
    found: dict[int, list[Row]] = defaultdict(list)
    for id_, *fields in rows:
        if least <= id_ <= most:
            found[id_].append(tuple(fields))
    return dict(found)


def _same(ours: Row, golden: Row) -> bool:
    return all(b is None or a == b for a, b in zip(ours, golden, strict=True))


def _told(rule: TradesRule, row: Row | None) -> str:
    if row is None:
        return "has none"
    return ", ".join(f"{name} {value}" for name, value in zip(rule.fields, row, strict=True))
