"""Golden manifests of every version load for ever, by the names they had; later ones say more."""

from pathlib import Path
from shutil import copytree

import pytest

from karat.errors import CorruptError
from karat.golden import GoldenManifest, read_folder, write_folder
from karat.states import ReferenceCounts

FORMATS = Path(__file__).parents[1] / "formats"
DIGESTS = {
    4: "65bf921e6976435de5baf6e4247bdff31cf0d226313caf751219a4db19789aca",
    5: "6442fc117421baaf5e73e14f11d67ac3d0efb116d3a7fb26a327888df56e09b8",
}


def held(version: int) -> GoldenManifest:
    return read_folder(FORMATS / f"golden-{version}")


@pytest.mark.parametrize("version", DIGESTS)
def test_a_manifest_of_any_version_is_what_it_was(version: int, tmp_path: Path) -> None:
    manifest = held(version)
    assert manifest.digest == DIGESTS[version]
    assert manifest.encode() == (FORMATS / f"golden-{version}" / "golden.json").read_bytes()
    write_folder(manifest, tmp_path / "again")
    again = read_folder(tmp_path / "again")
    assert (again, again.full_files()) == (manifest, manifest.full_files())
    assert GoldenManifest.without_cells(manifest.encode()).reference == manifest.reference


def test_only_a_later_one_has_all_values_beside_coarse_cells() -> None:
    assert held(4).full_files() == {}
    (data,) = held(5).full_files().values()
    full = ReferenceCounts.from_bytes(data or b"")
    coarse = held(5).strata[""]["coarse"].cells
    assert coarse is not None
    assert full.coarser(4) == coarse
    assert full.rows == coarse.rows == 160
    wide, exact = (
        [high - low for day in held(version).calibration for low, high in [day.distances["coarse"]]]
        for version in (4, 5)
    )
    assert all(wide)
    assert not any(exact)


def test_values_that_are_gone_or_others_are_no_manifest(tmp_path: Path) -> None:
    folder = tmp_path / "golden"
    copytree(FORMATS / "golden-5", folder)
    (file,) = (folder / "full").iterdir()
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(CorruptError, match=r"golden values .* do not match"):
        read_folder(folder)
    file.unlink()
    with pytest.raises(CorruptError, match="lacks a part"):
        read_folder(folder)
