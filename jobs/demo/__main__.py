"""`python -m karat.jobs.demo`: play the demo; exit 0 when every step came out as it must."""

from pathlib import Path
from typing import Annotated

import typer

from karat.cli.output import complain
from karat.cli.settings import Settings, absolute
from karat.errors import KaratError
from karat.jobs.demo.home import cleared
from karat.jobs.demo.stage import Stage
from karat.jobs.demo.story import play


def main(
    home: Annotated[Path | None, typer.Option(help="Where everything it makes lies.")] = None,
    lake: Annotated[str | None, typer.Option(help="Where its lake lies.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Simulate a market, prove it, publish it, spoil a day, and show that nothing gets through."""
    try:
        known = Settings.from_environment()
        settings = cleared((home or known.home).absolute(), _named(lake, known))
        with Stage(settings, quiet=as_json) as stage:
            play(stage)
            stage.finish()
    except KaratError as error:
        complain(type(error).__name__ if as_json else "error:", str(error), as_json=as_json)
        raise typer.Exit(2) from error
    raise typer.Exit(0 if stage.as_it_must else 1)


def _named(lake: str | None, known: Settings) -> str | None:
    """Return the URL of the lake that somebody named; None for the one at home."""
    if lake:
        return absolute(lake)
    return None if known.lake == (known.home / "lake").as_uri() else known.lake


if __name__ == "__main__":
    typer.run(main)
