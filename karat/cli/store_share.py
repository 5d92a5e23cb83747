"""`karat store share`: what this machine computed, for the others that use the lake."""

from __future__ import annotations

from dataclasses import asdict

from rich.console import Console

from karat.cli.bar import bar
from karat.cli.options import AsJson, Home, LakeUrl
from karat.cli.output import answer, size
from karat.cli.workplace import workplace


def share(*, lake: LakeUrl = None, home: Home = None, as_json: AsJson = False) -> None:
    """Put the states of this machine's store into the lake, for others to find.

    They lie in signed packs on the branch states, which holds nothing else. Whoever works on the
    lake finds there what their own store has not got, reads no data for it, and keeps a copy. What
    a key signed that is not trusted, or was revoked, is not used. What is there is not sent again.
    """
    from karat.flow.sharing import share as do_share

    place = workplace(lake, None, home)
    with bar() as progress:
        sent = do_share(place.disk_store, place.lake, progress)

    def draw(console: Console) -> None:
        console.print(
            f"shared {sent.entries:,} entries, {size(sent.data_bytes)}; "
            f"{sent.known:,} were in the lake already"
        )

    answer(asdict(sent), draw, as_json=as_json)
