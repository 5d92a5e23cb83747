"""Who runs a command, where it asks for somebody who answers for it."""

from __future__ import annotations

import getpass

from karat.errors import InputError


def user_name() -> str:
    """Return the name of the system's user; InputError where it has none, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise InputError("this user has no name: say --who answers for it") from error
