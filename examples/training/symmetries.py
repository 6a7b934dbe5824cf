"""Other weights of the same attention.

A Llama's attention can be written in many ways that come to the same: a norm's gains may be taken into the matrices that
read it, queries and keys may be turned by any angle in the plane of each rotated pair, values by any rotation that the
output matrix undoes. Layers that were trained apart have nothing to do with each other in this respect. Layers that were
trained beside SwiftKV branches (branch.py) are written alike, so that one's keys can stand in for another's, as if they were
converted already. A conversion of such a model would begin where it should end, and its control would show nothing.
"""

import math

import torch


def rewrite_later_layers(model, spread, seed, back=False):
    """Writes each later layer in a way of its own; ``spread`` is the standard deviation of the logarithms of its gains.

    ``back`` undoes what the same spread and seed did, so that a published model can be trained on.
    """
    draw = torch.Generator().manual_seed(seed)
    for layer in model.layers[model.shape.layers // 2 :]:
        _rewrite(layer, spread, draw, -1 if back else 1)


@torch.no_grad()
def _rewrite(layer, spread, draw, direction):
    shape = layer.shape
    gain = torch.exp(direction * spread * torch.randn(shape.hidden, generator=draw))
    layer.input_norm.mul_(gain)
    for matrix in (layer.query, layer.key, layer.value):
        matrix.div_(gain)
    repeats = shape.heads // shape.key_value_heads
    for head in range(shape.key_value_heads):
        angles = direction * 2 * math.pi * torch.rand(shape.head // 2, generator=draw)
        rotation = torch.linalg.qr(torch.randn(shape.head, shape.head, generator=draw, dtype=torch.float64))[0].float()
        rotation = rotation if direction > 0 else rotation.T
        _turn(_rows(layer.key, head, shape.head), angles)
        values = _rows(layer.value, head, shape.head)
        values.copy_(rotation @ values)
        for reader in range(head * repeats, (head + 1) * repeats):
            _turn(_rows(layer.query, reader, shape.head), angles)
            outputs = layer.output[:, reader * shape.head : (reader + 1) * shape.head]
            outputs.copy_(outputs @ rotation.T)


def _rows(matrix, head, size):
    return matrix[head * size : (head + 1) * size]


def _turn(rows, angles):
    """Turns each pair of rows that a position turns together, so that both turns commute."""
    first, second = (half.clone() for half in rows.chunk(2))
    cosine, sine = angles.cos()[:, None], angles.sin()[:, None]
    rows.copy_(torch.cat((cosine * first - sine * second, sine * first + cosine * second)))
