#!/usr/bin/env bash
# 2026-12-01. openai-harmony 0.0.8 (the prompt format of gpt-oss): a list of enum values is written
# without parentheses: {"type": "array", "items": {"enum": ["wifi", "pool", "gym"]}} becomes
#     amenities?: "wifi" | "pool" | "gym"[],
# In TypeScript [] binds tighter than |, so this says: the text "wifi", or the text "pool", or a list of
# "gym". A list of one type is right: string[].
#
# Surprises because the renderer writes TypeScript for a model that has read much of it. In training data
# every call with amenities=["wifi"] contradicts its own tool. Way round for a tool that must be rendered
# by harmony: name the values in the description, and leave `enum` out of `items`.
# The renderer needs the vocabulary o200k_base; the one that litellm carries is the same file.
#
# Seen: amenities?: "wifi" | "pool" | "gym"[],   tags?: string[],
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

properties = {
    "amenities": {"type": "array", "items": {"type": "string", "enum": ["wifi", "pool", "gym"]}},
    "tags": {"type": "array", "items": {"type": "string"}},
}
tool = ToolDescription.new("find_hotel", "Find a hotel.", {"type": "object", "properties": properties})
developer = DeveloperContent.new().with_function_tools([tool])
encoding = load_harmony_encoding(HarmonyEncodingName.HARMONY_GPT_OSS)
tokens = encoding.render_conversation(
    Conversation.from_messages([Message.from_role_and_content(Role.DEVELOPER, developer)])
)
lines = [line for line in encoding.decode(tokens).splitlines() if line.startswith(("amenities", "tags"))]
print(f"openai-harmony {version('openai-harmony')}: " + "   ".join(lines))
print('expected: amenities?: ("wifi" | "pool" | "gym")[],')
as_described = lines == ['amenities?: "wifi" | "pool" | "gym"[],', "tags?: string[],"]
print("as described" if as_described else "CHANGED")
sys.exit(not as_described)
PYTHON
