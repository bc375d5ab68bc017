import re

import pytest
from omegaconf import OmegaConf

from toolace_mt.config import load_config
from toolace_mt.config.engines import ENGINES
from toolace_mt.config.help import settings_help

GIVEN = {
    "vllm": ["engine.model=m"],
    "scripted": [],
    "openai": ["engine.model=m", "engine.urls=[http://h/v1]"],
    "batch": ["engine.model=m", "engine.url=http://h/v1"],
}


def section(kind: str) -> str:
    """The settings of one kind of engine, and all that is not of engines."""
    listed = settings_help()
    parts = re.split(r"\n\n(?=engine \(|export:)", listed)
    assert len(parts) == 1 + len(ENGINES) + 1
    own = next(part for part in parts if part.startswith(f"engine (kind: {kind})"))
    return "\n".join([parts[0], own, parts[-1]])


@pytest.mark.parametrize("kind", ENGINES)
def test_every_default_is_that_of_a_run_in_which_nothing_is_set(tmp_path, kind: str) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(f"run_dir: r\nengine: {{kind: {kind}}}\n")
    real = load_config(path, GIVEN[kind])
    listed = re.findall(r"^  (\S+?)=(.*)$", section(kind), re.M)
    shown = OmegaConf.to_container(OmegaConf.from_dotlist([f"{n}={v}" for n, v in listed]))
    assert isinstance(shown, dict)
    plain = real.model_dump(mode="json")
    if kind == "batch":  # needs either a URL or a command
        plain["engine"]["url"] = ""
    for name in ("run_dir", "engine.model", "engine.urls"):
        before, _, last = name.rpartition(".")
        inside = plain[before] if before else plain
        if f"  {name}  (required)" in section(kind):
            del inside[last]
    assert shown == plain


def test_choices_and_descriptions_are_shown() -> None:
    listed = settings_help()
    assert "method=toolace_mt\n      one of: toolace_mt, simulation\n" in listed
    assert "verification.sampling.temperature=0.0\n" in listed
    assert "verification.decisive=null\n      any of: hallucination, consistency" in listed
    assert "refinement.decay=0.3\n      factor on a turn's weight" in listed
    assert "  run_dir  (required)\n" in listed
    assert max(map(len, re.sub(r".*=\[.*", "", listed).splitlines())) <= 96
