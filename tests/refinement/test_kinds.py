"""Kinds of injection: each is complete, and a new one takes three files."""

import os
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

import toolace_mt
from toolace_mt.config.refinement import InjectionMix
from toolace_mt.refinement.injections import EXAMPLES, KINDS
from toolace_mt.simulation.user import _EXAMPLE_OF
from toolace_mt.trajectory import INJECTIONS, Injection
from toolace_mt.verification.rules.plan import _CHECKS


def test_every_kind_is_known_wherever_one_is_looked_up() -> None:
    assert tuple(KINDS) == INJECTIONS
    assert InjectionMix.model_fields.keys() == KINDS.keys()
    assert set(InjectionMix().weights()) == KINDS.keys()
    assert _CHECKS.keys() == KINDS.keys()
    modules = {file.name for file in files("toolace_mt.refinement.injections").iterdir()}
    assert {f"{kind}.py" for kind in KINDS} <= modules


@pytest.mark.parametrize("kind", INJECTIONS)
def test_every_variant_has_a_name_of_its_own_and_examples_alike(kind: Injection) -> None:
    names = [variant.name for each in KINDS.values() for variant in each.variants]
    assert len(set(names)) == len(names) == len(EXAMPLES)
    assert KINDS[kind].variants
    for variant in KINDS[kind].variants:
        assert len(variant.examples) >= 2
        (texts,) = {tuple(example) for example in variant.examples}
        assert texts
        assert EXAMPLES[variant.name] is variant.examples


def test_the_baseline_is_shown_examples_that_there_are() -> None:
    for variant, text in _EXAMPLE_OF.values():
        assert all(text in example for example in EXAMPLES[variant])


PRAISE = '''
"""Praise: the user is friendly before the request."""

from toolace_mt.refinement.injections.extension import Text, user_extension
from toolace_mt.refinement.injections.kind import Kind, Variant
from toolace_mt.refinement.said import said_in

EXAMPLES = (
    {"user": "You are great.", "assistant": "Thank you!", "next_user": "Now find {city}."},
    {"user": "Good work so far.", "assistant": "You are kind.", "next_user": "Now book {city}."},
)


def _extend(trajectory, index, rng):
    texts = {
        "user": Text("the user praises the assistant"),
        "assistant": Text("the assistant says thank you"),
        "next_user": Text("the user comes to the request", said_in(trajectory.turns, index)),
    }
    return user_extension("praise", "praise", trajectory, index, texts)


KIND = Kind("user", (Variant("praise", _extend, EXAMPLES),))
'''
MAKE = """
import asyncio
from stage_worlds import WEAK, Recorder, skeleton
from toolace_mt.config import RefinementConfig
from toolace_mt.refinement import refine
from toolace_mt.trajectory import INJECTIONS
from toolace_mt.verification import check

async def main():
    mix = dict.fromkeys(INJECTIONS, 0.0) | {"praise": 1.0}
    config = RefinementConfig(injections=(1, 1), passes=1, mix=mix)
    generate = Recorder()
    made = await refine(await skeleton(1), generate, config, WEAK.writing, check)
    assert "the user praises the assistant" in generate.requests[0].user
    assert [edit.kind for edit in made.edits if edit.judgement.adopted][0] == "praise"
    assert sum(turn.injection == "praise" for turn in made.turns) == 3
    assert not [found for found in check(made) if found.severity == "error"]
    print("made")

asyncio.run(main())
"""


def test_a_new_kind_takes_its_module_its_name_and_what_the_rules_hold_it_to(
    tmp_path: Path,
) -> None:
    package = tmp_path / "toolace_mt"
    shutil.copytree(Path(toolace_mt.__file__).parent, package)
    (package / "refinement" / "injections" / "praise.py").write_text(PRAISE)
    changed(package / "trajectory.py", '    "non_fc",', '    "non_fc",\n    "praise",')
    changed(package / "trajectory.py", '    "non_fc":', '    "praise": "friendly",\n    "non_fc":')
    rule = package / "verification" / "rules" / "plan.py"
    changed(rule, '    "non_fc":', '    "praise": _non_fc,\n    "non_fc":')
    path = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[1])])
    done = subprocess.run(
        [sys.executable, "-c", MAKE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("made\n", "")


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1, f"{path}: {old}"
    path.write_text(text.replace(old, new))
