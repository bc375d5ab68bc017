import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from json_schemas import object_schemas, schemas

from toolace_mt.schemas.check import check_value
from toolace_mt.schemas.draw import draw
from toolace_mt.schemas.narrow import decodable
from toolace_mt.tools.pool import load_pool

STARTER = load_pool("starter").tools
TAKEN = {
    *("type", "enum", "const", "anyOf", "pattern", "minLength", "maxLength", "properties"),
    *("required", "additionalProperties", "patternProperties", "minProperties", "maxProperties"),
    *("items", "prefixItems", "minItems", "maxItems"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
}


def parts(schema):
    """Yield every schema inside a decodable one."""
    yield schema
    for key in ("properties", "patternProperties"):
        for inner in schema.get(key, {}).values():
            yield from parts(inner)
    for key in ("anyOf", "prefixItems"):
        for inner in schema.get(key, ()):
            yield from parts(inner)
    if isinstance(schema.get("items"), dict):
        yield from parts(schema["items"])


def check_bounds(schema, max_string=200, max_items=4):
    for part in parts(schema):
        assert set(part) <= TAKEN, part
        kind = part.get("type")
        if kind is None:
            assert any(key in part for key in ("enum", "const", "anyOf")), part
        if kind == "string":
            assert ("pattern" in part) != ("maxLength" in part), part
            assert part.get("maxLength", 0) <= max(max_string, part.get("minLength", 0))
        if kind in ("number", "integer"):
            assert "minimum" in part or "exclusiveMinimum" in part, part
            assert "maximum" in part or "exclusiveMaximum" in part, part
        if kind == "array":
            assert part["maxItems"] <= max(max_items, part["minItems"])
        if kind == "object":
            assert part["additionalProperties"] is False


@settings(max_examples=60, deadline=None)
@given(schemas, st.integers(0, 20))
def test_values_of_the_narrow_schema_are_values_of_the_whole(schema, seed):
    narrow = decodable(schema)
    check_bounds(narrow)
    value = draw(narrow, random.Random(seed))
    assert check_value(narrow, value) == ()
    if "(?=" not in str(schema) and "pattern" not in str(schema):
        assert check_value(schema, value) == ()


@pytest.mark.parametrize("tool", STARTER, ids=lambda tool: tool.name)
def test_starter_tools(tool):
    for schema in filter(None, (tool.parameters, tool.returns)):
        narrow = decodable(schema)
        check_bounds(narrow)
        assert narrow["required"] == [n for n in narrow["properties"] if n in schema["required"]]
        for seed in range(3):
            assert check_value(schema, draw(narrow, random.Random(seed))) == ()


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, {"type": "string", "maxLength": 200}),
        (
            {"type": "string", "minLength": 300},
            {"type": "string", "minLength": 300, "maxLength": 300},
        ),
        (
            {"type": "string", "maxLength": 9, "description": "x"},
            {"type": "string", "maxLength": 9},
        ),
        (
            {"type": "string", "pattern": "[ab]+", "maxLength": 9},
            {"type": "string", "pattern": "^[a-b]{1,9}$"},
        ),
        ({"type": "string", "pattern": "(?=a)a"}, {"type": "string", "maxLength": 200}),
        ({"type": "string", "format": "odd"}, {"type": "string", "maxLength": 200}),
        ({"type": "integer"}, {"type": "integer", "minimum": -(10**9), "maximum": 10**9}),
        (
            {"type": "integer", "minimum": 0.5},
            {"type": "integer", "minimum": 1, "maximum": 1000000001},
        ),
        (
            {"type": "integer", "exclusiveMinimum": 2, "exclusiveMaximum": 5},
            {"type": "integer", "minimum": 3, "maximum": 4},
        ),
        (
            {"type": "integer", "minimum": -(2**53), "maximum": 2**53},
            {"type": "integer", "minimum": -(10**9), "maximum": 10**9},
        ),
        (
            {"type": "integer", "minimum": 5 * 10**9},
            {"type": "integer", "minimum": 5 * 10**9, "maximum": 6 * 10**9},
        ),
        (
            {"type": "integer", "maximum": -5 * 10**9},
            {"type": "integer", "minimum": -6 * 10**9, "maximum": -5 * 10**9},
        ),
        (
            {"type": "integer", "minimum": 10, "maximum": 31, "multipleOf": 10},
            {"enum": [10, 20, 30]},
        ),
        (
            {"type": "number", "minimum": 0, "maximum": 0.5, "multipleOf": 0.25},
            {"enum": [0.0, 0.25, 0.5]},
        ),
        (
            {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
            {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        ),
        ({"type": ["string", "null"], "enum": ["a", None, 5]}, {"enum": ["a", None]}),
        ({"const": {"a": 1}}, {"const": {"a": 1}}),
        ({"type": ["boolean", "null"]}, {"anyOf": [{"type": "boolean"}, {"type": "null"}]}),
        ({"anyOf": [{"not": {}}, {"type": "null"}]}, {"type": "null"}),
        (
            {"allOf": [{"type": "integer", "minimum": 1}, {"maximum": 3}]},
            {"type": "integer", "minimum": 1, "maximum": 3},
        ),
        (
            {"type": "array", "items": {"type": "null"}, "maxItems": 9, "uniqueItems": True},
            {"type": "array", "minItems": 0, "maxItems": 4, "items": {"type": "null"}},
        ),
        (
            {"type": "object", "additionalProperties": False},
            {"type": "object", "properties": {}, "additionalProperties": False, "required": []},
        ),
    ],
)
def test_each_keyword(schema, expected):
    assert decodable(schema) == expected


def test_free_maps_get_short_keys_and_few_of_them():
    narrow = decodable({"type": "object", "additionalProperties": {"type": "null"}})
    assert check_value(narrow, {"a": None, "b_2": None}) == ()
    assert check_value(narrow, {"a" * 40: None})
    assert check_value(narrow, dict.fromkeys("abcde"))


def test_nesting_without_end_is_left_out_where_it_may_be():
    tree = {
        "type": "object",
        "properties": {"v": {"type": "null"}, "sub": {"$ref": "#"}},
        "required": ["v"],
    }
    check_bounds(decodable(tree))
    endless = {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}
    assert decodable(endless) == {"type": "object", "properties": {}, "additionalProperties": False}
    wide = {"properties": {name: {"$ref": "#"} for name in "abcdefgh"}, "type": "object"}
    assert len(json.dumps(decodable(wide))) < 1_000_000
    lists = {"type": "array", "items": {"$ref": "#"}}
    check_bounds(decodable(lists))


@pytest.mark.engine
class TestXgrammar:
    @staticmethod
    def refused(schema):
        """Return why vLLM would refuse a schema, or None: by its own check of a request."""
        from vllm.exceptions import VLLMValidationError
        from vllm.sampling_params import SamplingParams, StructuredOutputsParams
        from vllm.v1.structured_output.backend_xgrammar import validate_xgrammar_grammar

        params = SamplingParams(structured_outputs=StructuredOutputsParams(json=schema))
        try:
            validate_xgrammar_grammar(params)
        except VLLMValidationError as error:
            return f"{error} {schema}"
        return None

    @staticmethod
    def admits(schema, value):
        from xgrammar import Grammar
        from xgrammar.testing import _is_grammar_accept_string

        grammar = Grammar.from_json_schema(
            json.dumps(schema), any_whitespace=False, separators=(",", ":")
        )
        return _is_grammar_accept_string(
            grammar, json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        )

    def test_vllm_takes_every_starter_tool(self):
        schemas = [s for tool in STARTER for s in (tool.parameters, tool.returns) if s]
        assert [r for s in schemas if (r := self.refused(decodable(s)))] == []

    def test_this_check_can_fail(self):
        assert self.refused({"type": "array", "items": {}, "uniqueItems": True})
        assert self.refused({"type": "integer", "minimum": 5, "maximum": 1})

    def test_the_grammar_admits_what_is_drawn_and_nothing_longer(self):
        for tool in STARTER[::4]:
            narrow = decodable(tool.parameters)
            arguments = draw(narrow, random.Random(1))
            assert self.admits(narrow, arguments), (tool.name, arguments)
            assert not self.admits(narrow, {**arguments, "invented": 1})

    @pytest.mark.parametrize(
        ("schema", "text", "admitted"),
        [
            ({"type": "number"}, 12.345678, True),
            ({"type": "number"}, 12.3456789, False),
            ({"type": "integer"}, 10**9 + 1, False),
            ({"type": "string"}, "x" * 200, True),
            ({"type": "string"}, "x" * 201, False),
            ({"type": "array", "items": {"type": "null"}}, [None] * 5, False),
            ({"type": "string", "format": "date"}, "2026-02-30", False),
            ({"type": "string", "format": "uri"}, "https://a.example/b?c=d", True),
        ],
    )
    def test_nothing_runs_on(self, schema, text, admitted):
        assert self.admits(decodable(schema), text) is admitted

    @settings(max_examples=60, deadline=None)
    @given(object_schemas)
    def test_vllm_takes_any_schema_once_narrowed(self, schema):
        assert self.refused(decodable(schema)) is None


def test_more_members_are_demanded_than_are_named():
    schema = {"type": "object", "properties": {"a": {"type": "null"}}, "minProperties": 3}
    narrow = decodable(schema)
    assert narrow["required"] == ["a", "field_1", "field_2"]
    assert check_value(schema, draw(narrow, random.Random(0))) == ()
    assert decodable({**schema, "minProperties": 10**9})["properties"] == {}
    assert decodable({**schema, "additionalProperties": False})["properties"] == {}


PAYLOAD = {
    "payload": {"type": "object", "description": "any JSON"},
    "filters": {"type": "object", "required": ["field"]},
    "options": {"type": "object", "maxProperties": 2},
    "labels": {"type": "object", "minProperties": 1},
    "headers": {"type": "object", "additionalProperties": {"type": "string"}},
    "rows": {"type": "array", "minItems": 1},
    "tags": {"type": "array", "maxItems": 3},
    "steps": {"type": "array", "items": {"type": "object", "minProperties": 1}, "minItems": 2},
}


@pytest.mark.parametrize("name", PAYLOAD)
def test_free_form_parameters_leave_a_decoder_something_to_write(name):
    """A grammar of xgrammar's is walked at random: no dead ends, and more than `{}` and `[]`."""
    xgrammar = pytest.importorskip("xgrammar", reason="comes with toolace-mt[cpu] or [gpu]")
    vocabulary = [*map(chr, range(127)), "</s>"]
    tokens = xgrammar.TokenizerInfo(vocabulary, stop_token_ids=[127])
    compiled = xgrammar.GrammarCompiler(tokens).compile_json_schema(
        json.dumps(decodable(PAYLOAD[name], max_string=8)),
        any_whitespace=False,
        separators=(",", ":"),
    )
    bits = xgrammar.allocate_token_bitmask(1, 128)
    written = set()
    for seed in range(40):
        rng, text = random.Random(seed), ""
        matcher = xgrammar.GrammarMatcher(compiled)
        while not matcher.is_completed():
            matcher.fill_next_token_bitmask(bits)
            admitted = [n for n in range(127) if int(bits[0, n // 32]) >> (n % 32) & 1]
            ends = [n for n in admitted if chr(n) in '"}],'] if len(text) > 40 else []
            token = rng.choice(ends or admitted)
            assert matcher.accept_token(token)
            text += chr(token)
        assert check_value(PAYLOAD[name], json.loads(text, strict=False)) == ()
        written.add(text)
    assert written - {"{}", "[]"}
