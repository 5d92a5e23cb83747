"""The end of every help page: examples, and what the exit code says."""

from __future__ import annotations

import inspect

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
    steps = "\n".join(f"  [cyan]$ {example}[/]" for example in examples)
    codes = "\n".join(f"  [bold]{code:>3}[/]  {told[code]}" for code in shown)
    return f"[bold]Examples[/]\n{steps}\n\n[bold]Exit codes[/]\n{codes}"


def flowing(docstring: str | None) -> str:
    r"""Return a docstring with one line a paragraph, for a terminal of any width.

    >>> flowing("Do this.\n\n    And\n    that.")
    'Do this.\n\nAnd that.'
    """
    paragraphs = inspect.cleandoc(docstring or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _usual(code: Exit) -> bool:
    return code in {Exit.DONE, Exit.BROKEN, Exit.INTERRUPTED}
