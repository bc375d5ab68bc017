import pytest

from toolace_mt.engine.vllm.preflight import grammar_problem, has_decoder
from toolace_mt.schemas.narrow import decodable
from toolace_mt.tools.pool import load_pool

pytest.importorskip("xgrammar")


def test_what_the_decoder_refuses_is_told_and_the_rest_passes():
    assert has_decoder()
    assert grammar_problem({"type": "object", "properties": {"a": {"type": "string"}}}) is None
    assert grammar_problem({"type": "array", "minItems": 3, "maxItems": 1})


@pytest.mark.parametrize("part", ["parameters", "returns"])
def test_every_starter_tool_can_be_decoded(part):
    for tool in load_pool("starter").tools[::7]:
        assert grammar_problem(decodable(getattr(tool, part))) is None
