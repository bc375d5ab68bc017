"""The architecture's import rules, read from the syntax trees."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import toolace_mt

PACKAGE = Path(toolace_mt.__file__).parent
LAYERS = [
    ("query", "scenario", "trajectory", "errors", "exits", "seeds", "caching"),
    ("config",),
    ("schemas", "calls"),
    ("selection",),
    ("tools",),
    ("texts", "engine", "policies"),
    ("initialization", "refinement", "verification", "simulation"),
    ("run",),
    ("tasks", "enrich"),
    ("dataset", "reading", "report", "fit"),
    ("methods",),
    ("distributed",),
    ("commands",),
    ("__main__",),
]
STAGES = LAYERS[6]
HEAVY = {
    "ray": ("distributed",),
    "vllm": ("engine.vllm", "fit.parsers"),
    "transformers": ("engine.embedded", "report.coherence", "fit.parsers"),
    "pyarrow": ("run", "dataset", "reading", "report", "tools.sources"),
    "mcp": ("tools.sources", "tools.live"),
    "mimesis": ("schemas.realistic",),
    "rensa": ("dataset.duplicates",),
    "datasets": ("dataset", "reading", "report", "tools.sources"),
}
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts) for path in PACKAGE.rglob("*.py")
)


def layer(module: str) -> int:
    """The layer of the longest prefix that is listed."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        for index, names in enumerate(LAYERS):
            if ".".join(parts[:length]) in names:
                return index
    return 0  # the package itself


def imports(module: str) -> Iterator[str]:
    tree = ast.parse((PACKAGE / (module.replace(".", "/") + ".py")).read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_up(module: str) -> None:
    for name in imports(module):
        if not name.startswith("toolace_mt."):
            continue
        imported = name.removeprefix("toolace_mt.")
        assert layer(imported) <= layer(module), f"{module} imports {imported} from below"
        if module.split(".")[0] in STAGES and imported.split(".")[0] in STAGES:
            assert module.split(".")[0] == imported.split(".")[0], f"stage {module}: {imported}"


@pytest.mark.parametrize("room", ["fleet", "client"])
def test_the_fleet_knows_neither_clients_nor_the_driver(room: str) -> None:
    known = (
        ("distributed.fleet",) if room == "fleet" else ("distributed.fleet", "distributed.client")
    )
    for module in (name for name in MODULES if name.startswith(f"distributed.{room}.")):
        for name in imports(module):
            inside = name.removeprefix("toolace_mt.")
            if inside.startswith("distributed."):
                assert inside.startswith(known), f"{module} imports {inside}"


@pytest.mark.parametrize("module", MODULES)
def test_heavy_packages_stay_in_their_rooms(module: str) -> None:
    for name in imports(module):
        rooms = HEAVY.get(name.split(".")[0])
        if rooms is not None:
            allowed = any(module == room or module.startswith(room + ".") for room in rooms)
            assert allowed, f"{module} imports {name}"


@pytest.mark.parametrize("module", ["toolace_mt", "toolace_mt.__main__", "toolace_mt.config"])
def test_importing_the_package_loads_nothing_heavy(module: str) -> None:
    code = (
        f"import sys, {module}; "
        "print([m for m in ('ray', 'vllm', 'torch', 'pyarrow', 'datasets') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
