"""Takes what is recorded and a key; gives signed statements, and tells which may be believed.

Statements are in-toto v1, in DSSE envelopes, signed with ed25519: other tools can read them.
"""

from karat.signing.in_toto import may_speak_of, read_statement, speaks_of, statement
from karat.signing.key_files import KeyFiles
from karat.signing.keyring import Keyring
from karat.signing.records import read_record
from karat.signing.trust import Trust

__all__ = [
    "KeyFiles",
    "Keyring",
    "Trust",
    "may_speak_of",
    "read_record",
    "read_statement",
    "speaks_of",
    "statement",
]
