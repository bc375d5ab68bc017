import random
from dataclasses import replace

from toolace_mt.tools.chains import ChainIndex, Link, find_links, inputs, outputs, pick, references
from toolace_mt.trajectory import Tool

STRING = {"type": "string"}


def tool(name, takes=(), makes=None):
    parameters = {"type": "object", "properties": dict.fromkeys(takes, STRING)}
    returns = {"type": "object", "properties": makes} if makes else None
    return Tool(name, "", parameters, returns)


FLIGHT = {"type": "object", "properties": {"flight_id": STRING, "seats": {"type": "integer"}}}
SEARCH = tool("search", ["city"], {"flights": {"type": "array", "items": FLIGHT}, "city": STRING})
BOOK = tool(
    "book",
    ["flight_id", "name"],
    {"booking": {"properties": {"booking_id": STRING}, "type": "object"}},
)
CANCEL = tool("cancel", ["booking_id"], {"booking_id": STRING, "status": STRING})


def test_links_carry_both_paths():
    assert find_links([CANCEL, BOOK, SEARCH]) == (
        Link("book", "booking.booking_id", "cancel", "booking_id"),
        Link("search", "flights[0].flight_id", "book", "flight_id"),
    )


def test_generic_names_other_types_and_the_tool_itself_do_not_link():
    assert find_links([SEARCH, tool("weather", ["city", "status"])]) == ()
    seats = {"type": "object", "properties": {"seats": STRING, "flight_id": {"type": "integer"}}}
    assert find_links([SEARCH, Tool("other", "", seats)]) == ()
    assert find_links([CANCEL]) == ()
    flags = tool("flags", makes={"is_booked_flag": {"type": "boolean"}})
    assert outputs(flags) == {}


def test_types_through_references_and_nullable_lists():
    schema = {
        "type": "object",
        "properties": {
            "flight_id": {"$ref": "#/$defs/i"},
            "order_id": {"type": ["string", "null"]},
        },
        "$defs": {"i": STRING},
    }
    assert inputs(Tool("t", "", schema)) == (("flight_id", "string"), ("order_id", "string"))
    assert outputs(Tool("t", "", {}, schema)) == {
        ("flight_id", "string"): "flight_id",
        ("order_id", "string"): "order_id",
    }


def test_endless_schemas_end():
    tree = {"type": "object", "properties": {"node_id": STRING, "sub": {"$ref": "#"}}}
    assert outputs(Tool("t", "", {}, tree)) == {("node_id", "string"): "node_id"}


def test_the_index_agrees_with_the_links():
    tools = [SEARCH, BOOK, CANCEL, tool("alone", ["note_text"])]
    index = ChainIndex(tools)
    names = [t.name for t in tools]
    around = {name: set() for name in names}
    for link in find_links(tools):
        around[link.source].add(link.target)
        around[link.target].add(link.source)
    for place, name in enumerate(names):
        found = {index.neighbour(place, set(), random.Random(seed)) for seed in range(30)}
        assert {names[i] for i in found if i is not None} == around[name]
        assert index.linked(place) == bool(around[name])
    assert index.neighbour(1, {0, 2}, random.Random(0)) is None


def test_pick_finds_what_is_left():
    rng = random.Random(0)
    assert pick([], set(), rng) is None
    assert pick(range(100), set(range(100)), rng) is None
    assert pick(range(100), set(range(100)) - {42}, rng) == 42
    assert {pick("abc", {"b"}, rng) for _ in range(50)} == {"a", "c"}


def of_server(name, takes=(), makes=None, server="files", **examples):
    schemas = {each: {**STRING, "examples": examples[each]} for each in examples}
    given = tool(name, takes, makes)
    properties = {**given.parameters["properties"], **schemas}
    return replace(given, server=server, parameters={"type": "object", "properties": properties})


LISTED = {"type": "array", "items": {"type": "object", "properties": {"path": STRING}}}
LIST = of_server("list_files", makes={"files": LISTED})


def test_tools_of_one_server_mean_the_same_by_a_generic_name():
    read = of_server("read_file", ["path"])
    assert find_links([LIST, read]) == (Link("list_files", "files[0].path", "read_file", "path"),)
    assert references([LIST, read]) == {("read_file", "path"): {"list_files"}}
    elsewhere = of_server("read_file", ["path"], server="other")
    assert find_links([LIST, elsewhere]) == ()
    assert find_links([LIST, of_server("read_file", ["title"])]) == ()
    assert references([SEARCH, BOOK, CANCEL]) == {}


def test_what_a_tool_makes_has_a_new_name():
    branches = of_server("list_branches", makes={"branch": STRING, "owner": STRING})
    create = of_server("create_branch", ["branch", "owner"])
    assert references([branches, create]) == {("create_branch", "owner"): {"list_branches"}}


def test_examples_tell_directories_from_files():
    files = {**STRING, "examples": ["/notes/plan.md"]}
    find = of_server("find_files", makes={"path": files})
    assert find_links([find, of_server("read_file", path=["/notes/plan.md", "/a.txt"])])
    assert find_links([find, of_server("list_files", path=["/notes"])]) == ()


def test_a_source_is_found_once():
    read = of_server("read_file", ["path"])
    index = ChainIndex([read, LIST, replace(LIST, name="find_files"), SEARCH, BOOK])
    found = {index.source(0, {0}, random.Random(seed)) for seed in range(20)}
    assert found == {1, 2}
    assert index.source(0, {0, 2}, random.Random(0)) is None
    assert index.source(4, {4}, random.Random(0)) is None  # of no known server
