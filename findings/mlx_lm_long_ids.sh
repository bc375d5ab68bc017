#!/usr/bin/env bash
# 2026-12-01. mlx-lm 0.32.2, tool parser `qwen3_coder` (Qwen3-Coder's format when served by mlx-lm): an
# argument declared as an integer is read through a float, so that "230.0" counts as 230. Every integer
# above 2**53 comes back as another one: message 1234567890123456789 becomes 1234567890123456768.
#
# Surprises because the text holds a plain integer, Python's integers are exact, and no error shows: the
# call goes to a record that nobody named. Data that is sampled through this server, with ids of messages
# (Discord, Slack, X) or times in nanoseconds, teaches wrong ids; the same text read by a JSON parser is
# exact. Way round: declare such ids as texts. The parsers are plain Python files, run here without MLX.
#
# Seen: qwen3_coder: 1234567890123456768 | json_tools: 1234567890123456789
# Exits 0 while that is so, 1 if it changes, 2 if the packages cannot be installed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --no-compile --no-deps "mlx-lm==0.32.2" "regex==2026.11.19" || exit 2
cd "$folder"
env/bin/python - <<'PYTHON'
import sys
from importlib.metadata import distribution
from importlib.util import module_from_spec, spec_from_file_location

package = distribution("mlx-lm")


def parser(name):
    spec = spec_from_file_location(name, package.locate_file(f"mlx_lm/tool_parsers/{name}.py"))
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.parse_tool_call


ident = 1234567890123456789
schema = {"type": "object", "properties": {"message_id": {"type": "integer"}}}
tools = [{"type": "function", "function": {"name": "delete_message", "parameters": schema}}]
xml = f"<function=delete_message>\n<parameter=message_id>\n{ident}\n</parameter>\n</function>"
text = f'{{"name": "delete_message", "arguments": {{"message_id": {ident}}}}}'
seen = {
    "qwen3_coder": parser("qwen3_coder")(xml, tools)["arguments"]["message_id"],
    "json_tools": parser("json_tools")(text, tools)["arguments"]["message_id"],
}
print(f"mlx-lm {package.version}: " + " | ".join(f"{name}: {value}" for name, value in seen.items()))
print(f"expected: {ident} from both")
as_described = seen == {"qwen3_coder": 1234567890123456768, "json_tools": ident}
print("as described" if as_described else "CHANGED")
sys.exit(not as_described)
PYTHON
