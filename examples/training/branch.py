"""SwiftKV branches that are trained along with the base and thrown away at its end.

A branch reads the residual stream in the middle of the model, as a converted model does: keys and values of later layers
come from there, queries have matrices of their own, everything else is shared. What it fails to find there is added to
the loss of the base, so that its early layers learn to carry what its later layers need. The base is a plain Llama all
the same, and branches leave nothing behind but that: a conversion begins from the base alone.
"""

import torch
import torch.nn.functional as F
from torch import nn

from model import normalise, rotate

TEMPERATURE = 2.0


class Branch(nn.Module):
    """One conversion: ``group`` later layers share keys and values."""

    def __init__(self, model, group):
        super().__init__()
        self.first = model.shape.layers // 2
        self.group = group
        later = model.layers[self.first :]
        self.norm = nn.Parameter(later[0].input_norm.detach().clone())
        self.queries = nn.ParameterList(layer.query.detach().clone() for layer in later)
        self.keys = nn.ParameterList(self._means(later, "key"))
        self.values = nn.ParameterList(self._means(later, "value"))

    def _means(self, later, name):
        matrices = [getattr(layer, name).detach() for layer in later]
        return [torch.stack(matrices[i : i + self.group]).mean(0) for i in range(0, len(later), self.group)]

    def forward(self, model, boundary, rows):
        """Final hidden states of some ``rows`` of one document, whose residual stream is ``boundary`` [length, hidden]."""
        shape, dtype = model.shape, boundary.dtype
        length = boundary.shape[0]
        cosine, sine = model.cosine[:length].to(dtype), model.sine[:length].to(dtype)
        repeats = shape.heads // shape.key_value_heads
        hidden_positions = torch.arange(length, device=rows.device) > rows.repeat(repeats)[:, None]
        mask = torch.zeros(hidden_positions.shape, dtype=dtype, device=rows.device).masked_fill_(hidden_positions, float("-inf"))
        shared = normalise(boundary, self.norm, shape.epsilon)
        hidden = boundary[rows]
        for index, query in enumerate(self.queries):
            layer = model.layers[self.first + index]
            if index % self.group == 0:
                pair = torch.cat((self.keys[index // self.group], self.values[index // self.group])).to(dtype)
                key, value = F.linear(shared, pair).view(length, 2, shape.key_value_heads, shape.head).unbind(1)
                key, value = (states.transpose(0, 1)[None] for states in (rotate(key, cosine, sine), value))
            normed = normalise(hidden, layer.input_norm, shape.epsilon)
            states = F.linear(normed, query.to(dtype)).view(len(rows), shape.heads, shape.head)
            states = rotate(states, cosine[rows], sine[rows]).view(len(rows), shape.key_value_heads, repeats, shape.head)
            states = states.permute(1, 2, 0, 3).reshape(1, shape.key_value_heads, repeats * len(rows), shape.head)
            mixed = F.scaled_dot_product_attention(states, key, value, attn_mask=mask)
            mixed = mixed.view(shape.heads, len(rows), shape.head).transpose(0, 1).reshape(len(rows), -1)
            hidden = hidden + F.linear(mixed, layer.output.to(dtype))
            normed = normalise(hidden, layer.feed_forward_norm, shape.epsilon)
            gate, up = F.linear(normed, torch.cat((layer.gate, layer.up)).to(dtype)).split(shape.intermediate, -1)
            hidden = hidden + F.linear(F.silu(gate) * up, layer.down.to(dtype))
        return normalise(hidden, model.norm, shape.epsilon)


class Branches(nn.Module):
    """Several branches of one model with their optimizers."""

    def __init__(self, model, groups, learning_rate, warm_up_steps):
        super().__init__()
        self.groups = groups
        self.warm_up_steps = warm_up_steps
        self.branches = nn.ModuleList(Branch(model, group) for group in groups)
        matrices = [weight for weight in self.parameters() if weight.ndim == 2]
        others = [weight for weight in self.parameters() if weight.ndim == 1]
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))
        self.optimizers = [
            torch.optim.Muon(matrices, lr=learning_rate, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW(others, lr=learning_rate, betas=(0.9, 0.95), weight_decay=0.0),
        ]

    def share(self):
        """Share of a branch's weight in the loss; its own matrices learn at full rate all the time.

        Until a branch has learned to read the base, what it lacks says little about the base.
        """
        return max(min(1.0, self.steps.item() / self.warm_up_steps) ** 2, 1e-4)

    def divergence(self, model, boundaries, rows_of, hidden_of):
        """Index of the branch whose turn it is and its mean divergence from the model itself at the answers' tokens.

        Branches take turns: what they lack is much the same, and one of them takes as long as a third of the base.
        ``boundaries`` [documents, length, hidden]; for each document the rows of its answers and their final hidden states.
        """
        turn = self.steps.item() % len(self.branches)
        self.steps += 1
        divergence = 0.0
        for boundary, rows, hidden in zip(boundaries, rows_of, hidden_of):
            with torch.no_grad():
                wanted = F.log_softmax(model.logits(hidden).float() / TEMPERATURE, -1)
            got = F.log_softmax(model.logits(self.branches[turn](model, boundary, rows)).float() / TEMPERATURE, -1)
            divergence = divergence + (wanted.exp() * (wanted - got)).sum() * TEMPERATURE**2
        return turn, divergence / sum(len(rows) for rows in rows_of)

    def saved(self):
        return {"groups": self.groups, "branches": self.state_dict(), "optimizers": [optimizer.state_dict() for optimizer in self.optimizers]}

    def restore(self, state):
        self.load_state_dict(state["branches"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"]):
            optimizer.load_state_dict(saved)
