import json

import pytest
import yaml

from toolace_mt.errors import InputError
from toolace_mt.tools.gather import gather

TEXT = {"type": "string"}
PET = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string", "example": "Rex"},
        "secret": {"type": "string", "writeOnly": True},
        "parent": {"$ref": "#/components/schemas/Pet"},
        "status": {"type": "string", "enum": ["new", "sold"], "nullable": True},
    },
}


def document(paths, schemas=None, version="3.0.3", **more):
    components = {"schemas": schemas or {"Pet": PET}, **more.pop("components", {})}
    info = {"title": "Pets", "license": {"name": "MIT"}}
    return {"openapi": version, "info": info, "paths": paths, "components": components, **more}


@pytest.fixture
def read(tmp_path):
    def read(value, name="api.json"):
        path = tmp_path / name
        text = yaml.safe_dump(value) if name.endswith("yaml") else json.dumps(value)
        path.write_text(text)
        found = gather([str(path)])
        assert found.problems == []
        return found.tools

    return read


def body(schema, kind="application/json", **more):
    return {"content": {kind: {"schema": schema, **more}}, "required": True}


def answers(schema, code="200", **more):
    return {code: {"description": "", "content": {"application/json": {"schema": schema, **more}}}}


REF = {"$ref": "#/components/schemas/Pet"}
PATHS = {
    "/pets/{id}": {
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
            {"name": "trace", "in": "header", "schema": TEXT},
        ],
        "put": {
            "operationId": "pets/update",
            "summary": "Update a pet",
            "tags": ["pets"],
            "deprecated": True,
            "parameters": [
                {"name": "id", "in": "query", "schema": TEXT},
                {"name": "trace", "in": "header", "required": True, "schema": TEXT},
                {"name": "Authorization", "in": "header", "schema": TEXT},
                {"name": "key", "in": "query", "schema": TEXT},
                {"name": "sid", "in": "cookie", "schema": TEXT},
                {"name": "filter", "in": "query", "content": {"application/json": {
                    "schema": {"type": "object", "properties": {"a": TEXT}}}}},
            ],
            "requestBody": body(REF),
            "responses": {"204": {"description": ""}, **answers(REF, "201")},
        },
    }
}  # fmt: skip


@pytest.mark.parametrize("name", ["api.json", "api.yaml"])
def test_parameters_of_all_places_are_one_object_without_clashes(read, name):
    schemes = {"securitySchemes": {"k": {"type": "apiKey", "name": "key", "in": "query"}}}
    (tool,) = read(document(PATHS, components=schemes), name)
    assert (tool.name, tool.original) == ("pets_update", "pets/update")
    assert tool.description == "Update a pet. Deprecated."
    assert (tool.server, tool.license, tool.domain) == ("Pets", "MIT", "Pets: pets")
    assert tool.source == f"openapi:{name}"
    properties = tool.parameters["properties"]
    assert list(properties) == ["id", "id_query", "filter", "trace", "name", "secret", "status"]
    assert properties["id"]["type"] == "integer"
    assert properties["filter"]["properties"]["a"] == TEXT
    assert properties["name"]["examples"] == ["Rex"]
    assert properties["status"]["type"] == ["string", "null"]
    assert tool.parameters["required"] == ["id", "trace", "name"]  # readOnly is not asked for
    assert set(tool.returns["properties"]) == {"id", "name", "status"}


def test_swagger_2(read):
    value = {
        "swagger": "2.0",
        "info": {"title": "Old"},
        "securityDefinitions": {"k": {"type": "apiKey", "name": "api_key", "in": "header"}},
        "parameters": {"limit": {"name": "limit", "in": "query", "type": "integer", "maximum": 9}},
        "definitions": {"Pet": {"type": "object", "properties": {"name": TEXT}}},
        "paths": {
            "/pets": {
                "get": {
                    "parameters": [
                        {"$ref": "#/parameters/limit"},
                        {"name": "api_key", "in": "header", "type": "string"},
                        {"name": "tags", "in": "query", "type": "array", "items": TEXT},
                    ],
                    "responses": {"200": {"schema": {
                        "type": "array", "items": {"$ref": "#/definitions/Pet"}}}},
                },
                "post": {
                    "parameters": [
                        {"name": "pet", "in": "body", "required": True,
                         "schema": {"$ref": "#/definitions/Pet"}},
                    ],
                },
            },
            "/pets/{id}/photo": {
                "post": {
                    "parameters": [
                        {"name": "id", "in": "path", "required": True, "type": "string"},
                        {"name": "file", "in": "formData", "type": "file"},
                    ],
                }
            },
        },
    }  # fmt: skip
    listed, added, photo = read(value)
    assert (listed.name, listed.original) == ("get_pets", "get /pets")
    assert listed.parameters["properties"] == {
        "limit": {"type": "integer", "maximum": 9},
        "tags": {"type": "array", "items": TEXT},
    }
    assert listed.returns["items"]["properties"] == {"name": TEXT}
    assert added.parameters["properties"] == {"name": TEXT}
    assert photo.name == "post_pets_by_id_photo"
    assert photo.parameters["properties"]["file"]["type"] == "string"


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": TEXT},
        {"type": "string", "format": "binary"},
        {"type": "object", "additionalProperties": TEXT},
        {"oneOf": [REF, TEXT]},
    ],
)
def test_a_body_that_is_no_plain_object_is_one_argument(read, schema):
    (tool,) = read(document({"/x": {"post": {"requestBody": body(schema)}}}))
    assert list(tool.parameters["properties"]) == ["body"]
    assert tool.parameters["required"] == ["body"]


def test_an_optional_body_demands_nothing(read):
    given = {"content": body(REF)["content"]}
    (tool,) = read(document({"/x": {"post": {"requestBody": given}}}))
    assert "required" not in tool.parameters


def test_json_is_taken_before_forms_and_these_before_the_rest(read):
    content = {
        "text/plain": {"schema": TEXT},
        "multipart/form-data": {"schema": {"type": "object", "properties": {"form": TEXT}}},
        "application/vnd.api+json": {"schema": {"type": "object", "properties": {"json": TEXT}}},
    }
    (tool,) = read(document({"/x": {"post": {"requestBody": {"content": content}}}}))
    assert list(tool.parameters["properties"]) == ["json"]


def test_all_of_is_merged_and_one_of_is_told_apart(read):
    schemas = {
        "Base": {"type": "object", "properties": {"id": TEXT}, "required": ["id"]},
        "Cat": {"allOf": [{"$ref": "#/components/schemas/Base"},
                          {"properties": {"lives": {"type": "integer"}}}]},
        "Dog": {"type": "object", "properties": {"barks": {"type": "boolean"}}},
        "Any": {
            "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
            "discriminator": {
                "propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}},
        },
    }  # fmt: skip
    any_pet = {"$ref": "#/components/schemas/Any"}
    (tool,) = read(document({"/x": {"get": {"responses": answers(any_pet)}}}, schemas))
    cat, dog = tool.returns["anyOf"]
    assert cat["properties"]["kind"] == {"type": "string", "const": "cat"}
    assert dog["properties"]["kind"] == {"type": "string", "const": "Dog"}
    assert set(cat["properties"]) == {"id", "lives", "kind"}
    assert cat["required"] == ["id", "kind"]


def test_examples_stand_where_their_values_do(read):
    examples = {
        "one": {"value": {"name": "Tom", "id": 7}},
        "two": {"$ref": "#/components/examples/t"},
    }
    post = {
        "requestBody": body(REF, examples=examples),
        "parameters": [{"name": "n", "in": "query", "schema": TEXT, "example": "x"}],
        "responses": answers({"type": "array", "items": REF}, example=[{"id": 3, "name": "Tim"}]),
    }
    more = {"examples": {"t": {"value": {"status": "sold", "secret": "s"}}}}
    pet = {**PET, "properties": {**PET["properties"], "name": TEXT}}
    (tool,) = read(document({"/x": {"post": post}}, {"Pet": pet}, components=more))
    properties = tool.parameters["properties"]
    assert properties["n"]["examples"] == ["x"]
    assert properties["name"]["examples"] == ["Tom"]
    assert properties["secret"]["examples"] == ["s"]
    assert "examples" not in properties["status"]
    assert tool.returns["items"]["properties"]["id"]["examples"] == [3]


def test_what_inlines_to_too_much_is_cut_and_stays_usable(read):
    wide = {f"p{i}": {"$ref": f"#/components/schemas/S{i % 7}"} for i in range(40)}
    schemas = {
        f"S{n}": {"type": "object", "properties": wide, "required": ["p1"]} for n in range(8)
    }
    one = {"$ref": "#/components/schemas/S0"}
    post = {"requestBody": body(one), "responses": answers(one)}
    (tool,) = read(document({"/x": {"post": post}}, schemas))
    assert len(json.dumps([tool.parameters, tool.returns])) < 20_000
    assert "p1" in tool.parameters["properties"]
    huge = {"type": "object", "properties": {f"p{i}": TEXT for i in range(5000)}}
    (tool,) = read(document({"/x": {"post": {"requestBody": body(huge)}}}))
    assert len(tool.parameters["properties"]) == 60


def test_every_operation_gets_a_name_of_its_own(read):
    get = {"responses": {}}
    paths = {"/a/{b}": {"get": get, "delete": get}, "/a/b": {"get": {"operationId": "get_a_by_b"}}}
    assert len({tool.name for tool in read(document(paths))}) == 3


def test_references_into_other_files_are_told(tmp_path):
    path = tmp_path / "api.json"
    ref = {"$ref": "other.json#/x"}
    paths = {"/x": {"get": {"responses": answers(ref)}}, "/y": {"get": {}}}
    path.write_text(json.dumps(document(paths)))
    found = gather([f"openapi:{path}"])
    assert [tool.name for tool in found.tools] == ["get_y"]
    assert "api.json: GET /x: $ref 'other.json#/x' leads to another file" in str(found.problems[0])


@pytest.mark.parametrize(
    ("content", "said"),
    [("a: [", "neither JSON nor YAML"), ("a: 1", "is no OpenAPI document"), ("{", "neither JSON")],
)
def test_what_is_no_document_is_told(tmp_path, content, said):
    path = tmp_path / "api.yaml"
    path.write_text(content)
    with pytest.raises(InputError, match=said) as raised:
        gather([str(path)])
    assert "\n" not in raised.value.message
