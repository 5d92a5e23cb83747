"""`karat notify`: who is told when something is wrong, and again when it is over."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from karat.cli.exits import Exit
from karat.cli.group import Commands
from karat.cli.options import AsJson, ContractFile, Home, LakeUrl
from karat.cli.output import answer
from karat.cli.settings import notify_urls
from karat.cli.teaching import flowing, teaching
from karat.cli.workplace import workplace
from karat.errors import InputError, UnavailableError

TEST = teaching(
    "export KARAT_NOTIFY_URL=https://example.org/hook",
    "karat notify test",
    done="every receiver took it",
)
SEND = teaching(
    "karat notify send",
    "karat notify send --audit --json",
    done="all that was to be told is delivered",
    fail="a receiver could not be reached: what it was to be told is kept, run this again",
)
NOBODY = (
    "nobody is to be told: set KARAT_NOTIFY_URL to https://…, slack+https://… or "
    "smtp://host/?from=…&to=…, with spaces between several"
)


def send_test(*, as_json: AsJson = False) -> None:
    """Send a letter to every receiver that KARAT_NOTIFY_URL names, to see that it arrives."""
    from karat.notify import Incident, Letter, receivers
    from karat.telemetry import now_s

    known, now = receivers(notify_urls()), now_s()
    if not known:
        raise InputError(NOBODY)
    letter = Letter(Incident("test", "karat", "", "a test: nothing is wrong"), False, now, now)  # noqa: FBT003 - as it is named
    trouble: dict[str, str] = {}
    for one in known:
        try:
            one.send(letter)
        except UnavailableError as error:
            trouble[one.name] = str(error)
    body: dict[str, Any] = {"receivers": [one.name for one in known], "trouble": trouble}

    def draw(console: Console) -> None:
        for name in body["receivers"]:
            told = trouble.get(name)
            console.print(
                f"[bold red]failed[/] {escape(told)}" if told else f"[green]told[/] {name}"
            )

    answer(body, draw, as_json=as_json, code=Exit.BROKEN if trouble else Exit.DONE)


def send(
    *,
    audit: Annotated[
        bool, typer.Option("--audit", help="Look at every commit of main too: `karat audit`.")
    ] = False,
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Look what is wrong now, and tell of what is new or over.

    Told is once of each: failures, breakers that stop, captures that are overdue, and with --audit
    commits that nobody proved. The same is kept beside the lake, so that nothing is told twice
    after a restart and nothing is lost while a receiver is down. In Dagster, the sensor `degraded`
    does this; elsewhere run it every minute.
    """
    from karat.notify import Outbox, audited, deliver, receivers, standing
    from karat.notify.wrong_now import SORTS
    from karat.telemetry import now_s

    place, known = workplace(lake, contract, home), receivers(notify_urls())
    dataset, names = place.contract.dataset, [one.name for one in known]
    outbox = Outbox(place.notices)
    told = {"dataset": dataset, "receivers": names, "at_s": now_s()}
    new = outbox.tell(standing(place.lake, place.contract), sorts=SORTS, **told)  # type: ignore[arg-type]
    if audit:
        from karat.gate.auditing import audit as look

        unproved = look(place.lake, [place.contract], store=place.store).unproved
        found = audited(dataset, {one.commit: one.reasons for one in unproved})
        new += outbox.tell(found, sorts=("audit",), **told)  # type: ignore[arg-type]
    done = deliver(outbox, known)
    body: dict[str, Any] = {
        "wrong": [one.key for one, _ in outbox.incidents()],
        "new": [letter.plain() for letter in new],
        "sent": done.sent,
        "waiting": done.waiting,
        "trouble": done.trouble,
    }
    code = Exit.FAIL if done.trouble else Exit.DONE
    answer(body, lambda console: _draw(console, body, names), as_json=as_json, code=code)


def add_to(app: typer.Typer) -> None:
    """Add `karat notify` and its commands to `app`."""
    group = typer.Typer(
        cls=Commands,
        no_args_is_help=True,
        rich_markup_mode="rich",
        help="Tell people when something is wrong, and again when it is over.",
    )
    group.command("test", help=flowing(send_test.__doc__), epilog=TEST)(send_test)
    group.command(help=flowing(send.__doc__), epilog=SEND)(send)
    app.add_typer(group, name="notify")


def _draw(console: Console, body: dict[str, Any], names: list[str]) -> None:
    for letter in body["new"]:
        state = "[green]over[/]" if letter["event"] == "resolved" else "[bold red]new[/]"
        where = "/".join(part for part in (letter["dataset"], letter["instrument"]) if part)
        said = f"{letter['sort']} {where}: {letter['summary']}"
        console.print(f"{state}  {escape(said)}", soft_wrap=True)
    for told in body["trouble"].values():
        console.print(f"[bold red]not delivered[/] {escape(told)}", soft_wrap=True)
    console.print(f"{len(body['wrong'])} wrong now; {body['sent']} sent, {body['waiting']} waiting")
    if not names:
        console.print(f"[dim]{NOBODY}[/]", soft_wrap=True)
