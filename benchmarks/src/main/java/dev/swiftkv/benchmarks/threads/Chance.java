package dev.swiftkv.benchmarks.threads;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Every random choice of one table. {@link Random} is specified, so a seed means one table. */
final class Chance {
  private static final String LETTERS = "ABCDEFGHKLMNPRSTVWXZ";

  private final Random random;
  private final Phrases phrases;

  Chance(long seed, Phrases phrases) {
    this.random = new Random(seed);
    this.phrases = phrases;
  }

  /** Returns true with the given probability. */
  boolean happens(double probability) {
    return random.nextDouble() < probability;
  }

  /** Returns a number between two bounds, both included. */
  int between(int low, int high) {
    return low + random.nextInt(high - low + 1);
  }

  <T> T oneOf(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  /** Returns {@code count} different elements. */
  <T> List<T> someOf(List<T> choices, int count) {
    List<T> shuffled = new ArrayList<>(choices);
    Collections.shuffle(shuffled, random);
    return shuffled.subList(0, count);
  }

  String digits(int count) {
    StringBuilder digits = new StringBuilder().append(between(1, 9));
    while (digits.length() < count) {
      digits.append(between(0, 9));
    }
    return digits.toString();
  }

  String personName() {
    return oneOf(phrases.firstNames()) + " " + oneOf(phrases.lastNames());
  }

  String product() {
    return product(oneOf(phrases.categories()));
  }

  /** Returns a device with a product code in one of four forms, such as "printer RX-20". */
  String product(Phrases.Category category) {
    String code =
        switch (random.nextInt(4)) {
          case 0 -> letter() + letter() + "-" + between(10, 999);
          case 1 -> letter() + between(10, 9999);
          case 2 -> inventedWord() + " " + between(2, 99);
          default -> letter() + letter() + between(1, 99) + letter();
        };
    return oneOf(category.devices()) + " " + code;
  }

  private String letter() {
    return String.valueOf(LETTERS.charAt(random.nextInt(LETTERS.length())));
  }

  private String inventedWord() {
    Phrases.Syllables parts = phrases.syllables();
    StringBuilder word = new StringBuilder();
    int count = oneOf(List.of(1, 2, 2, 3, 3));
    for (int syllable = 0; syllable < count; syllable++) {
      word.append(syllable > 0 || happens(0.8) ? oneOf(parts.onsets()) : "");
      word.append(oneOf(parts.vowels()));
      word.append(happens(0.6) ? oneOf(parts.codas()) : "");
    }
    word.setLength(Math.min(word.length(), 14));
    return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
  }
}
