"""Takes what changed in the lake; gives the runs it asks for."""
