"""A lakeFS repository made a lake: main and ledger stand, and nobody writes to them directly."""

from __future__ import annotations

from lakefs_sdk import BranchProtectionRule, RepositoryCreation

from karat.errors import InputError, KaratError, RefExists, RefNotFound, RepositoryNotFound
from karat.lake.lakefs_calls import Calls
from karat.lake.lakefs_failures import CONFLICT, WRONG, message, status
from karat.lake.lakefs_refs import Refs
from karat.lake.layout import LEDGER, MAIN


def founded(calls: Calls, refs: Refs, namespace: str | None, *, create: bool) -> None:
    """Make what is missing of a lake, or say so: RepositoryNotFound.

    A repository of others becomes a lake, with what is on its main, when its ledger is made.
    """
    _repository(calls, namespace, create=create)
    try:
        refs.head(MAIN)
    except RefNotFound:
        where = f"repository {calls.repository!r} at {calls.server}"
        raise RepositoryNotFound(
            f"{where} has no branch {MAIN!r}: make one, or name another"
        ) from None
    try:
        refs.head(LEDGER)
    except RefNotFound:
        if not create:
            where = f"repository {calls.repository!r} at {calls.server}"
            raise RepositoryNotFound(
                f"{where} is no lake yet: open it to be written once"
            ) from None
        _make_ledger(calls, refs)


def _repository(calls: Calls, namespace: str | None, *, create: bool) -> None:
    api = calls.api.repositories_api
    missing = RepositoryNotFound(
        f"no repository {calls.repository!r} at {calls.server}: create it there, or name a "
        "storage namespace in KARAT_LAKEFS_NAMESPACE, and it is made"
    )
    try:
        calls.ask("find the repository", api.get_repository, calls.repository, missing=missing)
    except RepositoryNotFound:
        if not create or namespace is None:
            raise
        asked = RepositoryCreation(
            name=calls.repository, storage_namespace=namespace, default_branch=MAIN
        )
        calls.ask("make the repository", api.create_repository, asked, otherwise=_raced)


def _raced(error: BaseException) -> KaratError | None:
    if status(error) == CONFLICT:
        return RefExists("the repository was made meanwhile, or its storage namespace is in use")
    if status(error) == WRONG and "already in use" in message(error):
        return InputError(
            "the storage namespace is another repository's, or was: lakeFS takes each once; name "
            "another in KARAT_LAKEFS_NAMESPACE"
        )
    return None


def _make_ledger(calls: Calls, refs: Refs) -> None:
    """Start the ledger at the first commit of main, which has no files, and protect both."""
    first = refs.head(MAIN)
    for commit in refs.log(first, first_parent=True, amount=None):
        first = commit.id
    refs.create_branch(LEDGER, first, exist_ok=True, hidden=False)
    api, repository = calls.api.repositories_api, calls.repository
    rules = calls.ask("read protection rules", api.get_branch_protection_rules, repository)
    have = {rule.pattern for rule in rules}
    rules += [BranchProtectionRule(pattern=name) for name in (MAIN, LEDGER) if name not in have]
    calls.order("protect main and ledger", api.set_branch_protection_rules, repository, rules)
