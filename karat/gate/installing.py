"""Have lakeFS ask the gate: its action file goes to main, with a signed note that it is ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from secrets import token_hex

from karat.digest import bytes_digest
from karat.errors import InputError, KaratError
from karat.gate.action import FILE, NOTE, allowed, digest_of, signed
from karat.gate.payload import HEADER, HOOK
from karat.lake import CommitId, Lake
from karat.lake.layout import MAIN

VARIABLE = "LAKEFSACTION_KARAT_GATE_TOKEN"
"""The variable in lakeFS's own environment that holds the secret; it stands in no file."""
MESSAGE = "Have merges into main ask the gate"
Put = Callable[[str, Mapping[str, bytes], str], object]
"""Commits files to a branch, whatever their paths: branch, files, message."""

WEBHOOK = """\
name: gate-main
description: Ask karat whether main may go to a merge. Written by karat gate install.
on:
  pre-merge:
    branches: ["main"]
hooks:
  - id: verdict
    type: webhook
    description: Refuses what has no PASS; the reasons are in the run's log.
    properties:
      url: "{url}"
      timeout: {timeout_s}s
      headers:
        {header}: "{{{{ ENV.{variable} }}}}"
"""


def webhook(url: str, *, timeout_s: int = 60) -> bytes:
    """Return the action file that asks the service at `url`; InputError for no such address.

    >>> b"/hooks/pre-merge" in webhook("https://gate.example.com")
    True
    """
    base = url.rstrip("/")
    plain = base.isascii() and base.isprintable() and not set(base) & set("\"\\'{}# ?")
    if not base.startswith(("http://", "https://")) or not plain or timeout_s < 1:
        raise InputError(f"{url!r}: write where lakeFS reaches the gate, as https://host:port")
    text = WEBHOOK.format(url=base + HOOK, timeout_s=timeout_s, header=HEADER, variable=VARIABLE)
    return text.encode()


def installed(lake: Lake) -> str | None:
    """Return the SHA-256 of the action on main that a believed key signed, or None."""
    head = lake.head(MAIN)
    with suppress(KaratError):
        if not allowed(lake, head, FILE):
            return digest_of(lake, head)
    return None


def install(lake: Lake, put: Put, action: bytes, *, who: str) -> CommitId:
    """Merge an action file into main, and return main's head; nothing happens when it is there.

    `put` commits to a branch what a lake refuses to write. lakeFS asks the gate about this very
    merge: GateRefused when the service is not reached, or does not believe the key that signs.
    """
    if not who.strip():
        raise InputError("the gate is installed by someone: say who")
    head = lake.head(MAIN)
    if installed(lake) == bytes_digest(action):
        return head
    branch = f"gate-{token_hex(8)}"
    lake.create_branch(branch, head)
    try:
        put(branch, {FILE: action, NOTE: signed(lake, bytes_digest(action), who)}, MESSAGE)
        return lake.merge(branch, MAIN, message=MESSAGE, expected_head=head)
    finally:
        lake.delete_branch(branch)
