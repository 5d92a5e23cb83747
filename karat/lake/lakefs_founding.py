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


def is_there(calls: Calls) -> bool:
    """Tell whether the server has the repository."""
    get, missing = calls.api.repositories_api.get_repository, RepositoryNotFound(calls.repository)
    try:
        calls.ask("find the repository", get, calls.repository, missing=missing)
    except RepositoryNotFound:
        return False
    return True


def _repository(calls: Calls, namespace: str | None, *, create: bool) -> None:
    api = calls.api.repositories_api
    missing = RepositoryNotFound(
        f"no repository {calls.repository!r} at {calls.server}: create it there, or name a "
        "storage namespace in KARAT_LAKEFS_NAMESPACE, and it is made"
    )
    if is_there(calls):
        return
    if not create or namespace is None:
        raise missing
    asked = RepositoryCreation(
        name=calls.repository, storage_namespace=namespace, default_branch=MAIN
    )
    try:
        calls.ask("make the repository", api.create_repository, asked, otherwise=_raced)
    except (RefExists, InputError):
        if not is_there(calls):  # by another who opens it, or by a call that was not answered
            raise


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
    """Protect main and ledger, and start the ledger at main's first commit, which has no files.

    The ledger comes last: where it stands, nothing is left to be done.
    """
    first = refs.head(MAIN)
    for commit in refs.log(first, first_parent=True, amount=None):
        first = commit.id
    api, repository = calls.api.repositories_api, calls.repository
    rules = calls.ask("read protection rules", api.get_branch_protection_rules, repository)
    have = {rule.pattern for rule in rules}
    rules += [BranchProtectionRule(pattern=name) for name in (MAIN, LEDGER) if name not in have]
    calls.order("protect main and ledger", api.set_branch_protection_rules, repository, rules)
    refs.create_branch(LEDGER, first, exist_ok=True, hidden=False)
