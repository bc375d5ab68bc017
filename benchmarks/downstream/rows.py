"""Rows as a model reads them: token ids, with labels on what the assistant is to learn."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

TEMPLATE = Path(__file__).with_name("chat.jinja")
IGNORED = -100


class Tokenized(NamedTuple):
    """Rows that fit, as `SFTTrainer` takes them, and how many were left out as too long."""

    rows: list[dict[str, list[int]]]
    too_long: int

    @property
    def tokens(self) -> int:
        """The number of tokens of all rows."""
        return sum(len(row["input_ids"]) for row in self.rows)


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield `messages` and `tools` of the lines of a JSONL file, or of a folder's Parquet files.

    Messages may hold `train: false` (the format `axolotl`); they may be JSON texts.
    """
    if path.is_dir():
        from datasets import load_dataset

        files = sorted(str(file) for file in path.rglob("train-*.parquet"))
        found: Any = load_dataset("parquet", data_files=files, split="train") if files else ()
    else:
        found = (json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip())
    for row in found:
        yield {
            name: [read_item(item) for item in row.get(name) or ()]
            for name in ("messages", "tools")
        }


def read_item(item: Any) -> Any:
    """Return a value that may be given as JSON text."""
    return json.loads(item) if isinstance(item, str) else item


def tokenize(tokenizer: Any, rows: Iterator[dict[str, Any]], most: int, longest: int) -> Tokenized:
    """Tokenize the first `most` rows of at most `longest` tokens.

    A longer row is left out whole: cut off, it would teach half a call. The tokenizer's template
    says by `{% generation %}` what is learned; everything else has the label -100.
    """
    kept: list[dict[str, list[int]]] = []
    too_long = 0
    for row in rows:
        if len(kept) == most:
            break
        made = tokenizer.apply_chat_template(
            row["messages"],
            tools=row["tools"] or None,
            return_dict=True,
            return_assistant_tokens_mask=True,
        )
        ids, learned = made["input_ids"], made["assistant_masks"]
        if len(ids) > longest:
            too_long += 1
            continue
        labels = [token if yes else IGNORED for token, yes in zip(ids, learned, strict=True)]
        kept.append({"input_ids": ids, "labels": labels})
    return Tokenized(kept, too_long)
