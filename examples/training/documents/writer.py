"""The random choices behind a document: names, codes, numbers and phrases of one split."""

from documents.phrases import expand, is_held_out

TRAINING_FIRST = """Maria Anna Peter Lucas Ingrid Omar Priya Chen Yuki Carlos Sofia Ahmed Elena Tomas Grace Samuel Nadia
Viktor Amara Diego Fatima Henrik Isabel Jonas Karim Leila Mateo Nina Oscar Paula Quentin Rosa Stefan Tariq Ursula Vera
Walter Ximena Yusuf Zoe Daniel Emma Felix Greta Hugo Irene James Kate Liam Mona Noah Olga Pavel Ruth Simon Tessa Umar
Wendy Adam Bella Colin Dora Erik Fiona George Helen Ivan Julia Kevin Laura Martin Nora Owen Petra Ralph Sara Theo
Victor""".split()
TRAINING_LAST = """Lopez Smith Meyer Novak Tanaka Silva Khan Okafor Larsen Rossi Dubois Kowalski Ivanov Haddad Nguyen
Patel Garcia Jensen Fischer Moreau Costa Berg Olsen Weber Horvat Popov Sato Kim Park Singh Ali Hassan Brown Clark Evans
Foster Green Hughes Irwin Jones Keller Lewis Moore Nelson Owens Parker Quinn Reed Scott Turner Vargas Walsh Young Adler
Bauer Conti Duarte Ferrari Gomez Hansen Janssen Kraus Lind Marino Nilsson Ortiz Perez Ricci Schmidt Torres Urban Vogel
Wagner Zeman""".split()
TEST_FIRST = """Beatriz Callum Dmitri Esther Farid Gwen Hiroshi Ilse Jamal Kirsten Lorenzo Miriam Nikolai Odette Preston
Rania Soren Thandi Ulrich Valentina Wilma Xavier Yara Zoltan Agnes Boris Camille Declan Astrid Benedikt Chidi Dolores
Emeka Freya Gideon Hanneke""".split()
TEST_LAST = """Abbott Blanchard Castellano Drummond Eriksen Fontaine Gallagher Holloway Ibrahim Jankowski Kaminski
Lindqvist Mbeki Nakamura Oyelaran Petrov Quiroga Rasmussen Sandoval Thackeray Uchida Villanueva Whitaker Yamada
Zielinski Achebe Bergstrom Cordero Delacroix Ferreira Grimaldi Hollander Ilunga Juhasz Kovalenko Lombardi""".split()
TEST_WORDS = """Kestrel Obsidian Larkspur Meridian Halcyon Juniper Tamarack Borealis Saffron Quasar Peregrine Cinnabar
Wolfram Marigold Zephyr Ironwood Bluebell Corvus Dynamo Evergreen Foxglove Gossamer Hyacinth Indigo Jasper Lodestar
Monsoon Nightjar Osprey Pinnacle""".split()
SYLLABLES = """ba be bo da de di do fa fe ga go ha he hi ja jo ka ke ki ko la le li lo ma me mi mo na ne ni no pa pe po
ra re ri ro sa se si so ta te ti to va ve vi vo wa we ya yo za ze zi bran dor fel gar hal kor lan mar nor pel ran sel
tor val wil""".split()
ENDINGS = ["", "n", "r", "s", "l", "na", "ra", "sen", "ton", "ski", "ez", "mann", "wick", "ford"]
ONSETS = """b c d f g h j k l m n p r s t v w z br bl ch cl cr dr dm fr fl gl gr kr kl pl pr sc sh sl sm sn sp st th tr
qu x y wh mb""".split()
VOWELS = "a e i o u y a e i o u ai ea ee ie io ou ei aa ue oe ia ye".split()
CODAS = "  n r s l m t d k nd nt rt st ck ll ss ng rk x mm tt rn rg rd ld nn th sch ff zz".split(" ")
CODE_LETTERS = "ABCDEFGHKLMNPRSTVWXZ"
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()


def capitalised(text):
    return text[0].upper() + text[1:]


class Writer:
    """Draws everything that differs between documents from one random generator.

    ``split`` is ``train`` or ``test``; the two share no name, no invented word, no id, no code and no phrase of a fact.
    ``pieces`` are the lower-case tokens of the tokenizer: words glued together from them teach a model to copy every
    token, not only those that happen to occur in a list of names.
    """

    def __init__(self, random, split="train", pieces=()):
        self.random = random
        self.split = split
        self.pieces = pieces
        self.begin()

    def begin(self, **extra):
        """Starts a document; ``extra`` are functions that give the values of slots that only its kind has."""
        self._extra = extra
        self._taken = set()

    def choose(self, items):
        return items[int(self.random.random() * len(items))]

    def chance(self, probability):
        return self.random.random() < probability

    def number(self, low, high):
        return low + int(self.random.random() * (high - low + 1))

    def identifier(self, low, high):
        """A number of this split."""
        while True:
            text = str(self.number(low, high))
            if is_held_out(text) == (self.split == "test"):
                return text

    def _syllables(self):
        return "".join(self.choose(SYLLABLES) for _ in range(self.choose((1, 2, 2, 3))))

    def _invented(self):
        if self.pieces and self.chance(0.4):
            word = "".join(self.choose(self.pieces) for _ in range(self.choose((1, 2, 2, 3))))
        else:
            word = "".join(
                (self.choose(ONSETS) if index or self.chance(0.8) else "")
                + self.choose(VOWELS)
                + (self.choose(CODAS) if self.chance(0.6) else "")
                for index in range(self.choose((1, 2, 2, 3, 3)))
            )
        return capitalised(word[:14])

    def subject(self):
        """A proper noun for what the document is about; nothing else in the document has it."""
        word = self.word()
        self._taken.add(word)
        return word

    def word(self):
        """A proper noun for a product line, a service or a project."""
        while True:
            word = self._noun()
            if word not in self._taken:
                return word

    def _noun(self):
        if self.split == "test":
            return self.choose(TEST_WORDS)
        return capitalised(self._syllables()) if self.chance(0.25) else self._invented()

    def _part_of_name(self, known, endings):
        draw = self.random.random()
        if draw < 0.3:
            return self.choose(known)
        return capitalised(self._syllables() + self.choose(endings)) if draw < 0.45 else self._invented()

    def name(self):
        """First and last name of a person."""
        if self.split == "test":
            return self.choose(TEST_FIRST) + " " + self.choose(TEST_LAST)
        return self._part_of_name(TRAINING_FIRST, [""]) + " " + self._part_of_name(TRAINING_LAST, ENDINGS)

    def names(self, count):
        """The people of a document: their first names differ, and nobody else in the document has one of them."""
        while True:
            people = [self.name() for _ in range(count)]
            first = {person.split()[0] for person in people}
            if len(first) == count:
                self._taken |= first
                return people

    def bystander(self):
        """Somebody whom the document mentions but is not about."""
        while True:
            person = self.name()
            if person.split()[0] not in self._taken:
                return person

    def code(self):
        """A product code such as ``RX-204`` or ``Kestrel 7``."""
        kind = self.number(0, 3)
        if kind == 2:
            return f"{self.word()} {self.number(2, 99)}"
        while True:
            letters = self.choose(CODE_LETTERS) + self.choose(CODE_LETTERS)
            if kind == 0:
                code = f"{letters}-{self.number(10, 999)}"
            elif kind == 1:
                code = f"{letters[0]}{self.number(10, 9999)}"
            else:
                code = f"{letters}{self.number(1, 99)}{self.choose(CODE_LETTERS)}"
            if is_held_out(code) == (self.split == "test"):
                return code

    def say(self, fact):
        """One of the phrases that state the fact, its slots filled."""
        return self.fill(self.choose(fact.phrases(self.split)))

    def pick(self, sentences, **slots):
        """One of the sentences, its slots filled."""
        return self.fill(self.choose(sentences), **slots)

    def fill(self, template, **slots):
        return template.format_map(_Slots(self, slots)) if "{" in template else template


class _Slots(dict):
    """Values for the slots of a template, drawn when they are needed."""

    def __init__(self, writer, slots):
        super().__init__(slots)
        self._writer = writer

    def __missing__(self, slot):
        writer = self._writer
        if slot in writer._extra:
            return writer._extra[slot]()
        if slot == "n":
            return writer.number(2, 9)
        if slot == "nn":
            return writer.number(11, 59)
        if slot == "day":
            return writer.choose(DAYS)
        if slot == "date":
            return f"{writer.number(1, 28)} {writer.choose(MONTHS)}"
        if slot == "other":
            return writer.bystander()
        if slot == "word":
            return writer.word()
        if slot == "id":
            return writer.identifier(10_000, 99_999)
        if slot == "long":
            return writer.number(10_000_000, 99_999_999)
        raise KeyError(f"no value for slot {{{slot}}}")


def sentences(*patterns):
    """The sentences of several patterns as one list."""
    return [sentence for pattern in patterns for sentence in expand(pattern)]


def pad(writer, turns, characters, fillers, overhead, speakers):
    """Inserts filler sentences into the turns until they hold about this many characters.

    ``turns`` is a list of (speaker, sentences); ``overhead`` is the number of characters that a layout adds to a turn;
    a filler opens a turn of its own, by one of ``speakers``, now and then.
    """
    size = sum(len(sentence) + 1 for _, said in turns for sentence in said) + overhead * (len(turns) + 2)
    while size < characters:
        filler = writer.pick(fillers)
        size += len(filler) + 1
        if writer.chance(0.15):
            turns.insert(writer.number(1, len(turns)), (writer.choose(speakers), [filler]))
            size += overhead
        else:
            said = writer.choose(turns)[1]
            said.insert(writer.number(0, len(said)), filler)
    return turns
