"""Ask a model for the next message of each task, greedily, and score what it answers.

    python -m benchmarks.downstream.evaluate MODEL TASKS OUT.json [--dialogues 100] [--bfcl PACKAGE]

TASKS is a folder that `toolace-mt export --format tasks` wrote, of a run whose tools the training
never saw. A dialogue is solved if all of its messages are right, each asked in the true context.
With `--bfcl`, the folder in which `bfcl-eval` is installed, tasks of its multi-turn part are played
as well, and judged by its own checker.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.downstream.asking import Asked
from benchmarks.downstream.rows import read_item
from toolace_mt.tasks import score
from toolace_mt.tasks.adapters import message_of

Task = dict[str, Any]


def read_tasks(folder: Path, dialogues: int) -> list[Task]:
    """Return the tasks of the first dialogues of an export."""
    from datasets import load_dataset

    files = sorted(str(file) for file in folder.rglob("train-*.parquet"))
    rows: Any = load_dataset("parquet", data_files=files, split="train")
    by_dialogue: dict[str, list[Task]] = defaultdict(list)
    for row in rows:
        if row["id"] not in by_dialogue and len(by_dialogue) == dialogues:
            break
        by_dialogue[row["id"]].append(row)
    return [task for tasks in by_dialogue.values() for task in tasks]


def scored(tasks: Sequence[Task], texts: Sequence[str | None]) -> dict[str, Any]:
    """Return what is right of each dialogue: its messages with calls, its replies, all of it.

    A task whose prompt the model cannot hold counts as wrong.
    """
    dialogues: dict[str, dict[str, list[int]]] = {}
    for task, text in zip(tasks, texts, strict=True):
        right = text is not None and score(task["answer"], message_of(text)).reward == 1.0
        found = dialogues.setdefault(task["id"], {"calls": [], "reply": []})
        found[task["expects"]].append(int(right))
    return {"dialogues": dialogues, "too_long": sum(text is None for text in texts)}


def shares(dialogues: Sequence[dict[str, list[int]]]) -> dict[str, float]:
    """Return the shares of exact call messages, of right replies, and of dialogues solved whole."""
    solved = [all(right["calls"] + right["reply"]) for right in dialogues]
    flat = {
        name: [yes for right in dialogues for yes in right[name]] for name in ("calls", "reply")
    }
    found = {"exact calls": flat["calls"], "replies": flat["reply"], "solved": solved}
    return {name: sum(yes) / len(yes) if yes else 0.0 for name, yes in found.items()}


def main() -> None:
    given = _arguments()
    model = Asked(given.model, given.longest)
    tasks = read_tasks(given.tasks, given.dialogues)
    texts = model.answers(
        [([*map(read_item, task["prompt"])], [*map(read_item, task["tools"])]) for task in tasks]
    )
    result = scored(tasks, texts)
    print(f"{given.out}: {_shown(shares(list(result['dialogues'].values())))}")
    if given.bfcl:
        from benchmarks.downstream.bfcl import play

        result["bfcl"] = play(given.bfcl, model, given.bfcl_tasks)
        print(f"{given.out}: BFCL {sum(result['bfcl'].values())} of {len(result['bfcl'])}")
    given.out.parent.mkdir(parents=True, exist_ok=True)
    result["texts"] = texts
    given.out.write_text(json.dumps(result, ensure_ascii=False) + "\n", "utf-8")


def _shown(found: dict[str, float]) -> str:
    return ", ".join(f"{name} {share:.1%}" for name, share in found.items())


def _read(items: Sequence[Any]) -> list[Any]:
    return [read_item(item) for item in items]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("tasks", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--dialogues", type=int, default=100)
    parser.add_argument("--longest", type=int, default=4096, help="tokens of prompt and answer")
    parser.add_argument("--bfcl", type=Path, help="folder with the package bfcl_eval")
    parser.add_argument("--bfcl-tasks", type=int, default=50, help="of each multi-turn category")
    given = parser.parse_args()
    if not given.tasks.is_dir():
        parser.error(
            f"{given.tasks}: no such folder; toolace-mt export RUN --format tasks makes it"
        )
    return given


if __name__ == "__main__":
    main()
