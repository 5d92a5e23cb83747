"""Who is told of what an audit found: of each dataset, what is on main without a PASS now."""

from collections.abc import Mapping

from karat.gate.auditing import Audit
from karat.lake.rehashing import Rehashed
from karat.notify import Incident
from karat.notify.wrong_now import audited


def incidents(
    dataset: str, found: Audit, stands: Mapping[str, str], read: Rehashed
) -> list[Incident]:
    """Return the incident of a dataset, none where nothing of it `stands` and no file is damaged.

    `stands` is by ``dataset: what``; what was put right since is over.
    """
    own = {name: why for name, why in stands.items() if name.startswith(f"{dataset}: ")}
    unproved = {
        one.commit: {name: why for name, why in one.reasons.items() if f"{dataset}: {name}" in own}
        for one in found.unproved
    }
    return audited(dataset, {commit: why for commit, why in unproved.items() if why}, read.damaged)
