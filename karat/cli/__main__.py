"""`python -m karat.cli`: the command `karat`, of this very Python."""

from karat.cli.entry import run

if __name__ == "__main__":
    run()
