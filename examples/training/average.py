"""Writes a checkpoint of train.py, or the mean of two of one run, as a model for conversions to start from.

Usage: average.py TOKENIZER.json OUTPUT CHECKPOINT.pt [EARLIER.pt] [--later 0.5] [--gain 0.22] [--positions 4352]
"""

import argparse

import torch

from gains import GAIN, scale_first_later_gains
from model import Llama, Shape, export


def load(checkpoint):
    return torch.load(checkpoint, map_location="cpu")["model"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokenizer")
    parser.add_argument("output")
    parser.add_argument("checkpoint")
    parser.add_argument("earlier", nargs="?")
    parser.add_argument("--later", dest="share", type=float, default=0.5, help="share of CHECKPOINT in the mean")
    parser.add_argument("--gain", type=float, default=GAIN, help="factor of the norm's gains in the first later layer (gains.py)")
    parser.add_argument("--positions", type=int, default=4352, help="longest context that the model names")
    options = parser.parse_args()
    weights = load(options.checkpoint)
    if options.earlier:
        weights = {name: torch.lerp(weight, weights[name], options.share) for name, weight in load(options.earlier).items()}
    model = Llama(Shape(positions=options.positions))
    model.load_state_dict(weights)
    scale_first_later_gains(model, options.gain)
    export(model, options.output, options.tokenizer)


if __name__ == "__main__":
    main()
