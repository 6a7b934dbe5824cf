"""Prefill speed of transformers + torch on a checkpoint, as one JSON object.

usage: transformers_prefill.py --model DIR --prompt-tokens N [--repeats R] [--threads T]

The first runs are slower while torch settles; the median of the last R is reported.
"""

import argparse
import json
import statistics
import time

import torch
import transformers

WARM_UP = 3


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--prompt-tokens", type=int, required=True)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    model = transformers.LlamaForCausalLM.from_pretrained(
        arguments.model, dtype=torch.bfloat16, attn_implementation="sdpa"
    ).eval()
    seconds = []
    with torch.inference_mode():
        for run in range(WARM_UP + arguments.repeats):
            torch.manual_seed(run)
            prompt = torch.randint(300, model.config.vocab_size, (1, arguments.prompt_tokens))
            start = time.perf_counter()
            model(prompt, logits_to_keep=1, use_cache=True)
            seconds.append(time.perf_counter() - start)
    median = statistics.median(seconds[WARM_UP:])
    print(
        json.dumps(
            {
                "engine": f"transformers {transformers.__version__}, torch {torch.__version__}",
                "prompt_tokens": arguments.prompt_tokens,
                "prompt_tokens_per_second": arguments.prompt_tokens / median,
                "seconds": seconds,
            }
        )
    )


if __name__ == "__main__":
    main()
