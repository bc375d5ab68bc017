import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from toolace_mt.errors import InputError
from toolace_mt.tools.gather import gather

A = {"type": "function", "function": {"name": "a", "description": "A.", "parameters": {
    "type": "object", "properties": {"x": {"type": "string"}}, "required": ["x"]}}}  # fmt: skip
B = {"type": "function", "function": {"name": "b", "description": "B.", "parameters": {
    "type": "object", "properties": {"y": {"type": "integer", "minimum": 1}}}}}  # fmt: skip
ROWS = [{"id": 1, "tools": [A]}, {"id": 2, "tools": [A, B]}, {"id": 3, "tools": []}]


def names(source):
    found = gather([source])
    assert found.problems == []
    return [tool.name for tool in found.tools]


@pytest.mark.parametrize("column", ["", "#tools"])
def test_rows_of_json_lines(tmp_path, column):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in ROWS))
    assert names(f"dataset:{path}{column}") == ["a", "b"]


def test_columns_of_texts_and_padded_structs(tmp_path):
    path = tmp_path / "rows.parquet"
    texts = [json.dumps(row["tools"]) for row in ROWS]
    structs = [row["tools"] for row in ROWS]
    pq.write_table(pa.table({"text": texts, "struct": structs}), path)
    assert names(f"dataset:{path}#text") == ["a", "b"]
    tools = gather([f"dataset:{path}#struct"]).tools
    assert [tool.name for tool in tools] == ["a", "b"]
    assert list(tools[0].parameters["properties"]) == ["x"]
    assert tools[0].source == "dataset:rows.parquet"


def test_what_cannot_be_read_is_told(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(ROWS[0]) + "\n")
    with pytest.raises(InputError, match="no column 'tool'; it has id, tools"):
        gather([f"dataset:{path}#tool"])
    with pytest.raises(InputError, match=r"expected \?config=...&split="):
        gather([f"dataset:{path}?sort=up"])
    with pytest.raises(InputError, match="cannot be read"):
        gather([f"dataset:{tmp_path / 'nowhere.parquet'}"])
