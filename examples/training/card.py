"""Writes what was measured into the model card: the tables between its markers, and held-out.md.

Usage: card.py MEASURED HANDWRITTEN BASE NAME=TITLE... [--card ../models]

MEASURED is the output of held_out.py, HANDWRITTEN that of bin/swiftkv evaluate over the table of handwritten.py. BASE
is the folder name of the first model, each NAME that of another one, TITLE how a table calls it (by default its name).
"""

import argparse
import json
import re
from pathlib import Path

LEAKED = "was in favour of"
"""A phrase of the test split that the training text had for a while."""
LONGEST_CELL = 60


def table(head, rows):
    columns = "| --- | " + " | ".join("---:" for _ in head[1:]) + " |"
    return ["| " + " | ".join(head) + " |", columns, *("| " + " | ".join(row) + " |" for row in rows)]


def mean(values):
    values = list(values)
    return sum(values) / len(values)


class Measured:
    def __init__(self, folder, titles):
        self.folder = folder
        self.titles = titles
        results = json.loads((folder / "held-out.json").read_text())
        self.lengths = list(results)
        self.transformers = {length: results[length].get("transformers") for length in results}
        self.models = {
            length: {Path(model["model"]).name: model for model in results[length]["models"]} for length in results
        }

    def head(self):
        return ["", *(f"{int(length):,} tokens" for length in self.lengths)]

    def rows(self, cell):
        return [[title, *(cell(self.models[length][name]) for length in self.lengths)] for name, title in self.titles.items()]

    def accuracy(self):
        rows = self.rows(lambda model: f"{model['exact_match']:.3f}")
        means = [mean(self.models[length][name]["exact_match"] for length in self.lengths) for name in self.titles]
        return table([*self.head(), "mean"], [[*row, f"{value:.3f}"] for row, value in zip(rows, means)])

    def equal_to_transformers(self):
        both = [(f"{one['equal']} of {one['rows']} (at {int(length):,} tokens)") for length, one in self.transformers.items()]
        base = next(iter(self.titles.values()))
        return [f"In float32, {', '.join(both)} answers of {base} equal those of transformers on the same prompts."]

    def speed(self):
        def cell(model):
            return f"{model['seconds'] / model['rows']:.3f} s, {model['prompt_tokens'] / model['seconds']:,.0f}/s"

        return table(self.head(), self.rows(cell))

    def memory(self):
        return table(self.head(), self.rows(lambda model: f"{model['kv_bytes_per_row'] / 2**20:.2f}"))

    def without_leaked(self):
        """The mean over lengths of the accuracy on prompts that do not hold the leaked phrase."""
        left_out, right = [], {name: [] for name in self.titles}
        for length in self.lengths:
            prompts = [json.loads(line)["prompt"] for line in (self.folder / length / "prompts.jsonl").read_text().splitlines()]
            answers = [json.loads(line) for line in (self.folder / length / "answers.jsonl").read_text().splitlines()]
            clean = [one for prompt, one in zip(prompts, answers, strict=True) if LEAKED not in prompt]
            left_out.append(f"{len(prompts) - len(clean)} at {int(length):,} tokens")
            for name in self.titles:
                right[name].append(mean(answer_of(one, name).strip() == one["truth"] for one in clean))
        shares = ", ".join(f"{self.titles[name]} {mean(values):.3f}" for name, values in right.items())
        return [f"It stands in some minutes among these prompts ({', '.join(left_out)});", f"the mean over the lengths without them: {shares}."]

    def tasks_and_fields(self):
        lines = ["# Held-out prompts by task and field", "",
                 "Written by [`card.py`](../training/card.py) from the reports of [`held_out.py`](../training/held_out.py); see the", "[model card](README.md)."]
        for length in self.lengths:
            models = [self.models[length][name] for name in self.titles]
            rows = [
                ["agreement with the base", *(f"{model['agreement']:.3f}" for model in models)],
                ["divergence from the base, nats a token", *(f"{model['divergence']:.4f}" for model in models)],
            ]
            for kind, word in (("groups", "task"), ("fields", "field")):
                for name, one in models[0][kind].items():
                    shares = (f"{model[kind][name]['share']:.3f}" for model in models)
                    rows.append([f"{word} `{name}`, {one['rows']} rows", *shares])
            lines += ["", f"## {int(length):,} tokens", "", *table(["", *self.titles.values()], rows)]
        return lines


def answer_of(row, name):
    return next((answer for model, answer in row["answers"].items() if Path(model).name == name), None) or ""


def shortened(text):
    text = text.strip().replace("|", "\\|").replace("\n", " ") or "(nothing)"
    return text if len(text) <= LONGEST_CELL else text[:LONGEST_CELL] + "…"


def handwritten(folder, table_rows, titles):
    answers = [json.loads(line) for line in (folder / "answers.jsonl").read_text().splitlines()]
    rows, right = [], {name: 0 for name in titles}
    for number, (row, asked) in enumerate(zip(answers, table_rows, strict=True), 1):
        question = re.search(r"Task: (.*)\n", asked["prompt"]).group(1)
        cells = []
        for name in titles:
            matched = answer_of(row, name).strip() == row["truth"]
            right[name] += matched
            cells.append("✓" if matched else shortened(answer_of(row, name)))
        rows.append([f"{number}. {question}", row["truth"], *cells])
    rows.append(["right", "", *(f"{count} of {len(answers)}" for count in right.values())])
    return table(["", "truth", *titles.values()], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measured", type=Path)
    parser.add_argument("handwritten", type=Path)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--card", type=Path, default=Path(__file__).resolve().parent.parent / "models")
    options = parser.parse_args()
    titles = dict((name, title or f"`{name}`") for name, _, title in (model.partition("=") for model in options.models))
    measured = Measured(options.measured, titles)
    threads = [json.loads(line) for line in Path(__file__).with_name("handwritten.jsonl").read_text().splitlines()]
    parts = {
        "accuracy": measured.accuracy(),
        "transformers": measured.equal_to_transformers(),
        "speed": measured.speed(),
        "memory": measured.memory(),
        "without": measured.without_leaked(),
        "handwritten": handwritten(options.handwritten, threads, titles),
    }
    card = options.card / "README.md"
    text = card.read_text()
    for name, lines in parts.items():
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise SystemExit(f"{card} must hold {begin} and {end} once: what is between them is replaced")
        text = text[: text.index(begin) + len(begin)] + "\n" + "\n".join(lines) + "\n" + text[text.index(end) :]
    card.write_text(text)
    (options.card / "held-out.md").write_text("\n".join(measured.tasks_and_fields()) + "\n")


if __name__ == "__main__":
    main()
