"""Scores models on held-out prompts of several lengths through Spark, and the engine against transformers.

Usage: held_out.py OUTPUT BASE [OTHER...] [--tokens 512,1024,2048,4096] [--rows 290] [--transformers-rows 290]

For every length: a table of prompts of the test split, bin/swiftkv evaluate over all models on it (accuracy by task and
by field, agreement with BASE, speed and memory of keys and values), the answers of BASE in float32 by the engine and by
transformers on the first rows. OUTPUT/held-out.md and held-out.json sum them up; the reports lie beside them.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from measure import LONGEST_ANSWER

HERE = Path(__file__).resolve().parent
SWIFTKV = HERE.parent.parent / "bin/swiftkv"
LINES = {
    "exact match": lambda model: f"{model['exact_match']:.3f}",
    "agreement": lambda model: f"{model['agreement']:.3f}",
    "divergence": lambda model: f"{model['divergence']:.4f}" if "divergence" in model else "",
    "prompt tokens/s": lambda model: f"{model['prompt_tokens'] / model['seconds']:,.0f}",
    "seconds a row": lambda model: f"{model['seconds'] / model['rows']:.4f}",
    "KV bytes a row": lambda model: f"{model['kv_bytes_per_row']:,}" if "kv_bytes_per_row" in model else "",
}


def call(*command):
    subprocess.run([str(part) for part in command], check=True)


def evaluate(table, models, output, *options):
    """The report of bin/swiftkv evaluate, each model with the number of rows."""
    named = [part for model in models for part in ("--model", model)]
    call(SWIFTKV, "evaluate", "--data", table, "--by", "task", "--output", output, "--no-progress", *named, *options)
    report = json.loads((output / "report.json").read_text())
    return [{**model, "rows": report["rows"]} for model in report["models"]]


def compared(table, base, rows, folder):
    """How many answers of the engine and of transformers, both in float32, are equal, and of how many."""
    part = folder / "transformers.jsonl"
    part.write_text("".join(table.read_text().splitlines(keepends=True)[:rows]))
    evaluate(part, [base], folder / "float32", "--dtype", "f32", "--divergence-rows", "0", "--max-tokens", LONGEST_ANSWER)
    call(sys.executable, HERE / "measure.py", base, part, "--output", folder / "transformers.json")
    theirs = json.loads((folder / "transformers.json").read_text())[str(part)]["answers"]
    lines = (folder / "float32/answers.jsonl").read_text().splitlines()
    ours = [next(iter(json.loads(line)["answers"].values())).strip() for line in lines]
    part.unlink()
    return {"equal": sum(one == other for one, other in zip(ours, theirs, strict=True)), "rows": len(ours)}


def name(model):
    return Path(model["model"]).name


def table_of(title, models, names, cell):
    lines = [f"\n## {title}\n", "| | " + " | ".join(name(model) for model in models) + " |", "|---|" + "---:|" * len(models)]
    return lines + [f"| {row} | " + " | ".join(cell(row, model) for model in models) + " |" for row in names]


def share(kind):
    def cell(row, model):
        one = model[kind].get(row)
        return f"{one['share']:.3f} of {one['rows']}" if one else ""

    return cell


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("base")
    parser.add_argument("others", nargs="*")
    parser.add_argument("--tokens", default="512,1024,2048,4096")
    parser.add_argument("--rows", type=int, default=290)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--transformers-rows", type=int, default=290, help="0 leaves transformers out")
    parser.add_argument("--divergence-rows", type=int, default=20)
    options = parser.parse_args()
    base, *others = (os.path.abspath(model) for model in (options.base, *options.others))
    results, lines = {}, ["# Held-out prompts"]
    for tokens in options.tokens.split(","):
        folder = options.output / tokens
        folder.mkdir(parents=True, exist_ok=True)
        table = folder / "prompts.jsonl"
        call(sys.executable, HERE / "table.py", f"{base}/tokenizer.json", table, "--tokens", tokens,
             "--rows", options.rows, "--seed", options.seed)
        models = evaluate(table, [base, *others], folder, "--divergence-rows", options.divergence_rows)
        results[tokens] = {"models": models}
        lines += table_of(f"{tokens} tokens, {options.rows} prompts", models, LINES, lambda row, model: LINES[row](model))
        if options.transformers_rows:
            both = compared(table, base, options.transformers_rows, folder)
            results[tokens]["transformers"] = both
            lines.append(f"\nIn float32 {both['equal']} of {both['rows']} answers of {Path(base).name} equal those of transformers.")
        for kind, title in (("groups", "Tasks"), ("fields", "Fields")):
            names = sorted({row for model in models for row in model[kind]})
            lines += table_of(f"{title} at {tokens} tokens", models, names, share(kind))
        (options.output / "held-out.json").write_text(json.dumps(results, indent=1) + "\n")
        (options.output / "held-out.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
