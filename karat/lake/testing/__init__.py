"""Takes a lake; gives the proof that it keeps every rule of `karat.lake.protocol`.

Have a fixture ``lake`` that gives a new, empty lake, and let pytest collect a subclass::

    class TestMyLake(LakeContract): ...
"""

from karat.lake.testing.files import FileRules
from karat.lake.testing.history import HistoryRules
from karat.lake.testing.merges import MergeRules
from karat.lake.testing.names import NameRules
from karat.lake.testing.refs import RefRules
from karat.lake.testing.sessions import SessionRules

__all__ = ["LakeContract"]


class LakeContract(NameRules, RefRules, SessionRules, FileRules, MergeRules, HistoryRules):
    """All rules and errors, as cases for pytest."""
