"""A SwiftKV-Llama in PyTorch, written for speed: the bar that the engine is measured against.

Query, key and value weights are one matrix, so are gate and up, so are the keys and values of all later layers; what
lies between matrix products is compiled into single kernels; attention is cuDNN's or FlashAttention's; keys and values
live in buffers that never move, so that a decode step replays as one CUDA graph. A plain Llama is the case of no later
layers.
"""

import functools
import json
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as functional
from torch.nn.attention import SDPBackend, sdpa_kernel

from noise import open_weights


@dataclass(frozen=True)
class Config:
    """The parts of config.json that matter here."""

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_size: int
    vocabulary: int
    epsilon: float
    theta: float
    key_value_layers: int
    group: int
    rope_scaling: dict | None

    @staticmethod
    def read(directory: Path) -> "Config":
        config = json.loads((directory / "config.json").read_text())
        swiftkv = config["model_type"] == "llama_swiftkv"
        layers = config["num_hidden_layers"]
        heads = config["num_attention_heads"]
        return Config(
            hidden=config["hidden_size"],
            layers=layers,
            heads=heads,
            kv_heads=config["num_key_value_heads"],
            head_size=config.get("head_dim") or config["hidden_size"] // heads,
            vocabulary=config["vocab_size"],
            epsilon=config["rms_norm_eps"],
            theta=config.get("rope_theta", 10000.0),
            key_value_layers=config["num_key_value_layers"] if swiftkv else layers,
            group=config.get("key_value_group_size", 1) if swiftkv else 1,
            rope_scaling=config.get("rope_scaling"),
        )

    def cache_of(self, layer: int) -> int:
        """The cache that a layer reads: its own, or its AcrossKV group's."""
        later = layer - self.key_value_layers
        return layer if later < 0 else self.key_value_layers + later // self.group

    @property
    def caches(self) -> int:
        return self.cache_of(self.layers - 1) + 1


def rotary_frequencies(config: Config) -> torch.Tensor:
    """Radians a position of each pair of a head, F64, with Llama 3's stretching of the slow ones."""
    half = torch.arange(config.head_size // 2, dtype=torch.float64)
    frequencies = config.theta ** (-2.0 * half / config.head_size)
    scaling = config.rope_scaling
    if not scaling:
        return frequencies
    if scaling["rope_type"] != "llama3":
        raise ValueError(f"RoPE scaling {scaling['rope_type']} is not known to the peer")
    turns = scaling["original_max_position_embeddings"] * frequencies / (2 * torch.pi)
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    kept = ((turns - low) / (high - low)).clamp(0, 1)
    return frequencies * (kept + (1 - kept) / scaling["factor"])


@dataclass
class Layer:
    """Weights of one layer; `project` is query, key and value, or the query alone in later layers."""

    input_norm: torch.Tensor
    project: torch.Tensor
    output: torch.Tensor
    middle_norm: torch.Tensor
    gate_up: torch.Tensor
    down: torch.Tensor


def rms_norm(x, weight, epsilon: float, dtype):
    wide = x.float()
    return (wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + epsilon) * weight).to(dtype)


def rotate(heads, cosine, sine):
    """Pairs (i, i + size / 2) of every head; cosine and sine [tokens, 1, size / 2]."""
    wide = heads.float()
    first, second = wide.chunk(2, -1)
    return torch.cat((first * cosine - second * sine, second * cosine + first * sine), -1).to(heads.dtype)


def norm_and_project(x, norm, weight, epsilon: float):
    return functional.linear(rms_norm(x, norm, epsilon, weight.dtype), weight)


def rotated_heads(projected, cosine, sine, rotated: int, head_size: int):
    """Splits [tokens, heads * size] and rotates the first `rotated` heads."""
    heads = projected.view(projected.shape[0], -1, head_size)
    return rotate(heads[:, :rotated], cosine, sine), heads[:, rotated:]


def finish_layer(x, attended, output, norm, gate_up, down, epsilon: float):
    """Output projection, then the feed-forward, each added to the residual stream."""
    x = x + functional.linear(attended, output)
    gate, up = functional.linear(rms_norm(x, norm, epsilon, down.dtype), gate_up).chunk(2, -1)
    return x + functional.linear((functional.silu(gate.float()) * up.float()).to(down.dtype), down)


@functools.cache
def compiled(function):
    """The function as one kernel where that can be, compiled once for every shape and for all models."""
    return torch.compile(function, dynamic=False)


class SwiftKvLlama:
    """One model for sequences of up to `context` tokens; `make_room` gives it keys and values."""

    def __init__(self, directory: Path, device, context: int, **options):
        self.config = Config.read(directory)
        self.device = torch.device(device)
        self.dtype = options.get("dtype", torch.bfloat16)
        self.residual = options.get("residual", torch.float32)
        self.prefill_backends = options.get("prefill_backends", [SDPBackend.MATH])
        self.decode_backends = options.get("decode_backends", [SDPBackend.MATH])
        as_is = not options.get("compiled", False)
        self.norm_and_project = norm_and_project if as_is else compiled(norm_and_project)
        self.rotated_heads = rotated_heads if as_is else compiled(rotated_heads)
        self.finish_layer = finish_layer if as_is else compiled(finish_layer)
        self._load(open_weights(directory, self.device, self.dtype))
        self._make_tables(context)
        self.memory = torch.zeros(0, dtype=self.dtype, device=self.device)

    def make_room(self, sequences: int, context: int):
        """Room for keys and values; what was there before is lost, unless the room is the same."""
        config = self.config
        shape = (2, config.caches, sequences, config.kv_heads, context, config.head_size)
        elements = functools.reduce(int.__mul__, shape)
        if elements > self.memory.numel():
            self.memory = None
            self.memory = torch.zeros(elements, dtype=self.dtype, device=self.device)
        self.keys, self.values = self.memory[:elements].view(shape)

    def prefill(self, tokens: torch.Tensor, first_row: int = 0, every_row: bool = False) -> torch.Tensor:
        """Reads whole prompts [sequences, length] into the caches from `first_row` on.

        Returns logits F32 of the last token of each, or of every token, with all of them through every layer.
        """
        sequences, length = tokens.shape
        cosine, sine = (table[:length].repeat(sequences, 1, 1) for table in (self.cosine, self.sine))
        rows = slice(first_row, first_row + sequences)
        x = functional.embedding(tokens.reshape(-1), self.embedding).to(self.residual)
        for i, layer in enumerate(self.early):
            query, key, value = self._project(x, layer, cosine, sine)
            key, value = self._write(i, key, value, rows, slice(0, length))
            attended = self._attend(query.view(sequences, length, *query.shape[1:]), key, value, True)
            x = self._finish(x, attended, layer)
        self._write_later(x, cosine, sine, rows, slice(0, length))
        if not every_row:
            x = x.view(sequences, length, -1)[:, -1]
            cosine, sine = (table[length - 1 : length] for table in (self.cosine, self.sine))
        queries = length if every_row else 1
        for i, layer in enumerate(self.later, self.config.key_value_layers):
            query, _ = self._query(x, layer, cosine, sine)
            cache = self.config.cache_of(i)
            key, value = self.keys[cache, rows, :, :length], self.values[cache, rows, :, :length]
            attended = self._attend(query.view(sequences, queries, *query.shape[1:]), key, value, every_row)
            x = self._finish(x, attended, layer)
        return self._logits(x)

    def decode(self, tokens: torch.Tensor, position: int) -> torch.Tensor:
        """One more token [sequences] of every sequence, all at the same position; returns logits F32."""
        sequences = tokens.shape[0]
        rows, end = slice(0, sequences), position + 1
        cosine, sine = (table[position:end] for table in (self.cosine, self.sine))
        x = functional.embedding(tokens, self.embedding).to(self.residual)
        for i, layer in enumerate(self.early):
            query, key, value = self._project(x, layer, cosine, sine)
            self._write(i, key, value, rows, slice(position, end))
            x = self._finish(x, self._attend_one(query, i, rows, end), layer)
        self._write_later(x, cosine, sine, rows, slice(position, end))
        for i, layer in enumerate(self.later, self.config.key_value_layers):
            query, _ = self._query(x, layer, cosine, sine)
            x = self._finish(x, self._attend_one(query, self.config.cache_of(i), rows, end), layer)
        return self._logits(x)

    def _project(self, x, layer, cosine, sine):
        config = self.config
        projected = self.norm_and_project(x, layer.input_norm, layer.project, config.epsilon)
        rotated = config.heads + config.kv_heads
        heads, value = self.rotated_heads(projected, cosine, sine, rotated, config.head_size)
        return heads[:, : config.heads], heads[:, config.heads :], value

    def _query(self, x, layer, cosine, sine):
        config = self.config
        projected = self.norm_and_project(x, layer.input_norm, layer.project, config.epsilon)
        return self.rotated_heads(projected, cosine, sine, config.heads, config.head_size)

    def _write(self, cache: int, key, value, rows, positions):
        """Copies [tokens, heads, size] into a cache; returns what was written, [sequences, heads, tokens, size]."""
        sequences = rows.stop - rows.start
        key = key.reshape(sequences, -1, *key.shape[1:]).transpose(1, 2)
        value = value.reshape(sequences, -1, *value.shape[1:]).transpose(1, 2)
        self.keys[cache, rows, :, positions] = key
        self.values[cache, rows, :, positions] = value
        return key, value

    def _write_later(self, x, cosine, sine, rows, positions):
        """Keys and values of every later cache from one normed input, in one wide product."""
        config = self.config
        if not self.later:
            return
        projected = self.norm_and_project(x, self.swiftkv_norm, self.later_kv, config.epsilon)
        per_cache = projected.view(projected.shape[0], -1, 2 * config.kv_heads * config.head_size)
        for i in range(per_cache.shape[1]):
            key, value = self.rotated_heads(
                per_cache[:, i].contiguous(), cosine, sine, config.kv_heads, config.head_size
            )
            self._write(config.key_value_layers + i, key, value, rows, positions)

    def _attend(self, query, key, value, causal: bool):
        """query [sequences, tokens, heads, size]; returns [all tokens, heads * size]."""
        if not causal:
            return self._attend_grouped(query[:, 0], key, value)
        with sdpa_kernel(self.prefill_backends, set_priority=True):
            attended = functional.scaled_dot_product_attention(
                query.transpose(1, 2), key, value, is_causal=True, enable_gqa=True
            )
        return attended.transpose(1, 2).reshape(-1, query.shape[2] * query.shape[3])

    def _attend_one(self, query, cache: int, rows, end: int):
        return self._attend_grouped(query, self.keys[cache, rows, :, :end], self.values[cache, rows, :, :end])

    def _attend_grouped(self, query, key, value):
        """One token a sequence: the query heads that share a key head are rows of one product."""
        sequences, heads, size = query.shape
        grouped = query.reshape(sequences, self.config.kv_heads, -1, size)
        with sdpa_kernel(self.decode_backends, set_priority=True):
            attended = functional.scaled_dot_product_attention(grouped, key, value)
        return attended.reshape(sequences, heads * size)

    def _finish(self, x, attended, layer):
        return self.finish_layer(
            x, attended, layer.output, layer.middle_norm, layer.gate_up, layer.down, self.config.epsilon
        )

    def _logits(self, x):
        return self.norm_and_project(x, self.final_norm, self.head, self.config.epsilon).float()

    def _load(self, weights):
        config = self.config
        self.embedding = weights.matrix("model.embed_tokens.weight")
        self.head = weights.matrix("lm_head.weight") if "lm_head.weight" in weights else self.embedding
        self.final_norm = weights.vector("model.norm.weight")
        layers = [self._load_layer(weights, i) for i in range(config.layers)]
        self.early, self.later = layers[: config.key_value_layers], layers[config.key_value_layers :]
        if self.later:
            self.swiftkv_norm = weights.vector("model.norm_swiftkv.weight")
            self.later_kv = torch.cat(
                [
                    weights.matrix(f"model.layers.{i}.self_attn.{part}_proj_swiftkv.weight")
                    for i in range(config.key_value_layers, config.layers, config.group)
                    for part in "kv"
                ]
            )

    def _load_layer(self, weights, i: int) -> Layer:
        name = f"model.layers.{i}."
        later = i >= self.config.key_value_layers
        parts = ["q_proj_swiftkv"] if later else ["q_proj", "k_proj", "v_proj"]
        return Layer(
            input_norm=weights.vector(name + "input_layernorm.weight"),
            project=torch.cat([weights.matrix(f"{name}self_attn.{part}.weight") for part in parts]),
            output=weights.matrix(name + "self_attn.o_proj.weight"),
            middle_norm=weights.vector(name + "post_attention_layernorm.weight"),
            gate_up=torch.cat([weights.matrix(f"{name}mlp.{part}_proj.weight") for part in ("gate", "up")]),
            down=weights.matrix(name + "mlp.down_proj.weight"),
        )

    def _make_tables(self, context: int):
        angles = torch.arange(context, dtype=torch.float64)[:, None] * rotary_frequencies(self.config)
        self.cosine = angles.cos().float()[:, None].to(self.device)
        self.sine = angles.sin().float()[:, None].to(self.device)
