"""Training sequences and held-out prompts as token ids."""

import random

import torch

from documents.tasks import INSTRUCTIONS, document, prompt, question
from documents.writer import Writer
from tokenization import BEGIN, END, PADDING, SPECIAL, pieces

IGNORED, TEXT, ANSWER = 0, 1, 2
KINDS = list(INSTRUCTIONS)
FIRST = {"summary": 5, "json": 5, "agent": 5, "lead": 7, "owner": 7, "status": 1, "category": 1}
"""How readily a task is asked first; every other task has weight 2. A later answer may copy from an earlier one."""


ALL_TASKS = [(kind, task) for kind in INSTRUCTIONS for task in INSTRUCTIONS[kind]]


class Examples:
    """Documents followed by questions and answers, reproducible from a seed and a step."""

    def __init__(self, tokenizer, seed, kinds=KINDS):
        """``kinds`` of documents come with equal chances; one that is named twice comes twice as often."""
        self._tokenizer = tokenizer
        self._pieces = pieces(tokenizer)
        self._seed = seed
        self._kinds = kinds

    def encode(self, text):
        return self._tokenizer.encode(text, add_special_tokens=False).ids

    def _tasks(self, generator, kind):
        return sorted(
            INSTRUCTIONS[kind], key=lambda task: generator.random() ** (1 / FIRST.get(task, 2)), reverse=True
        )

    def _answered(self, generator, length):
        """A document of the training split and pairs of question and answer about it, as many as fit in this many tokens."""
        writer = Writer(generator, "train", self._pieces)
        characters = int(3.5 * max(length - 130, 40) * generator.uniform(0.55, 1.0))
        while True:
            kind = writer.choose(self._kinds)
            text, facts = document(kind, writer, characters)
            tokens = 1 + len(self.encode(text))
            answered = []
            for task in self._tasks(generator, kind):
                instruction, answer = question(kind, task, facts, writer)
                asked, answer = prompt("", instruction), " " + answer
                more = len(self.encode(asked)) + len(self.encode(answer)) + 1
                if tokens + more <= length:
                    tokens += more
                    answered.append((asked, answer))
            if answered:
                return text, answered
            characters = int(characters * 0.8)

    def _sequence(self, generator, length):
        """Ids and marks of one document with as many answered questions as fit."""
        text, answered = self._answered(generator, length)
        ids = [BEGIN, *self.encode(text)]
        marks = [TEXT] * len(ids)
        for asked, answer in answered:
            asked, answer = self.encode(asked), [*self.encode(answer), END]
            ids += asked + answer
            marks += [TEXT] * len(asked) + [ANSWER] * len(answer)
        return ids, marks

    def lessons(self, lengths, count, questions):
        """Prompts and completions to distill with: document and first question, then its answer and what follows.

        Lengths take turns; together with its completion a prompt takes at most that many tokens. Of the questions that fit
        only the first are kept: most later answers can be copied from earlier ones.
        """
        generator = random.Random(f"lessons:{self._seed}")
        for index in range(count):
            text, answered = self._answered(generator, lengths[index % len(lengths)])
            (first, answer), *more = answered[:questions]
            yield text + first, answer + "".join(SPECIAL[END] + asked + answered for asked, answered in more)

    def batch(self, step, length, rows):
        """Ids and marks, both [rows, length], of this step of the training."""
        generator = random.Random(f"{self._seed}:{step}")
        ids = torch.full((rows, length), PADDING, dtype=torch.long)
        marks = torch.full((rows, length), IGNORED, dtype=torch.long)
        for row in range(rows):
            sequence, kinds = self._sequence(generator, length)
            ids[row, : len(sequence)] = torch.tensor(sequence)
            marks[row, : len(kinds)] = torch.tensor(kinds)
        return ids, marks

    def held_out(self, lengths, count, seed, tasks=ALL_TASKS):
        """Prompts of the test split, the given (kind, task) pairs in turn.

        ``lengths`` is a list of one number of tokens or of two, between which rows take lengths evenly. A prompt and its answer
        take 0.85 to 1.0 times that length.
        """
        generator = random.Random(f"held-out:{seed}:{lengths}")
        writer = Writer(generator, "test")
        prompts = []
        while len(prompts) < count:
            length = generator.randint(min(lengths), max(lengths))
            kind, task = tasks[len(prompts) % len(tasks)]
            text, facts = document(kind, writer, int(generator.uniform(3.0, 3.8) * (length - 75)))
            instruction, answer = question(kind, task, facts, writer)
            asked = prompt(text, instruction)
            ids = [BEGIN, *self.encode(asked)]
            answered = [*self.encode(" " + answer), END]
            if 0.85 * length <= len(ids) + len(answered) <= length:
                prompts.append(
                    {"kind": kind, "task": task, "prompt": asked, "truth": answer, "facts": facts,
                     "prompt_ids": ids, "answer_ids": answered}
                )
        return prompts
