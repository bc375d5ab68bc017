"""Converts public tool-calling dialogues of other projects to OpenAI-style JSON Lines.

    python -m benchmarks.public.dialogues CLONES OUT

`CLONES` holds clones of the repositories in `SOURCES`, each under its own name; missing ones are
skipped. `OUT` gets a file for each source. None of the data is part of this repository.

Only the form is converted: who speaks when, calls with ids, tools as JSON Schema. Calls, arguments,
outputs and texts stay as published, mistakes included.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.public.bfcl import BFCL, bfcl_multi_turn, bfcl_single_turn
from benchmarks.public.readers import (
    GLAIVE,
    TAU,
    TOOLACE,
    api_bank,
    glaive,
    tau_airline,
    tool_ace,
    tool_talk,
)
from toolace_mt.trajectory import JsonObject


@dataclass(frozen=True, slots=True)
class Source:
    """Where dialogues were published, and how they are read from a clone.

    `replies`: whether the published data have outputs and replies, or requests and calls alone.
    """

    repository: str
    commit: str
    licence: str
    path: str
    what: str
    read: Callable[[Path], Iterator[JsonObject]]
    replies: bool = True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("clones", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name, source in SOURCES.items():
        clone = options.clones / source.repository.split("/")[1]
        rows = list(source.read(clone)) if (clone / source.path).exists() else []
        if rows:
            lines = "".join(json.dumps(row) + "\n" for row in rows)
            (options.out / f"{name}.jsonl").write_text(lines, "utf-8")
        print(f"{name}: {len(rows)} dialogues")


SOURCES = {
    "tau_airline": Source(
        "sierra-research/tau-bench",
        "59a200c6d575d595120f1cb70fea53cef0632f6b",
        "MIT",
        TAU,
        "trajectories of GPT-4o with a simulated customer and real tools",
        tau_airline,
    ),
    "tool_talk": Source(
        "microsoft/ToolTalk",
        "e05f4ce6132c80ed33392b81535b077d56ab28fd",
        "MIT",
        "data",
        "conversations with calls checked by people and real outputs",
        tool_talk,
    ),
    "api_bank": Source(
        "AlibabaResearch/DAMO-ConvAI",
        "483554eae102996f5ec1f4feab4e78ef29c2a394",
        "Apache-2.0",
        "api-bank/lv1-lv2-samples",
        "conversations written by people, real outputs",
        api_bank,
    ),
    "glaive": Source(
        "hiyouga/LLaMA-Factory",
        "ff6d4d12eeb035d6ce06805a5733dd7b29f2ac30",
        "Apache-2.0",
        GLAIVE,
        "conversations written by a model (a sample of glaive-function-calling-v2)",
        glaive,
    ),
    "tool_ace": Source(
        "zaego123/ToolACE_data",
        "5f6a01de7fef49add7be213a7f19b07832452b0f",
        "Apache-2.0 (of ToolACE; the repository names none)",
        TOOLACE,
        "conversations written by models (a sample of ToolACE)",
        tool_ace,
    ),
    "bfcl_multi_turn": Source(
        "ShishirPatil/gorilla",
        "6ea57973c7a6097fd7c5915698c54c17c5b1b6c8",
        "Apache-2.0",
        BFCL,
        "right calls of tasks of several turns",
        bfcl_multi_turn,
        replies=False,
    ),
    "bfcl_single_turn": Source(
        "ShishirPatil/gorilla",
        "6ea57973c7a6097fd7c5915698c54c17c5b1b6c8",
        "Apache-2.0",
        BFCL,
        "right calls of single requests",
        bfcl_single_turn,
        replies=False,
    ),
}

if __name__ == "__main__":
    main()
