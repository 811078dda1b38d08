"""Our texts in the versions of Mermaid that sites have today: 10, and the newest 11. They come from npm, where there is one."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.mermaid_page import CHROMIUM, GROUNDS, drawn
from tests.test_mermaid import check_legible, check_nodes_and_edges, texts

pytestmark = pytest.mark.skipif(CHROMIUM is None or shutil.which("npm") is None, reason="needs Chromium and npm")


@pytest.fixture(scope="module", params=["10", "11"])
def script(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script of one version, as pages load it."""
    folder = tmp_path_factory.mktemp("npm")
    done = subprocess.run(["npm", "pack", f"mermaid@{request.param}"], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"Mermaid {request.param} cannot be had: {done.stderr.strip()[-200:]}")
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as package:
        package.extract("package/dist/mermaid.min.js", folder, filter="data")
    return folder / "package" / "dist" / "mermaid.min.js"


@pytest.mark.parametrize("ground", GROUNDS)
def test_each_picture_is_legible_and_whole(script: Path, tmp_path: Path, ground: str) -> None:
    found = drawn(texts(), script, tmp_path, ground)
    check_nodes_and_edges(found)
    check_legible(found, ground)
