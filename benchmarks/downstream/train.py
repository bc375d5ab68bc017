"""Fine-tune a model on rows with TRL: the whole model, or LoRA whose weights are merged at the end.

    python -m benchmarks.downstream.train MODEL ROWS OUT [--rows 300] [--lora] [--seed 0] ...

ROWS is a JSONL file of `messages` and `tools`, or a folder of the export format `axolotl`. Only the
assistant's messages are learned, without those that are wrong on purpose. A run that was stopped
goes on from its last checkpoint; one that is done does nothing.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.downstream.rows import TEMPLATE, Tokenized, read_rows, tokenize

DONE = "trained.json"


def main() -> None:
    given = _arguments()
    if (given.out / DONE).exists():
        print(f"{given.out}: done already")
        return
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(given.model)
    tokenizer.chat_template = TEMPLATE.read_text("utf-8")
    data = tokenize(tokenizer, read_rows(given.data), given.rows, given.longest)
    if len(data.rows) < given.rows:
        sys.exit(
            f"{given.data}: {len(data.rows)} rows of at most {given.longest} tokens"
            f" ({data.too_long} are longer), expected {given.rows}; lower --rows"
        )
    loss = _fit(given, tokenizer, data)
    done = {"rows": len(data.rows), "too_long": data.too_long, "tokens": data.tokens, "loss": loss}
    (given.out / DONE).write_text(json.dumps(done) + "\n", "utf-8")
    print(f"{given.out}: {done}")


def _fit(given: argparse.Namespace, tokenizer: Any, data: Tokenized) -> float:
    """Train, save the model with its tokenizer in `given.out`, and return the mean loss."""
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM
    from transformers.trainer_utils import get_last_checkpoint
    from trl import SFTTrainer

    torch.set_num_threads(given.threads or torch.get_num_threads())
    model = AutoModelForCausalLM.from_pretrained(given.model, dtype=torch.float32)
    checkpoints = given.out / "checkpoints"
    lora = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
    trainer = SFTTrainer(
        model,
        _settings(given, checkpoints),
        train_dataset=Dataset.from_list(data.rows),
        processing_class=tokenizer,
        peft_config=lora if given.lora else None,
    )
    last = get_last_checkpoint(str(checkpoints)) if checkpoints.is_dir() else None
    result = trainer.train(resume_from_checkpoint=last)
    tuned: Any = trainer.model
    (tuned.merge_and_unload() if given.lora else tuned).save_pretrained(given.out)
    tokenizer.save_pretrained(given.out)
    return round(float(result.training_loss), 4)


def _settings(given: argparse.Namespace, checkpoints: Path) -> Any:
    """Return TRL's settings: rows as they are tokenized, in full, with checkpoints."""
    import torch
    from trl import SFTConfig

    return SFTConfig(
        output_dir=str(checkpoints),
        seed=given.seed,
        num_train_epochs=given.epochs,
        learning_rate=given.rate,
        lr_scheduler_type="cosine",
        warmup_steps=10,
        per_device_train_batch_size=1,
        gradient_accumulation_steps=given.batch,
        max_length=None,
        logging_steps=10,
        save_steps=25,
        save_total_limit=1,
        report_to=[],
        use_cpu=not torch.cuda.is_available(),
        bf16=torch.cuda.is_available(),
        gradient_checkpointing=False,
        dataset_kwargs={"skip_prepare_dataset": True},
        disable_tqdm=True,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", help="folder of a Hugging Face model with ChatML tokens")
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--longest", type=int, default=2048, help="tokens of a row")
    parser.add_argument("--lora", action="store_true")
    parser.add_argument("--epochs", type=float, default=1)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--batch", type=int, default=8, help="rows of a step")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0: as many as it wants")
    given = parser.parse_args()
    if not given.data.exists():
        parser.error(f"{given.data}: no such file or folder")
    return given


if __name__ == "__main__":
    main()
