"""The end of every help page: examples, and what the exit code says."""

from __future__ import annotations

from karat.cli.exits import Exit

_MEANING = {
    Exit.DONE: "done",
    Exit.FAIL: "FAIL",
    Exit.BROKEN: "wrong use, bad input, or the machine is in the way",
    Exit.INCONCLUSIVE: "INCONCLUSIVE",
    Exit.INTERRUPTED: "interrupted; run it again to go on",
}


def teaching(*examples: str, **meaning: str) -> str:
    """Return the epilog of a command's help; `meaning` says more of an exit, by its name.

    >>> "karat doctor" in teaching("karat doctor")
    True
    """
    told = _MEANING | {Exit[name.upper()]: text for name, text in meaning.items()}
    shown = [
        code for code in Exit if code in told and (code.name.lower() in meaning or _usual(code))
    ]
    examples_text = "\n\n".join(f"  [cyan]$ {example}[/]" for example in examples)
    codes = "\n\n".join(f"  [bold]{code:>3}[/]  {told[code]}" for code in shown)
    return f"[bold]Examples[/]\n\n{examples_text}\n\n[bold]Exit codes[/]\n\n{codes}"


def _usual(code: Exit) -> bool:
    return code in {Exit.DONE, Exit.BROKEN, Exit.INTERRUPTED}
