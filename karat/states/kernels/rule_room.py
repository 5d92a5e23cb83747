"""How much one pass over rules has room for: known before the pass is compiled, or loaded."""

COLUMNS, FLAGS, OF_RULE = 8, 16, 3
"""Columns and flags of all rules together, and flags of one rule."""
