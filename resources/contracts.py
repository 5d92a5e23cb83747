"""The contracts that an installation has: one, or a folder of them, one a dataset."""

from collections.abc import Mapping
from pathlib import Path

from karat.cli.settings import Settings
from karat.contracts import Contract, load_contract
from karat.errors import ContractError


def contracts_of(settings: Settings) -> Mapping[Path, Contract]:
    """Return the contracts by file: the first dataset's, then those of the folder, by name.

    The first one may lie in the folder too. Raises ContractError when two files are for one
    dataset, for a folder that is not there, and as `load_contract`.
    """
    found = {settings.contract: load_contract(settings.contract)}
    folder = settings.contracts
    if folder is None:
        return found
    if not folder.is_dir():
        raise ContractError(f"{folder}: no such folder: KARAT_CONTRACTS names one with contracts")
    by_dataset = {found[settings.contract].dataset: settings.contract}
    for file in sorted(folder.glob("*.yaml")):
        if file.resolve() == settings.contract.resolve():
            continue
        contract = load_contract(file)
        if (other := by_dataset.setdefault(contract.dataset, file)) != file:
            if load_contract(other).digest == contract.digest:
                continue
            raise ContractError(
                f"{other} and {file} both rule {contract.dataset!r}: keep one, or rename a dataset"
            )
        found[file] = contract
    return found
