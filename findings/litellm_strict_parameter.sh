#!/usr/bin/env bash
# 2026-12-01. litellm 1.110.2: a tool's PARAMETER that is called `strict` is taken out of the schema, at any
# depth, on the way to Grok (and to Gemini and watsonx): search(query, strict) arrives as search(query).
# `required` still names it. On the way to an OpenAI-compatible server the same tool arrives whole.
#
# Surprises because what those services do not know is OpenAI's flag `strict` beside a tool's parameters; a
# property of that name is data. A teacher model behind such a route never gives the argument, or gives one
# that its schema does not have, and rows of several teachers show different tools under one name. Way
# round: rename the parameter before sending. The servers here are local and record what arrives.
#
# Seen: openai/any: query, strict; required query, strict | xai/grok-4: query; required query, strict
# Exits 0 while that is so, 1 if it changes, 2 if the packages cannot be installed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --no-compile "litellm==1.110.2" || exit 2
cd "$folder"
LITELLM_LOCAL_MODEL_COST_MAP=True env/bin/python - 2>log <<'PYTHON' || { code=$?; tail -n 3 log >&2; exit "$code"; }
import json, sys, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

import litellm

arrived = []


class Server(BaseHTTPRequestHandler):
    def do_POST(self):
        arrived.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        message = {"role": "assistant", "content": "ok"}
        answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [
            {"index": 0, "finish_reason": "stop", "message": message}]}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
properties = {"query": {"type": "string"}, "strict": {"type": "boolean", "description": "Exact matches only."}}
schema = {"type": "object", "properties": properties, "required": ["query", "strict"]}


def sent(model):
    tool = {"type": "function", "function": {"name": "search", "parameters": json.loads(json.dumps(schema))}}
    url = f"http://127.0.0.1:{server.server_port}/v1"
    question = [{"role": "user", "content": "Find it."}]
    litellm.completion(model=model, api_base=url, api_key="none", messages=question, tools=[tool])
    parameters = arrived[-1]["tools"][0]["function"]["parameters"]
    return list(parameters["properties"]), parameters["required"]


seen = {model: sent(model) for model in ("openai/any", "xai/grok-4")}
print(f"litellm {version('litellm')}: " + " | ".join(
    f"{model}: {', '.join(names)}; required {', '.join(required)}" for model, (names, required) in seen.items()))
print("expected: query, strict on both ways")
both = ["query", "strict"]
as_described = list(seen.values()) == [(both, both), (["query"], both)]
print("as described" if as_described else "CHANGED")
sys.exit(not as_described)
PYTHON
