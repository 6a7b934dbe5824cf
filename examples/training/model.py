"""The plain Llama that is trained: float32 weights, bfloat16 arithmetic, weights named as in published checkpoints."""

import json
import math
import os
import shutil
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import nn

from tokenization import BEGIN, END, PADDING, SPECIAL, VOCABULARY


@dataclass(frozen=True)
class Shape:
    """Sizes of the model; the defaults make 6.0 million parameters, 12 MB in bfloat16."""

    hidden: int = 256
    layers: int = 8
    heads: int = 4
    key_value_heads: int = 2
    head: int = 64
    intermediate: int = 640
    rope_theta: float = 100_000.0
    epsilon: float = 1e-5
    positions: int = 8192


def normalise(hidden, weight, epsilon):
    wide = hidden.float()
    wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + epsilon)
    return (wide * weight).to(hidden.dtype)


def rotate(states, cosine, sine):
    first, second = states.chunk(2, -1)
    return (states * cosine + torch.cat((-second, first), -1) * sine).to(states.dtype)


class Layer(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        deviation = 0.03 * math.sqrt(256 / shape.hidden)
        shallow = deviation / math.sqrt(2 * shape.layers)

        def matrix(rows, columns, scale):
            return nn.Parameter(torch.randn(rows, columns) * scale)

        width, narrow = shape.heads * shape.head, shape.key_value_heads * shape.head
        self.input_norm = nn.Parameter(torch.ones(shape.hidden))
        self.query = matrix(width, shape.hidden, deviation)
        self.key = matrix(narrow, shape.hidden, deviation)
        self.value = matrix(narrow, shape.hidden, deviation)
        self.output = matrix(shape.hidden, width, shallow)
        self.feed_forward_norm = nn.Parameter(torch.ones(shape.hidden))
        self.gate = matrix(shape.intermediate, shape.hidden, deviation)
        self.up = matrix(shape.intermediate, shape.hidden, deviation)
        self.down = matrix(shape.hidden, shape.intermediate, shallow)

    def forward(self, hidden, cosine, sine):
        shape = self.shape
        rows, length, _ = hidden.shape
        normed = normalise(hidden, self.input_norm, shape.epsilon)
        width, narrow = shape.heads * shape.head, shape.key_value_heads * shape.head
        fused = F.linear(normed, torch.cat((self.query, self.key, self.value)).to(normed.dtype))
        query, key, value = fused.split((width, narrow, narrow), -1)
        query = rotate(query.view(rows, length, shape.heads, shape.head), cosine, sine)
        key = rotate(key.view(rows, length, shape.key_value_heads, shape.head), cosine, sine)
        value = value.view(rows, length, shape.key_value_heads, shape.head)
        repeats = shape.heads // shape.key_value_heads

        def spread(states):
            states = states.unsqueeze(3).expand(-1, -1, -1, repeats, -1)
            return states.reshape(rows, length, shape.heads, shape.head).transpose(1, 2)

        mixed = F.scaled_dot_product_attention(query.transpose(1, 2), spread(key), spread(value), is_causal=True)
        hidden = hidden + F.linear(mixed.transpose(1, 2).reshape(rows, length, width), self.output.to(hidden.dtype))
        normed = normalise(hidden, self.feed_forward_norm, shape.epsilon)
        gate, up = F.linear(normed, torch.cat((self.gate, self.up)).to(normed.dtype)).split(shape.intermediate, -1)
        return hidden + F.linear(F.silu(gate) * up, self.down.to(hidden.dtype))


class Llama(nn.Module):
    def __init__(self, shape=Shape(), dtype=torch.bfloat16):
        super().__init__()
        self.shape = shape
        self.dtype = dtype
        self.embedding = nn.Parameter(torch.randn(VOCABULARY, shape.hidden) * 0.03)
        self.norm = nn.Parameter(torch.ones(shape.hidden))
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        frequencies = shape.rope_theta ** -(torch.arange(0, shape.head, 2).float() / shape.head)
        angles = torch.outer(torch.arange(shape.positions).float(), frequencies).repeat(1, 2)[:, None]
        self.register_buffer("cosine", angles.cos(), persistent=False)
        self.register_buffer("sine", angles.sin(), persistent=False)

    def forward(self, ids):
        """Final hidden states [rows, length, hidden] of ids [rows, length], and the residual stream in the middle."""
        hidden = F.embedding(ids, self.embedding).to(self.dtype)
        length = ids.shape[1]
        cosine, sine = self.cosine[:length].to(self.dtype), self.sine[:length].to(self.dtype)
        for index, layer in enumerate(self.layers):
            if index == self.shape.layers // 2:
                boundary = hidden
            hidden = layer(hidden, cosine, sine)
        return normalise(hidden, self.norm, self.shape.epsilon), boundary

    def logits(self, hidden):
        return F.linear(hidden, self.embedding.to(hidden.dtype))


PUBLISHED = {
    "query": "self_attn.q_proj", "key": "self_attn.k_proj", "value": "self_attn.v_proj", "output": "self_attn.o_proj",
    "gate": "mlp.gate_proj", "up": "mlp.up_proj", "down": "mlp.down_proj",
    "input_norm": "input_layernorm", "feed_forward_norm": "post_attention_layernorm",
}


def published_weights(model):
    """Weights under the names that Llama checkpoints use."""
    weights = {"model.embed_tokens.weight": model.embedding, "model.norm.weight": model.norm}
    for index, layer in enumerate(model.layers):
        for own, name in PUBLISHED.items():
            weights[f"model.layers.{index}.{name}.weight"] = getattr(layer, own)
    return weights


def read_weights(model, folder):
    """Gives a model the weights of a checkpoint that ``export`` wrote."""
    stored = load_file(os.path.join(folder, "model.safetensors"))
    with torch.no_grad():
        for name, weight in published_weights(model).items():
            weight.copy_(stored[name])


def configuration(shape):
    return {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": VOCABULARY,
        "hidden_size": shape.hidden, "intermediate_size": shape.intermediate, "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads, "num_key_value_heads": shape.key_value_heads, "head_dim": shape.head,
        "hidden_act": "silu", "max_position_embeddings": shape.positions, "rms_norm_eps": shape.epsilon,
        "rope_theta": shape.rope_theta, "rope_scaling": None, "attention_bias": False, "mlp_bias": False,
        "tie_word_embeddings": True, "bos_token_id": BEGIN, "eos_token_id": END, "pad_token_id": PADDING,
        "torch_dtype": "bfloat16", "use_cache": True, "initializer_range": 0.02,
    }


def export(model, folder, tokenizer_file):
    """Writes a checkpoint in bfloat16 that transformers and the engine read."""
    os.makedirs(folder, exist_ok=True)
    weights = {
        name: weight.detach().cpu().to(torch.bfloat16).contiguous() for name, weight in published_weights(model).items()
    }
    save_file(weights, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
    _write_json(folder, "config.json", configuration(model.shape))
    _write_json(
        folder, "generation_config.json",
        {"bos_token_id": BEGIN, "eos_token_id": END, "pad_token_id": PADDING, "do_sample": False, "max_new_tokens": 96},
    )
    _write_json(
        folder, "tokenizer_config.json",
        {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": SPECIAL[BEGIN], "eos_token": SPECIAL[END],
         "pad_token": SPECIAL[PADDING], "model_max_length": model.shape.positions, "clean_up_tokenization_spaces": False},
    )
    shutil.copyfile(tokenizer_file, os.path.join(folder, "tokenizer.json"))


def _write_json(folder, name, value):
    with open(os.path.join(folder, name), "w") as file:
        json.dump(value, file, indent=1)
        file.write("\n")


