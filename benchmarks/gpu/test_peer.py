"""Checks the peer itself, on the CPU: python3 test_peer.py [GOLDEN_DIRECTORY].

The directory holds checkpoints with logits of the SwiftKV authors' reference class (golden.json). Without it only the
generator and the agreement of decode and prefill are checked.
"""

import json
import sys
import tempfile
import unittest
from pathlib import Path

import torch

from noise import mix, noise, prompt, seed_of
from swiftkv_llama import SwiftKvLlama

GOLDEN = Path(sys.argv.pop(1)) if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else None


def relative_error(actual, expected) -> float:
    return (torch.linalg.vector_norm(actual - expected) / torch.linalg.vector_norm(expected)).item()


class GeneratorTest(unittest.TestCase):
    def test_bits_are_those_of_splitmix64(self):
        # The generator's first outputs from seed 0, as its authors' program prints them.
        published = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
        self.assertEqual([mix((i + 1) * 0x9E3779B97F4A7C15 % (1 << 64)) for i in range(3)], published)
        made = noise(0, 1, 3, 1.0, "cpu")[0]
        for bits, element in zip(published, made.tolist()):
            unit = ((bits >> 40) - (1 << 23)) * 2.0**-23
            truncated = torch.tensor(unit).view(torch.int32).bitwise_and(-65536).view(torch.float32)
            self.assertEqual(element, truncated.item())

    def test_elements_do_not_depend_on_how_many_are_made_at_once(self):
        import noise as module

        whole = noise(-5, 7, 33, 0.25, "cpu")
        at_once, module.ELEMENTS_AT_ONCE = module.ELEMENTS_AT_ONCE, 50
        try:
            self.assertTrue(torch.equal(noise(-5, 7, 33, 0.25, "cpu"), whole))
        finally:
            module.ELEMENTS_AT_ONCE = at_once

    def test_names_and_seeds_give_other_noise(self):
        self.assertEqual(len({seed_of(s, n) for s in (0, 1) for n in ("a", "b")}), 4)
        self.assertEqual(len(set(prompt(3, 100, 1 << 30))), 100)


def write_model(directory: Path, later: bool):
    """A described model small enough for a test, with odd head groups."""
    hidden, intermediate, vocabulary, size, heads, kv_heads, layers = 48, 80, 90, 8, 6, 2, 4
    config = {
        "model_type": "llama_swiftkv" if later else "llama",
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "head_dim": size,
        "vocab_size": vocabulary,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "num_key_value_layers": 2,
        "key_value_group_size": 1,
    }
    shapes = {"model.embed_tokens.weight": [vocabulary, hidden], "lm_head.weight": [vocabulary, hidden]}
    shapes.update({f"model.{norm}.weight": [hidden] for norm in ("norm", "norm_swiftkv")})
    for i in range(layers):
        name = f"model.layers.{i}."
        for suffix in ("", "_swiftkv"):
            shapes[f"{name}self_attn.q_proj{suffix}.weight"] = [heads * size, hidden]
            shapes[f"{name}self_attn.k_proj{suffix}.weight"] = [kv_heads * size, hidden]
            shapes[f"{name}self_attn.v_proj{suffix}.weight"] = [kv_heads * size, hidden]
        shapes[name + "self_attn.o_proj.weight"] = [hidden, heads * size]
        shapes[name + "mlp.gate_proj.weight"] = [intermediate, hidden]
        shapes[name + "mlp.up_proj.weight"] = [intermediate, hidden]
        shapes[name + "mlp.down_proj.weight"] = [hidden, intermediate]
        shapes[name + "input_layernorm.weight"] = [hidden]
        shapes[name + "post_attention_layernorm.weight"] = [hidden]
    tensors = {n: {"shape": s, "mean": float(len(s) == 1), "scale": 0.2} for n, s in shapes.items()}
    (directory / "config.json").write_text(json.dumps(config))
    (directory / "model.noise.json").write_text(json.dumps({"seed": 1, "tensors": tensors}))


class PeerTest(unittest.TestCase):
    def test_decode_continues_what_prefill_began(self):
        for later in (False, True):
            with tempfile.TemporaryDirectory() as directory:
                write_model(Path(directory), later)
                model = SwiftKvLlama(Path(directory), "cpu", context=20)
                model.make_room(3, 12)
                tokens = torch.tensor([prompt(seed, 12, 90) for seed in range(3)])
                every = model.prefill(tokens, every_row=True).view(3, 12, -1)
                last = model.prefill(tokens[:2, :10])
                self.assertLess(relative_error(last, every[:2, 9]), 1e-2)
                model.prefill(tokens[2:, :10], first_row=2)
                for position in (10, 11):
                    logits = model.decode(tokens[:, position], position)
                    self.assertLess(relative_error(logits, every[:, position]), 1e-2)

    def test_logits_are_those_of_the_reference_class(self):
        if GOLDEN is None:
            self.skipTest("no directory of golden checkpoints given")
        for directory in sorted(GOLDEN.iterdir()):
            golden = json.loads((directory / "golden.json").read_text())
            longest = max(len(tokens) for tokens in golden["tokens"])
            # F32 shows that the peer is right; at a width of 64, bf16 has few terms to average its rounding over.
            for dtype, bound in ((torch.float32, 1e-5), (torch.bfloat16, 3e-2)):
                model = SwiftKvLlama(directory, "cpu", longest, dtype=dtype)
                model.make_room(1, longest)
                for tokens, logits in zip(golden["tokens"], golden["logits"]):
                    case = f"{directory.name} {dtype}, {len(tokens)} tokens"
                    expected = torch.tensor(logits, dtype=torch.float64)
                    every = model.prefill(torch.tensor([tokens]), every_row=True).double()
                    self.assertLess(relative_error(every, expected), bound, case)
                    last = model.prefill(torch.tensor([tokens]))[0].double()
                    self.assertLess(relative_error(last, expected[-1]), bound, case)

    def test_greedy_completions_are_those_of_the_reference_class(self):
        if GOLDEN is None:
            self.skipTest("no directory of golden checkpoints given")
        for directory in sorted(GOLDEN.iterdir()):
            golden = json.loads((directory / "golden.json").read_text())
            for tokens, completion in zip(golden["tokens"], golden["greedy_24"]):
                context = len(tokens) + len(completion)
                model = SwiftKvLlama(directory, "cpu", context, dtype=torch.float32)
                model.make_room(1, context)
                chosen = [model.prefill(torch.tensor([tokens])).argmax().item()]
                for position in range(len(tokens), context - 1):
                    chosen.append(model.decode(torch.tensor(chosen[-1:]), position).argmax().item())
                self.assertEqual(chosen, completion, directory.name)


if __name__ == "__main__":
    unittest.main()
