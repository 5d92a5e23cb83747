"""Takes the words of a shell; gives the stages of the flow, their answers and an exit code."""
