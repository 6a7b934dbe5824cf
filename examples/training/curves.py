"""Draws losses over the steps of a training.

Usage: curves.py TITLE OUTPUT.svg NAME=LOG...

LOG is what bin/swiftkv distill printed, of which the divergence is drawn, or the log.jsonl of train.py, of which NAME is the
loss that is drawn: answer or text.
"""

import json
import math
import re
import sys
from pathlib import Path

LEFT, RIGHT, TOP, BOTTOM = 60, 620, 40, 260
FEWEST_NATS, MOST_NATS = 0.001, 10.0
COLOURS = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd"]
SMOOTHED_LINES = 9


def losses(name, file):
    """Pairs of step and loss; of steps that a continued run took again, what came last."""
    text = Path(file).read_text()
    if file.endswith(".jsonl"):
        entries = (json.loads(line) for line in text.splitlines())
        found = [(entry["step"], entry[name]) for entry in entries if entry["event"] == "loss"]
    else:
        lines = re.findall(r"^step ([\d,]+) of [\d,]+ +divergence ([\d.]+)", text, re.MULTILINE)
        found = [(int(step.replace(",", "")), float(divergence)) for step, divergence in lines]
    return sorted(dict(found).items())


def smoothed(values):
    """Each value with those before it, averaged as logarithms."""
    logs = [math.log10(max(value, FEWEST_NATS / 10)) for value in values]
    windows = (logs[max(0, i + 1 - SMOOTHED_LINES) : i + 1] for i in range(len(logs)))
    return [10 ** (sum(window) / len(window)) for window in windows]


def height(value):
    share = math.log10(value / FEWEST_NATS) / math.log10(MOST_NATS / FEWEST_NATS)
    return BOTTOM - (BOTTOM - TOP) * share


def main():
    title, output, *named = sys.argv[1:]
    curves = {name: losses(name, file) for name, _, file in (one.partition("=") for one in named)}
    last = max(step for curve in curves.values() for step, _ in curve)
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 300" font-family="sans-serif" font-size="11">',
        f'<rect width="640" height="300" fill="white"/><text x="{LEFT}" y="18" font-size="13">{title}</text>',
        f'<text x="{RIGHT}" y="292" text-anchor="end">steps</text><text x="{LEFT}" y="34">nats a token</text>',
    ]
    value = FEWEST_NATS
    while value <= MOST_NATS:
        y = height(value)
        lines.append(f'<path d="M{LEFT},{y:.1f}H{RIGHT}" stroke="#ccc"/><text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
        value *= 10
    for quarter in range(5):
        x = LEFT + (RIGHT - LEFT) * quarter / 4
        lines.append(f'<text x="{x:.1f}" y="274" text-anchor="middle">{last * quarter // 4:,}</text>')
    for index, (name, curve) in enumerate(curves.items()):
        heights = smoothed([divergence for _, divergence in curve])
        points = " ".join(f"{LEFT + (RIGHT - LEFT) * step / last:.1f},{height(value):.1f}" for (step, _), value in zip(curve, heights))
        lines.append(f'<polyline fill="none" stroke="{COLOURS[index]}" points="{points}"/>')
        lines.append(f'<text x="{RIGHT}" y="{18 + 13 * index}" text-anchor="end" fill="{COLOURS[index]}">{name}</text>')
    Path(output).write_text("\n".join([*lines, "</svg>"]) + "\n")


if __name__ == "__main__":
    main()
