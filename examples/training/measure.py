"""Scores a plain Llama checkpoint on tables of prompt and truth with transformers, in float32.

Usage: measure.py MODEL TABLE.jsonl... [--output REPORT.json] [--threads N]

For every table: exact match of the whole answer, over all and by task; accuracy of each field of the JSON answers; and
the answers themselves, against which those of the engine can be compared. Answers are generated greedily.
"""

import argparse
import json
import time

import torch
from transformers import AutoTokenizer, LlamaForCausalLM

LONGEST_ANSWER = 96


@torch.no_grad()
def complete(model, tokenizer, prompt):
    ids = tokenizer(prompt, return_tensors="pt").input_ids
    generated = model.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=LONGEST_ANSWER,
        pad_token_id=tokenizer.pad_token_id,
    )
    return tokenizer.decode(generated[0, ids.shape[1] :], skip_special_tokens=True).strip()


def fields(text):
    """The fields of a JSON answer; none if it is no JSON object."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def shares(marks):
    return {name: round(sum(values) / len(values), 4) for name, values in sorted(marks.items())}


def score(rows, answers):
    by_task, by_field = {}, {}
    for row, answer in zip(rows, answers):
        task = f"{row['kind']}.{row['task']}" if "kind" in row else row["task"]
        by_task.setdefault(task, []).append(answer == row["truth"])
        if row["task"] == "json":
            given = fields(answer)
            for field, value in json.loads(row["truth"]).items():
                by_field.setdefault(f"{task}.{field}", []).append(given.get(field) == value)
    right = sum(answer == row["truth"] for row, answer in zip(rows, answers))
    return {"exact_match": round(right / len(rows), 4), "rows": len(rows), "tasks": shares(by_task), "fields": shares(by_field)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("tables", nargs="+")
    parser.add_argument("--output", help="file for the report with all answers")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    model = LlamaForCausalLM.from_pretrained(options.model, dtype=torch.float32).eval()
    report = {}
    for table in options.tables:
        started = time.time()
        with open(table) as file:
            rows = [json.loads(line) for line in file]
        answers = [complete(model, tokenizer, row["prompt"]) for row in rows]
        result = score(rows, answers)
        print(table, json.dumps({**result, "seconds": round(time.time() - started, 1)}, indent=1), flush=True)
        report[table] = {**result, "answers": answers}
    if options.output:
        with open(options.output, "w") as file:
            json.dump(report, file, indent=1)


if __name__ == "__main__":
    main()
