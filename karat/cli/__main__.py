"""`python -m karat.cli`: the command `karat`, of this very Python."""

from karat.cli.main import run

if __name__ == "__main__":
    run()
