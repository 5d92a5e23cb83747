"""Takes digests by key; gives one root, what changed, and states merged path by path."""

from karat.tree.folding import Memo, fold
from karat.tree.merkle import Difference, Tree, build
from karat.tree.node import Key

__all__ = ["Difference", "Key", "Memo", "Tree", "build", "fold"]
