"""vLLM's own `run-batch`, with the embedded model: the command form of a batch API."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from toolace_mt.calls.ask import closed, read_json
from toolace_mt.calls.request import Request
from toolace_mt.config import BatchConfig
from toolace_mt.engine.batch.lines import request_line
from toolace_mt.engine.openai.dialect import Dialect
from toolace_mt.run.batches.answers import Journals, take_in
from toolace_mt.run.batches.carry import carry_by_command
from toolace_mt.run.batches.files import RequestId, collect, complete, seal
from toolace_mt.run.directory import RunDir
from toolace_mt.run.journal import replay
from toolace_mt.run.policy import FaultPolicy

pytestmark = pytest.mark.engine

WORD = closed({"word": {"type": "string", "enum": ["yes", "no"]}})
TOLD = closed({"text": {"type": "string", "maxLength": 40}})
REFUSED = {"type": "array", "items": {"type": "integer"}, "uniqueItems": True}


async def test_a_batch_of_vllm_is_journaled_and_a_refused_schema_is_its_own_affair(
    embedded_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VLLM_CPU_KVCACHE_SPACE", "1")
    model = str(embedded_model)
    config = BatchConfig(
        kind="batch",
        model=model,
        # The CPU build has no `vllm run-batch`: it asks for the metadata of a package `vllm`.
        command=f"{sys.executable} -m vllm.entrypoints.openai.run_batch -i {{input}} -o {{output}}"
        f" --model {model} --enforce-eager --max-model-len 2048"
        " --max-num-seqs 8 --no-enable-chunked-prefill",
    )
    asked = Request(
        *("0-0", "refinement", "fill", 1, "0", "Be brief.\u2028Ünïcode \U0001f600", "Say yes."),
        schema=WORD,
        max_tokens=64,
        seed=2**62,
    )
    requests = {
        "word": asked,
        "text": replace(asked, schema=TOLD),
        "refused": replace(asked, schema=REFUSED),
        "long": replace(asked, user="long " * 4000),
    }
    dialect = Dialect(model)
    run = RunDir(tmp_path)
    lines = [
        request_line(str(RequestId(0, 1, name, 0)), request, dialect, 10**6)
        for name, request in requests.items()
    ]
    collect(run, 1, "engine", 0, lines)
    seal(run, 1, "engine", 100, 10**6)
    (file,) = complete(run, 1)
    said: list[str] = []
    await carry_by_command(file, config, said.append)
    taken = take_in(file, Journals(run, ("initialization", "refinement")), dialect, FaultPolicy())
    found = replay(run.journal("refinement", 0))
    assert read_json(found["word"].text)["word"] in ("yes", "no")
    assert found["word"].finish == "stop"
    assert found["word"].prompt_tokens > 10
    assert found["long"].finish == "too_long"
    again = json.loads(file.at("unanswered.json").read_bytes())
    assert found.keys() | again.keys() == requests.keys()
    # The embedded model may babble until its tokens are used up.
    assert found["text"].finish in ("stop", "length")
    assert taken.learnt or found["refused"].finish == "refused"
