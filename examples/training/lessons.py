"""Writes a table of prompts and completions of the training split, for bin/swiftkv distill.

Usage: lessons.py TOKENIZER.json TABLE.jsonl [--rows 5000] [--questions 3] [--tokens 512,512,4096,...] [--seed 21]

Columns: prompt, completion. A completion answers the prompt's question and goes on with more questions about the same
document and their answers, as the model was trained: one long prompt teaches several answers.
"""

import argparse
import json

from tokenizers import Tokenizer

from batches import Examples

TOKENS = "512,512,4096,512,512,512,512,1024,512,512,2048,512,512,512,512,1024,512,512,2048"
"""Short documents hold most answers for their tokens; those of 2,048 and 4,096 still are nearly half of all tokens."""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokenizer")
    parser.add_argument("table")
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--questions", type=int, default=3, help="most questions about a document")
    parser.add_argument("--tokens", default=TOKENS, help="most tokens of a row; several take turns")
    parser.add_argument("--seed", type=int, default=21)
    options = parser.parse_args()
    lengths = [int(length) for length in options.tokens.split(",")]
    examples = Examples(Tokenizer.from_file(options.tokenizer), options.seed)
    with open(options.table, "w") as file:
        for prompt, completion in examples.lessons(lengths, options.rows, options.questions):
            file.write(json.dumps({"prompt": prompt, "completion": completion}) + "\n")


if __name__ == "__main__":
    main()
