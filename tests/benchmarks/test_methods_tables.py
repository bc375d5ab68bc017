"""What runs of methods cost, and the tables that say so."""

import time
from argparse import Namespace
from functools import cache
from pathlib import Path

import pytest

from benchmarks.methods import on_gpu
from benchmarks.methods.compare_methods import RUNS, _config, read_options, report
from benchmarks.methods.play import Played, added, play
from benchmarks.methods.tables import Entry, markdown
from toolace_mt.calls.request import Completion, Request
from toolace_mt.config import ScriptedConfig
from toolace_mt.engine.scripted import ScriptedEngine


@cache
def played(name: str, dialogues: int = 3) -> Played:
    options = read_options(["--dialogues", str(dialogues)])
    return play(_config(name, 1, options), virtual=True)


def test_the_cost_of_all_kinds_of_call_is_the_cost_of_the_run() -> None:
    for name in ("fast", "baseline, guided, drawn values"):
        run = played(name)
        calls, uncached, output = map(sum, zip(*run.kinds.values(), strict=True))
        usage = run.usage
        assert calls == usage.calls
        assert uncached == usage.prompt_tokens - usage.cached_tokens
        assert output == usage.output_tokens
    twice = added([played("fast"), played("fast")])
    assert twice.kinds == {kind: [2 * n for n in of] for kind, of in played("fast").kinds.items()}


def test_fast_asks_its_experts_once_and_reads_less_than_the_baseline() -> None:
    fast, baseline = played("fast"), played("baseline, guided, drawn values")
    assert fast.kinds["verification, experts"][0] == fast.accepted == 3
    reads = [run.usage.prompt_tokens - run.usage.cached_tokens for run in (fast, baseline)]
    assert 2 * reads[0] < reads[1]


def test_baselines_have_the_verification_that_costs_them_least() -> None:
    options = read_options([])
    for name in (each for each in RUNS if each.startswith("baseline")):
        verification = _config(name, 1, options).verification
        assert (verification.asking, verification.context) == ("apart", "whole")
        assert not verification.reasons


def test_a_run_is_found_again_by_its_settings(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    given = ["--dialogues", "1", "--only", "fast", "--log", str(log)]
    first = report(read_options(given))
    assert report(read_options(given)) == first
    assert len(log.read_text().splitlines()) == 1
    report(read_options([*given, "refinement.context=turns"]))
    assert len(log.read_text().splitlines()) == 2
    log.write_text(log.read_text().replace('"kinds"', '"of old"'))
    report(read_options(given))
    assert len(log.read_text().splitlines()) == 3


def test_tables_say_what_each_kind_of_call_costs() -> None:
    text = markdown([Entry("e", "fast", 1, 3, (), played("fast"))])
    assert "| fast | " in text
    assert "- fast: verification, experts 1 / " in text


@pytest.mark.parametrize("shape", on_gpu.SHAPES)
def test_drawn_weights_have_the_shape_that_is_named(shape: str) -> None:
    options = Namespace(model=Path("a/model"), dummy=shape, overrides=["engine.device=cpu"])
    for name in on_gpu.METHODS:
        config = on_gpu._config(name, options, 7, seed=3)
        assert (config.dialogues, config.seed, config.engine.device) == (7, 3, "cpu")
        assert config.engine.args["load_format"] == "dummy"
        assert config.engine.args.get("hf_overrides", {}) == on_gpu.SHAPES[shape]


class Scripted(ScriptedEngine):
    """Stands in for vLLM: keeps what it was asked, and has no cache to empty."""

    def __init__(self) -> None:
        super().__init__(ScriptedConfig(kind="scripted"))
        self.log: list[Request] = []
        self.answered = 0

    async def generate(self, request: Request, priority: int = 0) -> Completion:
        self.log.append(request)
        self.answered += 1
        return await super().generate(request, priority)

    async def forget_prefixes(self) -> None:
        pass


@pytest.mark.parametrize(("minutes", "methods"), [(5, on_gpu.METHODS), (-5, on_gpu.METHODS[:1])])
async def test_on_a_gpu_every_request_is_sent_twice_and_what_takes_too_long_is_left_out(
    minutes: int, methods: tuple[str, ...]
) -> None:
    engine = Scripted()
    options = Namespace(model=Path("a/model"), dummy="own", overrides=[], dialogues=2)
    parts = await on_gpu._measured(engine, options, time.monotonic() + 60 * minutes)  # type: ignore[arg-type]
    assert tuple(name for name, _ in parts) == methods
    asked = sum(part.played.usage.calls for _, part in parts)
    warm_up = engine.answered - 2 * asked
    assert 8 <= warm_up <= 8 * 12
    assert all(part.played.planned == 2 and part.bare > 0 for _, part in parts)


def test_the_table_of_a_gpu_has_shares_and_the_ratio() -> None:
    options = Namespace(model=Path("a/model"), dummy="", dialogues=3)
    engine = {"vllm": "0", "device": "cuda", "dtype": "bfloat16", "max_num_seqs": 256}
    fast, baseline = (played(name) for name in on_gpu.METHODS)
    parts = {
        on_gpu.METHODS[0]: on_gpu.Part(fast, fast.engine_seconds / 2),
        on_gpu.METHODS[1]: on_gpu.Part(baseline, 0.0),
    }
    text = on_gpu.markdown(parts, options, engine | {"kv_cache_tokens": 1000})
    first = next(line for line in text.splitlines() if line.startswith("| fast"))
    usage = fast.usage
    assert f" {usage.cached_tokens / usage.prompt_tokens:.1%} " in first
    assert first.endswith(" 0.5 |")
    assert "first over second: " in text
