"""`karat gate install`: have lakeFS ask before it merges into main."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from karat.cli.contract_files import ContractFiles, contracts_in
from karat.cli.options import AsJson, Home, LakeUrl
from karat.cli.output import answer, short
from karat.cli.server_key import access_to
from karat.cli.teaching import teaching
from karat.cli.user import user_name
from karat.cli.workplace import workplace
from karat.errors import InputError

NAME = "install"
EPILOG = teaching(
    "karat gate install --lake lakefs://lakefs.example.com/market-data \\\n"
    "    --url https://gate.internal:8390",
    "karat gate install --url http://127.0.0.1:8390 --timeout 20",
    "karat gate install --lua --contract book.yaml",
    done="main holds the action, and lakeFS asked the gate about it",
    fail="lakeFS did not reach the gate, or the gate refused",
)


def command(
    *,
    url: Annotated[
        str | None, typer.Option("--url", help="Where lakeFS reaches karat gate serve.")
    ] = None,
    lua: Annotated[
        bool,
        typer.Option(
            "--lua", help="No service: a script in lakeFS looks at digests and structure."
        ),
    ] = False,
    contract: ContractFiles = None,
    timeout: Annotated[
        int, typer.Option("--timeout", min=1, max=600, help="Seconds that lakeFS waits.")
    ] = 60,
    who: Annotated[
        str | None, typer.Option("--who", help="Who installs it. Default: your user name.")
    ] = None,
    lake: LakeUrl = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Merge the action file into main that has lakeFS ask the gate before each merge into main.

    First run karat gate serve, and give lakeFS the same secret in its own environment as
    LAKEFSACTION_KARAT_GATE_TOKEN. lakeFS asks about this very merge, so that a gate that does not
    answer is not installed. A note that your key signs says that the action is karat's own.
    Branches that were made before have no action: make them anew.

    With --lua there is no service: a script in the action looks whether each changed partition has
    a PASS on record under the contract as it is now. Signatures, bytes, waivers and carried books
    it leaves to every consumer. Install it again when a contract changes.
    """
    from karat.gate.installing import install, webhook
    from karat.gate.lua import lua_action

    if (url is None) is not lua:
        raise InputError("say --url of karat gate serve, or --lua, and not both")
    place = workplace(lake, None, home)
    if url is None:
        action = lua_action(contracts_in(place, contract))
    else:
        action = webhook(url, timeout_s=timeout)
    access = access_to(place.url)
    if access is None:
        raise InputError(f"{place.url} has no hooks: karat's own gate stands in karat publish")

    def put(branch: str, files: Mapping[str, bytes], message: str) -> None:
        from karat.lake.lakefs_actions import commit_reserved

        commit_reserved(place.url, access, branch, files, message)

    before = place.lake.head("main")
    commit = install(place.lake, put, action, who=who or user_name())
    told = "it was there already" if commit == before else f"main is at {short(commit)}"
    body = {"commit": commit, "changed": commit != before, "url": url, "lua": lua}
    answer(body, lambda console: console.print(f"installed: {told}"), as_json=as_json)
