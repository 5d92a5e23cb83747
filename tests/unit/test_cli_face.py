"""What a person sees: help that teaches, bars that go away, one message for an error."""

import io
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console

from karat.cli import entry, main
from karat.cli.bar import bar
from karat.cli.group import Commands
from karat.cli.output import coloured, size

Karat = Callable[..., Any]
COMMANDS = [
    *(
        [name]
        for name in ("demo", "simulate", "ingest", "rebuild", "validate", "publish", "compare")
    ),
    *(["dataset", name] for name in ("cut", "verify", "ls")),
    ["doctor"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_help_teaches(karat: Karat, words: list[str]) -> None:
    answer = karat(*words, "--help")
    assert answer.code == 0
    assert f"$ karat {' '.join(words)}" in answer.out
    assert "Exit codes" in answer.out
    assert "130" in answer.out
    assert "--json" in answer.out


def test_help_shows_the_flow_in_order(karat: Karat) -> None:
    out = karat("--help").out
    places = [out.index(f"│ {words[0]} ") for words in COMMANDS]
    assert places == sorted(places)
    assert "ingest → rebuild → validate → publish → dataset cut" in out


def test_version(karat: Karat) -> None:
    assert karat("--version").out.startswith("karat ")


def test_wrong_use_is_exit_2(karat: Karat) -> None:
    answer = karat("rebuilt")
    assert answer.code == 2
    assert "rebuilt" in answer.err


def test_the_command_line_is_light() -> None:
    heavy = "{'numba', 'scipy', 'dagster', 'pandas', 'pyarrow', 'numpy', 'pydantic'}"
    code = f"import karat.cli.main, sys; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


LOADING = """
class Stopped:
    def find_spec(name, path=None, target=None):
        if name == "karat.cli.main":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Stopped)
"""
READING = """
import typer.core
def stopped(*words, **more):
    raise KeyboardInterrupt
typer.core.TyperGroup.parse_args = stopped
"""


@pytest.mark.parametrize("moment", [LOADING, READING])
def test_who_stops_it_before_it_began_is_told(moment: str) -> None:
    code = f"import sys\n{moment}\nfrom karat.cli.entry import run\nrun()"
    done = subprocess.run(
        [sys.executable, "-c", code, "ls"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "interrupted; run it again to go on\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_letter_that_the_terminal_lacks_costs_no_answer(encoding: str, tmp_path: Path) -> None:
    """Also a file name that is no text: the message is told, not how telling it went wrong."""
    code = "from karat.cli.entry import run; run()"
    env = {"PYTHONIOENCODING": encoding, "KARAT_HOME": str(tmp_path), "COLUMNS": "100"}
    for words, shown in ((["--help"], "→"), (["compare", "dätö→\udcff", "x"], "ä")):
        done = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, check=False, env=env
        )
        told = (done.stdout + done.stderr).decode(encoding)
        assert done.returncode == (2 if words[1:] else 0), told
        assert "Traceback" not in told
        escaped = shown.encode(encoding, "backslashreplace").decode(encoding)
        assert escaped in told
        assert "no such file or folder" in told or words == ["--help"]


def test_a_bar_only_where_somebody_watches() -> None:
    seen, unseen = io.StringIO(), io.StringIO()
    for text, terminal in ((seen, True), (unseen, False)):
        with bar(Console(file=text, force_terminal=terminal, width=80)) as progress:
            progress("ingest", 1, 4, "a/2024-01-01")
            progress("ingest", 2, 4, "a/2024-01-02")
            progress("rebuild", 1, 0, "a/2024-01-01")
    assert "2/4" in seen.getvalue()
    assert "rebuild" in seen.getvalue()
    assert unseen.getvalue() == ""


def test_a_bar_tells_the_pace_and_begins_anew_with_each_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr("karat.cli.bar.elapsed_s", lambda: now[0])
    seen = io.StringIO()
    with bar(Console(file=seen, force_terminal=True, width=150)) as progress:
        for file, seconds in (("a", 100.0), ("b", 1.0)):
            for done in (1, 2, 3):
                progress("rows", done * 1000, 4000, file, rows=done * 1_000_000)
                now[0] += seconds
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.getvalue())
    assert "1.0 M rows/s b" in text
    assert "3000/4000" in text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (10**16, "10000.0 TB")]
)
def test_sizes(count: int, text: str) -> None:
    assert size(count) == text


def test_colours() -> None:
    assert coloured("FAIL") == "[bold red]FAIL[/]"
    assert coloured("odd") == "[default]odd[/]"


def test_demo_is_a_process_with_its_own_exit_code(
    karat: Karat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/words\nexit 3\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    assert karat("demo", "--home", tmp_path / "h", "--json").code == 3
    words = (tmp_path / "words").read_text().split()
    assert words == ["-m", "karat.jobs.demo", "--home", str(tmp_path / "h"), "--json"]
    python.write_text("#!/bin/sh\nkill -9 $$\n")
    assert karat("demo").code == 137


def program(action: Callable[[], None]) -> typer.Typer:
    made = typer.Typer(cls=Commands, pretty_exceptions_enable=False)
    made.command("go")(action)
    made.command("stay")(lambda: None)
    return made


def stop() -> None:
    raise KeyboardInterrupt


def break_down() -> None:
    raise ZeroDivisionError("nobody foresaw this")


@pytest.mark.parametrize(
    ("action", "code", "said"),
    [(stop, 130, "interrupted; run it again to go on"), (break_down, 2, "Traceback")],
)
def test_the_way_out(
    *,
    action: Callable[[], None],
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(main, "app", program(action))
    monkeypatch.setattr(sys, "argv", ["karat", "go"])
    with pytest.raises(SystemExit) as left:
        entry.run()
    assert left.value.code == code
    assert said in capsys.readouterr().err
