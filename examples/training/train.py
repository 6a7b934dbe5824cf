"""Trains the demonstration model from random weights, or goes on where an interrupted run stopped.

Usage: train.py OUTPUT [--steps N] [--threads N] ...

OUTPUT receives tokenizer.json, checkpoint.pt (weights, optimizer state, step: all that a continuation needs),
log.jsonl (loss and accuracy) and, at the end, model/ (the checkpoint in bfloat16). The data of a step depend on the
seed and the step alone. The learning rate is constant until the last part of the run, so that --steps may be raised
when a run is continued before its decay has begun.
"""

import argparse
import contextlib
import json
import os
import random
import time
from collections import Counter

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

import tokenization
from batches import ANSWER, KINDS, TEXT, Examples
from branch import Branches
from evaluation import exact_matches
from gains import GAIN, scale_first_later_gains
from model import Llama, Shape, export, read_weights

STAGES = [
    (0.00, [320]),
    (0.30, [320, 512]),
    (0.42, [512, 1024]),
    (0.58, [512, 1024, 2048]),
    (0.74, [512, 1024, 2048, 4096]),
]
"""From which share of the run on which sequence lengths take turns."""
EVALUATED = [512, 1024, 2048, 4096]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output")
    parser.add_argument("--steps", type=int, default=2400, help="length of the run in steps")
    parser.add_argument("--lengths", type=int, nargs="+", help="sequence lengths that take turns, instead of those of the run's stages")
    parser.add_argument("--kinds", nargs="+", default=KINDS, choices=KINDS, help="of documents; one named twice comes twice as often")
    parser.add_argument("--branches", type=int, nargs="+", default=[], help="group sizes of SwiftKV branches to train along (branch.py)")
    parser.add_argument("--branch-weight", type=float, default=0.3, help="weight of a branch's divergence in the loss")
    parser.add_argument("--branch-learning-rate", type=float, help="of the branches' own matrices; twice --learning-rate if left out")
    parser.add_argument("--branch-warm-up", type=int, default=150, help="steps until that weight is reached")
    parser.add_argument("--batch-tokens", type=int, default=8192, help="tokens in a step")
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--warmup-steps", type=int, default=40)
    parser.add_argument("--decay", type=float, default=0.4, help="share of the run, at its end, in which the rate falls to 0")
    parser.add_argument("--from", dest="published", help="a model that average.py wrote, to begin with instead of random weights")
    parser.add_argument("--from-step", type=int, default=0, help="the step that this model was trained to")
    parser.add_argument("--gain", type=float, default=GAIN, help="that average.py was given for it")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--save-every", type=int, default=50, help="steps between checkpoints")
    parser.add_argument("--evaluate-every", type=int, default=150, help="steps between measurements of accuracy")
    parser.add_argument("--pause-file", default="", help="the run waits between steps while this file exists")
    parser.add_argument("--stop-after", type=int, default=0, help="stop at this step although the run is longer")
    return parser.parse_args()


def lengths(progress):
    return [stage for start, stage in STAGES if progress >= start][-1]


def rate(step, options):
    """Share of the learning rate: linear warm-up, constant, linear decay."""
    left = (options.steps - step) / (options.decay * options.steps)
    return min(1.0, (step + 1 - options.from_step) / options.warmup_steps, max(left, 0.0))


class Training:
    def __init__(self, options):
        self.options = options
        os.makedirs(options.output, exist_ok=True)
        torch.manual_seed(options.seed)
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.tokenizer_file = os.path.join(options.output, "tokenizer.json")
        if not os.path.exists(self.tokenizer_file):
            tokenization.train().save(self.tokenizer_file)
        self.examples = Examples(Tokenizer.from_file(self.tokenizer_file), options.seed, options.kinds)
        self.model = Llama(Shape()).to(self.device)
        self.compiled = torch.compile(self.model, dynamic=False)
        matrices = [weight for weight in self.model.layers.parameters() if weight.ndim == 2]
        others = [weight for weight in self.model.layers.parameters() if weight.ndim == 1]
        others += [self.model.embedding, self.model.norm]
        self.optimizers = [
            torch.optim.Muon(matrices, lr=options.learning_rate, weight_decay=0.05, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW(others, lr=options.learning_rate, betas=(0.9, 0.95), weight_decay=0.0, fused=True),
        ]
        self.branches = None
        self.step = 0
        self.tokens = 0
        self.log = open(os.path.join(options.output, "log.jsonl"), "a")
        self.held_out = {length: self.examples.held_out([length], 58, seed=1) for length in EVALUATED}

    def record(self, **entry):
        line = json.dumps({"time": time.strftime("%Y-%m-%d %H:%M:%S"), **entry})
        self.log.write(line + "\n")
        self.log.flush()
        print(line, flush=True)

    def _checkpoint(self):
        return os.path.join(self.options.output, "checkpoint.pt")

    def save(self):
        state = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "step": self.step,
            "tokens": self.tokens,
            **({"branches": self.branches.saved()} if self.branches else {}),
        }
        torch.save(state, self._checkpoint() + ".partial")
        os.replace(self._checkpoint() + ".partial", self._checkpoint())

    def resume(self):
        if not os.path.exists(self._checkpoint()):
            if self.options.published:
                read_weights(self.model, self.options.published)
                scale_first_later_gains(self.model, 1 / self.options.gain)
                self.step = self.options.from_step
            self._branch({})
            return
        state = torch.load(self._checkpoint(), map_location=self.device)
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"]):
            optimizer.load_state_dict(saved)
        self._branch(state.get("branches", {}))
        self.step, self.tokens = state["step"], state["tokens"]

    def _branch(self, saved):
        """Branches as they were saved; new ones, of the model as it is, where other groups are asked for."""
        options = self.options
        if options.branches:
            branch_rate = options.branch_learning_rate or 2 * options.learning_rate
            self.branches = Branches(self.model, options.branches, branch_rate, options.branch_warm_up).to(self.device)
            if saved.get("groups") == options.branches:
                self.branches.restore(saved)

    def update(self):
        """One step; returns the mean cross-entropy of answers and of the sampled text, and what else is summed for the log."""
        options = self.options
        progress = self.step / options.steps
        length = random.Random(f"length:{options.seed}:{self.step}").choice(options.lengths or lengths(progress))
        ids, marks = self.examples.batch(self.step, length, options.batch_tokens // length)
        sampler = torch.Generator().manual_seed(options.seed * 1_000_003 + self.step)
        targets = marks[:, 1:].reshape(-1)
        answers = (targets == ANSWER).nonzero().squeeze(1)
        text = ((targets == TEXT) & (torch.rand(targets.shape, generator=sampler) < 0.2)).nonzero().squeeze(1)
        chosen = torch.cat((answers, text)).to(self.device)
        ids = ids.to(self.device)
        optimizers = self.optimizers + (self.branches.optimizers if self.branches else [])
        for optimizer in optimizers:
            optimizer.param_groups[0]["lr"] = optimizer.defaults["lr"] * rate(self.step, options)
        states, boundary = self.compiled(ids)
        hidden = states[:, :-1].reshape(-1, self.model.shape.hidden)[chosen]
        logits = self.model.logits(hidden).float()
        losses = F.cross_entropy(logits, ids[:, 1:].reshape(-1)[chosen], reduction="none")
        answer_loss, text_loss = losses[: len(answers)].mean(), losses[len(answers) :].mean()
        loss = answer_loss + (0.6 - 0.5 * progress) * text_loss
        if self.branches:
            turn, divergence = self._branch_divergence(boundary, states, marks)
            loss = loss + options.branch_weight * self.branches.share() * divergence
        if not torch.isfinite(loss):
            raise SystemExit(f"loss is {loss.item()} at step {self.step}: continue from the last checkpoint with a lower --learning-rate")
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self.tokens += ids.numel()
        booked = Counter(answer=answer_loss.item(), text=text_loss.item(), steps=1, tokens=ids.numel())
        if self.branches:
            booked.update({f"branch {options.branches[turn]}": divergence.item(), f"turns {options.branches[turn]}": 1})
        return booked

    def _branch_divergence(self, boundary, states, marks):
        rows_of = [(row[1:] == ANSWER).nonzero().squeeze(1).to(self.device) for row in marks]
        hidden_of = [states[index].detach()[rows] for index, rows in enumerate(rows_of)]
        return self.branches.divergence(self.model, boundary, rows_of, hidden_of)

    def evaluate(self):
        trained = [length for length in EVALUATED if length <= max(lengths(self.step / self.options.steps)) * 2]
        accuracy = {}
        for length in trained or EVALUATED[:1]:
            accuracy[length] = exact_matches(self.model, self.held_out[length])
        self.record(event="accuracy", step=self.step, tokens=self.tokens, exact_match=accuracy)

    def run(self):
        options = self.options
        end = min(options.steps, options.stop_after or options.steps)
        self.resume()
        self.record(event="start", step=self.step, options=vars(options), device=self.device)
        sums, since = Counter(), time.time()
        while self.step < end:
            while options.pause_file and os.path.exists(options.pause_file):
                time.sleep(1)
            sums.update(self.update())
            if self.step % 10 == 0:
                branches = [round(sums[f"branch {group}"] / max(sums[f"turns {group}"], 1), 4) for group in options.branches]
                self.record(
                    event="loss", step=self.step, tokens=self.tokens, answer=round(sums["answer"] / sums["steps"], 4),
                    text=round(sums["text"] / sums["steps"], 4), tokens_per_second=round(sums["tokens"] / (time.time() - since)),
                    **({"branches": branches} if branches else {}),
                )
                sums, since = Counter(), time.time()
            if self.step % options.save_every == 0 or self.step == end:
                self.save()
            if self.step % options.evaluate_every == 0 or self.step == end:
                self.evaluate()
                since = time.time()
        export(self.model, os.path.join(options.output, "model"), self.tokenizer_file)
        self.record(event="end", step=self.step, tokens=self.tokens)


if __name__ == "__main__":
    chosen = arguments()
    torch.set_num_threads(chosen.threads)
    torch._dynamo.config.recompile_limit = 64
    with contextlib.suppress(KeyboardInterrupt):
        Training(chosen).run()
