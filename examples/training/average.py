"""Averages the weights of two checkpoints of one training run and writes the model, its later layers each in a way of its own.

Usage: average.py TOKENIZER.json EARLIER.pt LATER.pt OUTPUT [--later 0.5] [--spread 0.6] [--positions 4352]
"""

import argparse

import torch

from model import Llama, Shape, export
from symmetries import rewrite_later_layers


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokenizer")
    parser.add_argument("earlier")
    parser.add_argument("later")
    parser.add_argument("output")
    parser.add_argument("--later", dest="share", type=float, default=0.5, help="share of the later checkpoint")
    parser.add_argument("--spread", type=float, default=0.6, help="of the gains that later layers get (symmetries.py)")
    parser.add_argument("--seed", type=int, default=0, help="of what later layers get")
    parser.add_argument("--positions", type=int, default=4352, help="longest context that the model names")
    options = parser.parse_args()
    earlier, later = (torch.load(file, map_location="cpu")["model"] for file in (options.earlier, options.later))
    model = Llama(Shape(positions=options.positions))
    model.load_state_dict({name: torch.lerp(earlier[name], later[name], options.share) for name in earlier})
    rewrite_later_layers(model, options.spread, options.seed)
    export(model, options.output, options.tokenizer)


if __name__ == "__main__":
    main()
