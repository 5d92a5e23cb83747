"""Every command of the program: its help is whole, its examples parse, wrong words are named."""

import re
import shlex
from collections.abc import Callable, Iterator
from typing import Any

import click
import pytest
import typer

from karat.cli.main import app

Karat = Callable[..., Any]
SAYS_ITS_OWN = {("contract", "schema")}
"""What they print is a document already."""


def commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, one in group.commands.items():
        below = getattr(one, "commands", None)
        yield from commands(one, (*words, name)) if below else [((*words, name), one)]


EVERY = dict(commands(typer.main.get_command(app)))
GROUPS = sorted({words[0] for words in EVERY if len(words) > 1})


def examples(command: Any) -> list[list[str]]:
    """Return the examples of a help page that call karat, as words, without where output goes."""
    text = re.sub(r"\[/?(cyan|bold)?\]", "", command.epilog).replace("\\\n", " ")
    lines = [line.strip()[2:] for line in text.splitlines() if line.strip().startswith("$ ")]
    words = [shlex.split(line) for line in lines if line.startswith("karat ")]
    return [one[: one.index(">")] if ">" in one else one for one in words]


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_a_help_page_is_whole(karat: Karat, words: tuple[str, ...]) -> None:
    answer = karat(*words, "--help")
    told = " ".join(answer.out.split())
    assert answer.code == 0
    assert f"$ karat {' '.join(words)}" in told
    assert "Exit codes" in told
    assert max(map(len, answer.out.splitlines())) <= 120
    for option in EVERY[words].params:
        if option.name != "help":
            assert option.help, f"{option.name} says nothing of itself"
        for name in option.opts if option.param_type_name == "option" else []:
            assert name in told


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_the_examples_of_a_help_page_are_words_of_the_command(words: tuple[str, ...]) -> None:
    found = examples(EVERY[words])
    assert found, "a help page without an example"
    for one in found:
        assert one[0] == "karat"
        name = next(w for w in (tuple(one[1 : 1 + n]) for n in (2, 1)) if w in EVERY)
        EVERY[name].make_context(name[-1], one[1 + len(name) :])
    assert any(tuple(one[1 : 1 + len(words)]) == words for one in found)


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_a_wrong_option_is_named_and_nothing_is_done(karat: Karat, words: tuple[str, ...]) -> None:
    answer = karat(*words, "--no-such-option")
    assert (answer.code, answer.out) == (2, "")
    assert "--no-such-option" in answer.err


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_json_is_an_option_everywhere(words: tuple[str, ...]) -> None:
    options = {name for option in EVERY[words].params for name in option.opts}
    assert ("--json" in options) is (words not in SAYS_ITS_OWN)


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_alone_lists_what_it_has(karat: Karat, group: str) -> None:
    bare, odd = karat(group), karat(group, "no-such-command")
    assert bare.code == odd.code == 2
    assert "no-such-command" in odd.err
    listed = bare.out + bare.err
    names = [words[1] for words in EVERY if words[0] == group and len(words) > 1]
    places = [listed.index(f"│ {name} ") for name in names]
    assert len(places) > 1


def test_a_required_word_that_is_missing_is_named(karat: Karat) -> None:
    for words, command in EVERY.items():
        needed = [p for p in command.params if p.required and isinstance(p, click.Argument)]
        for argument in needed[:1]:
            answer = karat(*words)
            assert answer.code == 2, words
            assert (argument.metavar or argument.name.upper()) in answer.err, words
