"""Takes karat and its rivals; gives speeds, printed only where both give the same answers."""
