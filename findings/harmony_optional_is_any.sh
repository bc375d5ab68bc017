#!/usr/bin/env bash
# 2026-12-01. openai-harmony 0.0.8 (the prompt format of gpt-oss) writes one type in three ways, by its
# spelling: {"anyOf": [{"type": "integer"}, {"type": "null"}]}, what pydantic makes of `int | None`, becomes
# `any`; the same with oneOf becomes `number | any`; {"type": ["integer", "null"]} becomes `number | null`.
#
# Surprises because anyOf is the usual spelling (pydantic, FastAPI, MCP servers), so the optional parameters
# of most tools reach the model without a type, and nothing says so. Training data shows nights=2 beside
# `any`; a model cannot learn from it to prefer 2 over "two". Way round: turn a union of plain types into a
# list of types before rendering. (The renderer's vocabulary, o200k_base, comes with litellm.)
#
# Seen: by_any: any, by_one: number | any, by_list: number | null
# Exits 0 while that is so, 1 if it changes, 2 if the packages cannot be installed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --no-compile "openai-harmony==0.0.8" || exit 2
"$folder/env/bin/pip" install --quiet --no-compile --no-deps --target "$folder/litellm" "litellm==1.110.2" || exit 2
mkdir "$folder/vocabulary"
cp "$folder/litellm/litellm/litellm_core_utils/tokenizers/fb374d419588a4632f3f557e76b4b70aebbca790" \
    "$folder/vocabulary/o200k_base.tiktoken"
cd "$folder"
TIKTOKEN_ENCODINGS_BASE="$folder/vocabulary" env/bin/python - <<'PYTHON'
import sys
from importlib.metadata import version

from openai_harmony import (
    Conversation, DeveloperContent, HarmonyEncodingName, Message, Role, ToolDescription, load_harmony_encoding,
)

union = [{"type": "integer"}, {"type": "null"}]
properties = {"by_any": {"anyOf": union}, "by_one": {"oneOf": union}, "by_list": {"type": ["integer", "null"]}}
tool = ToolDescription.new("book", "Book.", {"type": "object", "properties": properties})
developer = DeveloperContent.new().with_function_tools([tool])
encoding = load_harmony_encoding(HarmonyEncodingName.HARMONY_GPT_OSS)
tokens = encoding.render_conversation(
    Conversation.from_messages([Message.from_role_and_content(Role.DEVELOPER, developer)])
)
text = " ".join(encoding.decode(tokens).split())
types = {}
for name in properties:
    after = text.split(f"{name}?:")[1]
    types[name] = after[: after.index(",")].strip(" |")
print(f"openai-harmony {version('openai-harmony')}: " + ", ".join(f"{name}: {type}" for name, type in types.items()))
print("expected: number | null from all three")
as_described = list(types.values()) == ["any", "number | any", "number | null"]
print("as described" if as_described else "CHANGED")
sys.exit(not as_described)
PYTHON
