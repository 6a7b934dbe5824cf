"""Weights and prompts as the engine makes them: seeded noise, a pure function of seed, row and column.

The definition is dev.swiftkv.kernels.NoiseBand (elements) and dev.swiftkv.engine.checkpoint.NoiseWeights
(seeds of tensors, model.noise.json); both sides of a comparison therefore hold the same bits.
"""

import json
from pathlib import Path

import torch

GOLDEN = 0x9E3779B97F4A7C15
FIRST_FACTOR = 0xBF58476D1CE4E5B9
SECOND_FACTOR = 0x94D049BB133111EB
WORD = (1 << 64) - 1
ELEMENTS_AT_ONCE = 1 << 26


def mix(value: int) -> int:
    """The mixer of SplitMix64 (Steele, Lea and Flood)."""
    value = ((value ^ value >> 30) * FIRST_FACTOR) & WORD
    value = ((value ^ value >> 27) * SECOND_FACTOR) & WORD
    return value ^ value >> 31


def seed_of(seed: int, tensor: str) -> int:
    """The seed of one tensor of a model."""
    state = mix((seed + GOLDEN) & WORD)
    for character in tensor:
        state = mix((state + GOLDEN * ord(character)) & WORD)
    return state


def noise(seed: int, rows: int, columns: int, scale: float, device) -> torch.Tensor:
    """A bf16 matrix [rows, columns], uniform in [-scale, scale)."""
    matrix = torch.empty(rows * columns, dtype=torch.bfloat16, device=device)
    factor = torch.tensor(scale, dtype=torch.float32, device=device)
    for first in range(0, rows * columns, ELEMENTS_AT_ONCE):
        end = min(first + ELEMENTS_AT_ONCE, rows * columns)
        bits = torch.arange(first + 1, end + 1, dtype=torch.int64, device=device)
        bits.mul_(_signed(GOLDEN)).add_(_signed(seed))
        bits.bitwise_xor_(_shifted(bits, 30)).mul_(_signed(FIRST_FACTOR))
        bits.bitwise_xor_(_shifted(bits, 27)).mul_(_signed(SECOND_FACTOR))
        bits.bitwise_xor_(_shifted(bits, 31))
        unit = (_shifted(bits, 40) - (1 << 23)).to(torch.float32) * 2.0**-23
        upper_half = (unit * factor).view(torch.int32) >> 16
        matrix[first:end] = upper_half.to(torch.int16).view(torch.bfloat16)
    return matrix.view(rows, columns)


def prompt(seed: int, length: int, vocabulary: int) -> list[int]:
    """Token ids of a prompt, as dev.swiftkv.benchmarks.gpu.Prompts makes them."""
    return [mix((seed + GOLDEN * (i + 1)) & WORD) % (1 << 31) % vocabulary for i in range(length)]


class NoiseWeights:
    """The tensors that a directory's model.noise.json describes."""

    def __init__(self, directory: Path, device):
        described = json.loads((directory / "model.noise.json").read_text())
        self.seed = described["seed"]
        self.tensors = described["tensors"]
        self.device = device

    def __contains__(self, name: str) -> bool:
        return name in self.tensors

    def matrix(self, name: str) -> torch.Tensor:
        rows, columns = self.tensors[name]["shape"]
        return noise(seed_of(self.seed, name), rows, columns, self.tensors[name]["scale"], self.device)

    def vector(self, name: str) -> torch.Tensor:
        """F32: the mean plus one row of noise."""
        described = self.tensors[name]
        (size,) = described["shape"]
        row = noise(seed_of(self.seed, name), 1, size, described["scale"], self.device)[0]
        return row.float() + torch.tensor(described["mean"], dtype=torch.float32, device=self.device)


class StoredWeights:
    """The tensors of a directory's model.safetensors, for checking the peer against published logits."""

    def __init__(self, directory: Path, device, dtype):
        from safetensors.torch import load_file

        self.tensors = load_file(directory / "model.safetensors", device=str(device))
        self.dtype = dtype

    def __contains__(self, name: str) -> bool:
        return name in self.tensors

    def matrix(self, name: str) -> torch.Tensor:
        return self.tensors[name].to(self.dtype)

    def vector(self, name: str) -> torch.Tensor:
        return self.tensors[name].float()


def open_weights(directory: Path, device, dtype=torch.bfloat16):
    """Whichever of the two a directory holds."""
    if (directory / "model.noise.json").exists():
        return NoiseWeights(directory, device)
    return StoredWeights(directory, device, dtype)


def _signed(word: int) -> int:
    return word - (1 << 64) if word >= 1 << 63 else word


def _shifted(bits: torch.Tensor, by: int) -> torch.Tensor:
    """Shifted right, zeros coming in, which torch's shift of signed words does not do."""
    return (bits >> by).bitwise_and_((1 << (64 - by)) - 1)
