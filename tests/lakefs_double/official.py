"""Run lakeFS's own tests of its Python client against the double.

    git clone --depth 1 --branch v1.84.0 https://github.com/treeverse/lakeFS
    python -m tests.lakefs_double.official lakeFS

They are not on the package index and nothing of them is kept here. They need pytest-datafiles,
PyYAML and pandas beside the SDK. With ``--presign`` the server offers bytes by URL.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.lakefs_double.server import serving
from tests.lakefs_double.state import Server

TESTS = "clients/python-wrapper"


def run(checkout: Path, options: list[str], *, presign: bool) -> int:
    """Run the tests of a checkout and return pytest's exit status."""
    command = [sys.executable, "-m", "pytest", "tests/integration", *options]
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Server(folder=Path(folder), presign=presign)) as double,
    ):
        settings = {
            "LAKECTL_SERVER_ENDPOINT_URL": double.url,
            "LAKECTL_CREDENTIALS_ACCESS_KEY_ID": double.state.key_id,
            "LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY": double.state.secret,
            "STORAGE_NAMESPACE": "local://tests",
        }
        environment = {**os.environ, **settings}
        done = subprocess.run(command, cwd=checkout / TESTS, env=environment, check=False)
        return done.returncode


def main() -> int:
    """Return the exit status; the first argument is the checkout, the rest is for pytest."""
    words = [word for word in sys.argv[1:] if word != "--presign"]
    if not words or not (Path(words[0]) / TESTS).is_dir():
        sys.stderr.write(f"usage: {sys.argv[0]} CHECKOUT [--presign] [options of pytest]\n")
        return 2
    return run(Path(words[0]), words[1:], presign="--presign" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
