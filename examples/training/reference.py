"""A SwiftKV checkpoint in plain torch and float32, apart from the engine: what its answers are compared with.

Usage: reference.py MODEL TABLE.jsonl GOLDEN.json [--rows 36] [--least-gap 0.3]

Writes GOLDEN.json: for the first rows of the table the prompt, its ids and the ids of the greedy answer. Rows where the
best two logits are closer than the gap anywhere are left out: rounding may decide there. Plain checkpoints are
answered by transformers, SwiftKV ones by the layers of transformers with their later queries, keys and values replaced.
"""

import argparse
import json
import math

import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

LONGEST_ANSWER = 96


class Reference:
    """Logits of a checkpoint, computed from the first token of a prompt each time: slow, and nothing to go wrong."""

    def __init__(self, folder):
        with open(f"{folder}/config.json") as file:
            self.settings = json.load(file)
        config = LlamaConfig(**{key: value for key, value in self.settings.items() if key not in ("architectures", "model_type")})
        config._attn_implementation = "sdpa"
        self.weights = {name: weight.float() for name, weight in load_file(f"{folder}/model.safetensors").items()}
        self.model = LlamaForCausalLM(config).float().eval()
        own = self.model.state_dict()
        self.model.load_state_dict({name: self.weights[name] for name in own if name in self.weights}, strict=False)
        self.model.tie_weights()
        self.own_layers = self.settings.get("num_key_value_layers", len(self.model.model.layers))
        self.group = self.settings.get("key_value_group_size", 1)
        self.end = self.settings["eos_token_id"]
        self.tokenizer = AutoTokenizer.from_pretrained(folder)

    def _project(self, hidden, layer, name):
        return hidden @ self.weights[f"model.layers.{layer}.self_attn.{name}_proj_swiftkv.weight"].T

    def _later_layers(self, hidden, rotation):
        """Layers that attend to keys and values of the boundary, over all rows at once."""
        llama = self.model.model
        shared = self._normalised(hidden, self.weights["model.norm_swiftkv.weight"])
        for index in range(self.own_layers, len(llama.layers)):
            layer = llama.layers[index]
            attention = layer.self_attn
            if (index - self.own_layers) % self.group == 0:
                keys, values = (self._heads(self._project(shared, index, name), attention.head_dim) for name in "kv")
            queries = self._heads(self._project(layer.input_layernorm(hidden), index, "q"), attention.head_dim)
            queries, rotated = apply_rotary_pos_emb(queries, keys, *rotation)
            mixed = torch.nn.functional.scaled_dot_product_attention(
                queries, rotated, values, is_causal=True, enable_gqa=True
            )
            hidden = hidden + attention.o_proj(mixed.transpose(1, 2).flatten(2))
            hidden = hidden + layer.mlp(layer.post_attention_layernorm(hidden))
        return hidden

    def _normalised(self, hidden, weight):
        scale = torch.rsqrt(hidden.pow(2).mean(-1, keepdim=True) + self.settings["rms_norm_eps"])
        return hidden * scale * weight

    @staticmethod
    def _heads(columns, size):
        return columns.unflatten(2, (-1, size)).transpose(1, 2)

    @torch.no_grad()
    def logits(self, ids):
        """Logits of all positions [tokens, vocabulary]."""
        ids = torch.tensor([ids])
        if self.own_layers == len(self.model.model.layers):
            return self.model(ids).logits[0]
        llama = self.model.model
        hidden = llama.embed_tokens(ids)
        rotation = llama.rotary_emb(hidden, torch.arange(ids.shape[1])[None])
        for layer in llama.layers[: self.own_layers]:
            hidden = layer(hidden, position_embeddings=rotation, attention_mask=None)
            hidden = hidden[0] if isinstance(hidden, tuple) else hidden
        hidden = llama.norm(self._later_layers(hidden, rotation))
        return self.model.lm_head(hidden)[0]

    def answer(self, ids, guess):
        """Ids of the greedy answer, with the end, and how far the best two logits are apart at least.

        A guess of the answer only saves time: its ids are read at once, and all that the model would have chosen count.
        """
        answer, gap = [], math.inf
        while len(answer) < LONGEST_ANSWER and answer[-1:] != [self.end]:
            ahead = guess[len(answer) :]
            best = self.logits(ids + answer + ahead)[len(ids) + len(answer) - 1 :].topk(2)
            for (first, second), chosen, guessed in zip(best.values.tolist(), best.indices[:, 0].tolist(), [*ahead, None]):
                gap = min(gap, first - second)
                answer.append(chosen)
                if chosen != guessed or chosen == self.end:
                    break
        return answer[:LONGEST_ANSWER], gap


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("table")
    parser.add_argument("golden")
    parser.add_argument("--rows", type=int, default=36)
    parser.add_argument("--least-gap", type=float, default=0.3)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    reference = Reference(options.model)
    rows = []
    with open(options.table) as file:
        for row in map(json.loads, file):
            if len(rows) == options.rows:
                break
            ids = reference.tokenizer(row["prompt"]).input_ids
            guess = reference.tokenizer(" " + row["truth"], add_special_tokens=False).input_ids
            answer, gap = reference.answer(ids, [*guess, reference.end])
            if gap < options.least_gap:
                continue
            text = reference.tokenizer.decode(answer, skip_special_tokens=True).strip()
            rows.append(
                {"prompt": row["prompt"], "prompt_ids": ids, "expected_answer": row["truth"], "greedy_ids": answer,
                 "greedy_text": text, "smallest_top2_gap": round(gap, 3)}
            )
    with open(options.golden, "w") as file:
        json.dump({"rows": rows}, file)
        file.write("\n")


if __name__ == "__main__":
    main()
