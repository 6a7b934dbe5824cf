"""Phrases with alternatives, and the split that keeps some of them out of training.

A pattern holds alternatives in brackets: ``the [screen|display] [flickers|blinks]`` stands for four phrases. A fact is
the label that an answer must use and the patterns in which a document may say it.
"""

import itertools
import re
import zlib

HELD_OUT_SHARE = 6
"""One phrase, id or code in this many is kept for the test split."""


def expand(pattern):
    """All phrases of one pattern, in a fixed order."""
    pieces = re.split(r"\[([^\]]*)\]", pattern)
    choices = [piece.split("|") if index % 2 else [piece] for index, piece in enumerate(pieces)]
    return ["".join(words) for words in itertools.product(*choices)]


def is_held_out(text):
    """Whether this text belongs to the test split; a stable property of the text alone."""
    return zlib.crc32(text.encode()) % HELD_OUT_SHARE == 0


class Fact:
    """A label and the phrases that state it, divided into those for training and those for testing.

    A phrase is held out only if training sees each of its words for the same fact, written the same: the test asks for
    new combinations of known words, which a small model trained from nothing can be expected to understand.
    """

    def __init__(self, label, *patterns):
        self.label = label
        phrases = list(dict.fromkeys(phrase for pattern in patterns for phrase in expand(pattern)))
        training = [phrase for phrase in phrases if not is_held_out(phrase)]
        held_out = []
        for phrase in phrases:
            if phrase in training:
                continue
            known = {word for other in training for word in _words(other)}
            (held_out if known.issuperset(_words(phrase)) else training).append(phrase)
        if not held_out:
            held_out = [_recombination(training)]
            training.remove(held_out[0])
        self._phrases = {"train": training, "test": held_out}

    def phrases(self, split):
        """The phrases of one split, ``train`` or ``test``; never empty."""
        return self._phrases[split]


def _words(phrase):
    return re.findall(r"[\w{}-]+", phrase)


def _recombination(phrases):
    """The first phrase whose words all occur in the others."""
    for phrase in phrases:
        if {word for other in phrases if other != phrase for word in _words(other)}.issuperset(_words(phrase)):
            return phrase
    raise ValueError(f"no phrase can be held out of {phrases}: give more alternatives")
