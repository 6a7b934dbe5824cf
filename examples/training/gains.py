"""Smaller norm gains in the first later layer, with the same attention as before.

A gain of the norm before attention may as well stand in the matrices that read it: the model answers alike. Layers that
were trained beside SwiftKV branches (branch.py) are written alike, so that a conversion, whose later layers all read
through the norm of the first of them, begins where it should end, and its control would show nothing. Where this norm is
smaller than the others, all later layers but the first find keys and values too small at first, and a conversion has to
learn it.

Which gains are changed matters, since a student has to make up for them in the norm and the matrices that it trains. After
336 steps with groups of 2 it answered 0.985 and 0.972 of the prompts of 512 and 2,048 tokens without any of this, 0.978 and
0.959 with this, 0.978 and 0.938 where the gains of all later layers grew with depth, and 0.970 and 0.938 where gains were
drawn for each channel and queries and keys turned by any angle.
"""

import torch

GAIN = 0.22
"""With it no conversion answers more than 0.4 of the prompts of 512 tokens before it has learned."""


@torch.no_grad()
def scale_first_later_gains(model, factor):
    """Multiplies the gains before attention of the first later layer; ``1 / factor`` undoes it."""
    layer = model.layers[model.shape.layers // 2]
    layer.input_norm.mul_(factor)
    for matrix in (layer.query, layer.key, layer.value):
        matrix.div_(factor)
