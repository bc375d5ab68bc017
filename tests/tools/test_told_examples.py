import pytest

from toolace_mt.tools.told_examples import told_examples, with_told_examples


@pytest.mark.parametrize(
    ("description", "values"),
    [
        ("IANA name (e.g., 'America/New_York', 'Europe/London'). Use 'UTC' if none is given.",
         ["America/New_York", "Europe/London"]),
        ("MIME type (e.g. text/xml, application/xml or text/html)",
         ["text/xml", "application/xml", "text/html"]),
        ("Query such as `AT&T`, `Stripe` and `*` for all", ["AT&T", "Stripe", "*"]),
        ('For example: "a b", "c d"; others fail', ["a b", "c d"]),
        ("Date, e.g. YYYY-MM-DD", []),
        ("Template (e.g. <name>, {id})", []),
        ("Something like this or that", []),
        ("Words, e.g. what the user said before", []),
        ("Examples: 'GOOD:', 'AWS', 'AWS'", ["AWS"]),
        ("e.g. " + "x" * 200, []),
    ],
)  # fmt: skip
def test_values_are_taken_from_a_remark(description, values):
    assert told_examples(description) == values


def test_examples_are_values_of_their_property():
    schema = {
        "properties": {
            "zone": {"type": "string", "description": "e.g. 'Asia/Tokyo', 'Europe/Rome'"},
            "port": {"type": "integer", "description": "e.g. 80, 443 or http"},
            "tags": {"type": "array", "items": {"type": "string"}, "description": "e.g. a1, b2"},
            "one": {"type": "string", "description": "e.g. 'proj-1'"},
            "set": {"type": "string", "enum": ["x"], "description": "e.g. 'x', 'y'"},
            "in": {"properties": {"k": {"type": "str", "description": "e.g. p1, p2"}}},
        }
    }
    found = with_told_examples(schema)["properties"]
    assert found["zone"]["examples"] == ["Asia/Tokyo", "Europe/Rome"]
    assert found["port"]["examples"] == [80, 443]
    assert found["tags"]["items"]["examples"] == ["a1", "b2"]
    assert found["in"]["properties"]["k"]["examples"] == ["p1", "p2"]
    assert found["one"] is schema["properties"]["one"]  # one value would be in every dialogue
    assert found["set"] is schema["properties"]["set"]


def test_a_schema_that_tells_nothing_is_returned_itself():
    schema = {"properties": {"a": {"type": "string", "description": "e.g. 'b'"}}, "required": 3}
    assert with_told_examples(schema) is schema
