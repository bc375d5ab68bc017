"""Hypothesis strategies for JSON values, and for schemas as tool definitions have them."""

from hypothesis import strategies as st

scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8)
scalars |= st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=12,
)
names = st.sampled_from(
    ("city", "order_id", "departure_date", "quantity", "tags", "isOpen", "userId", "a b", "default")
)
patterns = st.sampled_from(
    (
        r"^[A-Z]{2}-\d{4}$",
        r"^\d+$",
        r"[a-z]+",
        r"^(red|green|blue)( light)?$",
        r"^[^{}]{3,20}$",
        r"^([01]\d|2[0-3]):[0-5]\d$",
        r"^\w+@\w+\.com$",
        r"^(?=a)a+$",
        r"^[A-Z][A-Za-z ,']{4,60} \{city\}([a-z ]{0,9}[a-z])?[.!?]$",
    )
)
formats = st.sampled_from(
    ("date", "time", "date-time", "email", "uri", "uuid", "ipv4", "ipv6", "hostname", "binary")
)


@st.composite
def strings(draw):
    schema = {"type": "string"}
    match draw(st.integers(0, 4)):
        case 0:
            schema["enum"] = draw(st.lists(st.text(max_size=6), min_size=1, unique=True))
        case 1:
            schema["format"] = draw(formats)
        case 2:
            schema["pattern"] = draw(patterns)
        case 3:
            low = draw(st.integers(0, 30))
            schema |= {"minLength": low, "maxLength": low + draw(st.integers(0, 30))}
    return schema


@st.composite
def numbers(draw):
    schema = {"type": draw(st.sampled_from(("number", "integer")))}
    low = draw(st.integers(-1000, 10**10))
    if draw(st.booleans()):
        schema[draw(st.sampled_from(("minimum", "exclusiveMinimum")))] = low
    if draw(st.booleans()):
        high = low + draw(st.integers(200, 10**6))
        schema[draw(st.sampled_from(("maximum", "exclusiveMaximum")))] = high
    if draw(st.integers(0, 3)) == 0:
        steps = (5, 10, 3) if schema["type"] == "integer" else (5, 0.5, 0.01)
        schema["multipleOf"] = draw(st.sampled_from(steps))
    return schema


flat = strings() | numbers() | st.sampled_from(({"type": "boolean"}, {"type": ["string", "null"]}))


@st.composite
def arrays(draw, inner):
    schema = {"type": "array", "items": draw(inner)}
    if draw(st.booleans()):
        schema["minItems"] = draw(st.integers(0, 3))
    if draw(st.booleans()):
        schema["maxItems"] = schema.get("minItems", 0) + draw(st.integers(0, 3))
    return schema


@st.composite
def objects(draw, inner):
    properties = draw(st.dictionaries(names, inner, max_size=4))
    required = [name for name in properties if draw(st.booleans())]
    schema = {"type": "object", "properties": properties, "required": required}
    if draw(st.booleans()):
        schema["additionalProperties"] = draw(st.booleans())
    return schema


def branches(inner):
    return st.lists(inner, min_size=1, max_size=3).map(lambda options: {"anyOf": options})


schemas = st.recursive(
    flat, lambda inner: arrays(inner) | objects(inner) | branches(inner), max_leaves=8
)
object_schemas = objects(schemas)
