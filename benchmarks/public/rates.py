"""Measures in how many dialogues and calls each rule reports an error, with intervals.

    python -m benchmarks.public.rates [DIR] [--most N] [--out docs/verify_rates.md]

`DIR` holds what `benchmarks.public.dialogues` has converted. The judged dialogues of the tests come
first: it is known which of them are right, so an error there is a false alarm. Their second half
was looked at once, after the mechanism was done, and the rules were corrected by it, so it is no
independent measure any more. Public dialogues have mistakes of their own, so their rates are upper
bounds.
"""

import argparse
import sys
from datetime import date
from itertools import islice
from pathlib import Path

from benchmarks.detection.detection import Clean, errors, measure_clean, rate
from benchmarks.detection.planted_defects import of_file
from toolace_mt.verification.rules import RULES, check

_ABOUT = (
    "Written by `benchmarks/public/rates.py`; do not edit. A dialogue is *rejected* if a rule"
    " reports an error about it, a call is *blamed* if one does about that call. In brackets: 95%"
    " intervals (Wilson). Made on {}, by the code of that day."
)
_ORIGIN = ("argument_origin", "reply_origin")


def main() -> None:
    options = _options()
    parts = [f"# Rates\n\n{_ABOUT.format(date.today())}", _judged_table()]
    files = sorted(options.folder.glob("*.jsonl")) if options.folder else []
    if files:
        parts.append(
            _summary({p.stem: measure_clean(islice(of_file(p), options.most)) for p in files})
        )
    text = "\n\n".join(parts) + "\n"
    print(text)
    if options.out:
        options.out.write_text(text, "utf-8")


def _judged_table() -> str:
    """Return false alarms on right dialogues and detection of single wrong values, by half."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
    from judged import judged

    lines = [
        "## Dialogues judged by hand",
        "",
        "| half | right dialogues | of them rejected | wrong copies | of them found |",
        "|---|---:|---|---:|---|",
    ]
    for held_back in (False, True):
        some = [one for one in judged() if one.held_back == held_back]
        verdicts = [(one.right, bool(errors(check(one.dialogue)))) for one in some]
        right = [found for is_right, found in verdicts if is_right]
        wrong = [found for is_right, found in verdicts if not is_right]
        cells = (len(right), rate(sum(right), len(right)), len(wrong), rate(sum(wrong), len(wrong)))
        name = "second" if held_back else "first"
        lines.append(f"| {name} | {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def _summary(measured: dict[str, Clean]) -> str:
    lines = [
        "## Public dialogues",
        "",
        "Rejected and blamed by any rule, and by the two on origins; then by rule.",
        "",
        "| source | dialogues | rejected | by origin | calls | blamed for an argument's origin |",
        "|---|---:|---|---|---:|---|",
    ]
    for name, clean in measured.items():
        origin = [clean.rejected[rule] for rule in _ORIGIN]
        cells = (
            clean.dialogues,
            rate(clean.rejected[""], clean.dialogues),
            " + ".join(rate(count, clean.dialogues) for count in origin),
            clean.calls,
            rate(clean.blamed["argument_origin"], clean.calls),
        )
        lines.append(f"| {name} | {' | '.join(map(str, cells))} |")
    everyone = sum(clean.dialogues for clean in measured.values())
    calls = sum(clean.calls for clean in measured.values())
    lines += ["", "| rule | dialogues rejected | calls blamed |", "|---|---|---|"]
    for rule in RULES:
        rejected = sum(clean.rejected[rule] for clean in measured.values())
        blamed = sum(clean.blamed[rule] for clean in measured.values())
        if rejected:
            lines.append(f"| {rule} | {rate(rejected, everyone)} | {rate(blamed, calls)} |")
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--most", type=int, default=400, help="dialogues read of each file")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
