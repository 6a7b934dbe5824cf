package dev.swiftkv.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.engine.SharedFiles;
import dev.swiftkv.engine.generate.CheckpointGenerator;
import dev.swiftkv.engine.generate.CheckpointSpec;
import dev.swiftkv.engine.tokenizer.TokenBytes;
import dev.swiftkv.engine.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Masks, which are shared and found in bulk, against trying every token alone. */
final class TokenMasksTest {
  private static final int PLENTY = 100_000;
  private static final List<String> SCHEMAS =
      List.of(
          "{}",
          "{'type': 'object'}",
          "{'type': 'string'}",
          "{'type': 'string', 'minLength': 5, 'maxLength': 60}",
          "{'type': 'string', 'pattern': '^[a-z ]*$'}",
          "{'type': 'object', 'required': ['id', 'name'], 'minProperties': 3}",
          "{'type': 'object', 'properties': {'id': {'type': 'null'}}, 'additionalProperties':"
              + " {'type': 'string'}}",
          "{'type': 'object', 'patternProperties': {'^a': {'type': 'integer'}}}",
          "{'type': 'array', 'items': {'type': 'string'}, 'uniqueItems': true}",
          "{'anyOf': [{'type': 'object', 'properties': {'a': {'type': 'string'}}, 'required':"
              + " ['a']}, {'type': 'object', 'properties': {'a': {'maxLength': 3}, 'b': {}},"
              + " 'required': ['b']}]}");

  @TempDir private static Path directory;

  @Test
  void aTokenIsAllowedIfItsBytesAre() {
    CheckpointGenerator.generate(
        CheckpointSpec.of("llama").vocabularySize(2000).layers(1).build(), directory);
    try (Tokenizer tokenizer = Tokenizer.open(directory)) {
      check(tokenizer, 2000, 40, 6);
    }
  }

  @Test
  void aTokenOfALargeVocabularyIsAllowedIfItsBytesAre() {
    try (Tokenizer tokenizer = Tokenizer.open(SharedFiles.require("golden/tokenizers/llama3"))) {
      check(tokenizer, 128_000, 8, 1);
    }
  }

  @Test
  void aNameThatATokenCanEndIsNotAllowedTwice() {
    try (Tokenizer tokenizer = Tokenizer.open(SharedFiles.require("golden/tokenizers/llama3"))) {
      Vocabulary vocabulary = new Vocabulary(tokenizer, 128_000);
      JsonMachine machine =
          new JsonMachine("{\"type\": \"object\"}", true, vocabulary.trie.vocabulary());
      TokenMasks masks = vocabulary.masks();
      vocabulary.check(masks, after(machine, "{\"zzz\": 1, \""), "another name");
      List<String> closings =
          vocabulary.trie.vocabulary().closings().stream()
              .filter(text -> text.matches("[^\"\\\\]+"))
              .sorted()
              .limit(2)
              .toList();
      assertThat(closings).isNotEmpty();
      for (String closing : closings) {
        String begun = "{\"" + closing + "\": 1, \"";
        vocabulary.check(masks, after(machine, begun), begun);
        begun = "{\"my" + closing + "\": 1, \"my";
        vocabulary.check(masks, after(machine, begun), begun);
      }
    }
  }

  private static ByteState after(JsonMachine machine, String text) {
    ByteState at = machine.start();
    for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
      at = at.next(one & 0xFF);
    }
    return at;
  }

  private static void check(Tokenizer tokenizer, int vocabularySize, int steps, int walks) {
    Vocabulary vocabulary = new Vocabulary(tokenizer, vocabularySize);
    for (String schema : SCHEMAS) {
      JsonMachine machine =
          new JsonMachine(schema.replace('\'', '"'), true, vocabulary.trie.vocabulary());
      TokenMasks masks = vocabulary.masks();
      for (int walk = 0; walk < walks; walk++) {
        Random random = new Random(walk);
        ByteState at = machine.start();
        for (int step = 0; step < steps && at != null; step++) {
          BitSet allowed =
              vocabulary.check(masks, at, "step %d of walk %d, %s".formatted(step, walk, schema));
          at = allowed.isEmpty() ? null : masks.after(at, vocabulary.choose(allowed, random));
        }
      }
    }
  }

  private static final class Vocabulary {
    private final Tokenizer tokenizer;
    private final TokenBytes tokens;
    private final int size;
    private final TokenTrie trie;

    Vocabulary(Tokenizer tokenizer, int size) {
      this.tokenizer = tokenizer;
      this.size = size;
      tokens = tokenizer.writtenBytes().orElseThrow();
      trie = TokenTrie.of(tokens, size, tokenizer::isSpecial);
    }

    TokenMasks masks() {
      return new TokenMasks(trie, tokens, size, new BitSet(), false, new MaskMemory());
    }

    /** Compares a mask with trying every token. */
    BitSet check(TokenMasks masks, ByteState at, String where) {
      BitSet allowed = BitSet.valueOf(masks.allowed(at, PLENTY));
      BitSet expected = new BitSet();
      for (int id = 0; id < size; id++) {
        expected.set(id, tokens.length(id) > 0 && !tokenizer.isSpecial(id) && follows(at, id));
      }
      assertThat(allowed).as(where).isEqualTo(expected);
      return allowed;
    }

    private boolean follows(ByteState state, int id) {
      ByteState at = state;
      for (int i = 0; i < tokens.length(id) && at != null; i++) {
        at = at.next(tokens.value(id, i));
      }
      return at != null;
    }

    /** Mostly tokens that end or begin something, so that a walk gets around. */
    int choose(BitSet allowed, Random random) {
      int[] ids = allowed.stream().toArray();
      int chosen = ids[random.nextInt(ids.length)];
      for (int tried = 0; tried < 200 && random.nextInt(4) > 0; tried++) {
        int other = ids[random.nextInt(ids.length)];
        if ("\":,{}[".indexOf(tokens.value(other, 0)) >= 0) {
          return other;
        }
      }
      return chosen;
    }
  }
}
