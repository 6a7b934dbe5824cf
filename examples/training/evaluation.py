"""Accuracy of a model under training on held-out prompts."""

import torch

from tokenization import PADDING


@torch.no_grad()
def exact_matches(model, prompts, rows=4):
    """Share of prompts whose whole answer is right, over all and by task.

    The answer is right if each of its tokens is the most likely one after the prompt and the tokens before it: the same
    as greedy generation returning the answer.
    """
    device = next(model.parameters()).device
    right, asked = {}, {}
    ordered = sorted(prompts, key=lambda one: len(one["prompt_ids"]) + len(one["answer_ids"]))
    for start in range(0, len(ordered), rows):
        group = ordered[start : start + rows]
        length = max(len(one["prompt_ids"]) + len(one["answer_ids"]) for one in group)
        ids = torch.full((len(group), length), PADDING, dtype=torch.long)
        for row, one in enumerate(group):
            sequence = one["prompt_ids"] + one["answer_ids"]
            ids[row, : len(sequence)] = torch.tensor(sequence)
        hidden, _ = model(ids.to(device))
        for row, one in enumerate(group):
            first = len(one["prompt_ids"]) - 1
            logits = model.logits(hidden[row, first : first + len(one["answer_ids"])])
            matched = logits.argmax(-1).tolist() == one["answer_ids"]
            task = f"{one['kind']}.{one['task']}"
            asked[task] = asked.get(task, 0) + 1
            right[task] = right.get(task, 0) + matched
    shares = {task: round(right[task] / asked[task], 3) for task in asked}
    return {"all": round(sum(right.values()) / len(prompts), 3), **shares}
