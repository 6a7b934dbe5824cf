"""Trains the tokenizer: byte-level BPE with 2,048 entries, single digits, on generated documents and answers.

Usage: tokenization.py OUTPUT/tokenizer.json
"""

import random
import sys

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from documents.tasks import INSTRUCTIONS, document, prompt, question
from documents.writer import Writer

VOCABULARY = 2048
BEGIN, END, PADDING = 0, 1, 2
SPECIAL = ["<|begin_of_text|>", "<|end_of_text|>", "<|pad|>"]
WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def texts(documents, seed):
    generator = random.Random(seed)
    writer = Writer(generator)
    kinds = list(INSTRUCTIONS)
    for index in range(documents):
        kind = kinds[index % len(kinds)]
        text, facts = document(kind, writer, generator.randint(600, 4000))
        for task in generator.sample(list(INSTRUCTIONS[kind]), 3):
            instruction, answer = question(kind, task, facts, writer)
            text = prompt(text, instruction) + " " + answer
        yield text


def train(documents=9000, seed=1):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts(documents, seed),
        trainers.BpeTrainer(
            vocab_size=VOCABULARY,
            special_tokens=SPECIAL,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            min_frequency=2,
        ),
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{SPECIAL[BEGIN]} $A", special_tokens=[(SPECIAL[BEGIN], BEGIN)]
    )
    return tokenizer


def pieces(tokenizer):
    """The tokens that are plain letters: the building blocks of invented words, in a fixed order."""
    words = {token.lstrip("\u0120").lower() for token in tokenizer.get_vocab()}
    return sorted(word for word in words if word.isascii() and word.isalpha() and len(word) < 7)


if __name__ == "__main__":
    train().save(sys.argv[1])
