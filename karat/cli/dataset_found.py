"""The argument that names a training dataset, and the manifest it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from karat.errors import InputError, NotFoundError

if TYPE_CHECKING:
    from karat.dataset.tagged import Tagged
    from karat.lake import Lake

Title = Annotated[str, typer.Argument(metavar="NAME@VERSION", help="Such as demo@1.0.0.")]


def found(lake: Lake, title: str) -> Tagged:
    """Return a dataset by its title, refused or not; InputError for one that is not there."""
    from karat.dataset.tagged import manifest_of
    from karat.dataset.version import named

    try:
        return manifest_of(lake, *named(title))
    except NotFoundError as error:
        raise InputError(f"{title}: there is no such dataset: run karat dataset ls") from error
