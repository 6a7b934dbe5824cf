"""Writes a table of held-out prompts with their right answers.

Usage: table.py TOKENIZER.json TABLE.jsonl --tokens 512 [--rows 290] [--seed 7] [--kinds support,incident,minutes] [--tasks ...]

Columns: id (from 1), channel (the layout of the document), kind (support, incident, minutes), task, tokens (of the
prompt), prompt, truth (the answer to the last character). Names, invented words, ids, codes and phrases are of the
test split. A prompt and its answer take 0.85 to 1.0 times the given number of tokens; with two numbers, such as
200,1000, rows take lengths evenly between them.
"""

import argparse
import json

from tokenizers import Tokenizer

from batches import Examples
from documents.tasks import INSTRUCTIONS


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokenizer")
    parser.add_argument("table")
    parser.add_argument("--tokens", required=True, help="one length, or shortest,longest")
    parser.add_argument("--rows", type=int, default=290)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--kinds", default=",".join(INSTRUCTIONS))
    parser.add_argument("--tasks", default="", help="only these tasks, in turn")
    options = parser.parse_args()
    bounds = [int(bound) for bound in options.tokens.split(",")]
    wanted = [task for task in options.tasks.split(",") if task]
    tasks = [
        (kind, task)
        for kind in options.kinds.split(",")
        for task in wanted or INSTRUCTIONS[kind]
        if task in INSTRUCTIONS[kind]
    ]
    examples = Examples(Tokenizer.from_file(options.tokenizer), options.seed)
    prompts = examples.held_out(bounds, options.rows, options.seed, tasks)
    with open(options.table, "w") as file:
        for number, one in enumerate(prompts, 1):
            row = {
                "id": number, "channel": one["facts"]["channel"], "kind": one["kind"], "task": one["task"],
                "tokens": len(one["prompt_ids"]), "prompt": one["prompt"], "truth": one["truth"],
            }
            file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
