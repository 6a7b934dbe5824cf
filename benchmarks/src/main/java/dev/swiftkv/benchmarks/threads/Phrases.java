package dev.swiftkv.benchmarks.threads;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/**
 * The stock of sentences, read from {@code phrases.json}. Sentences hold placeholders such as
 * {@code {day}}; a capital letter in a placeholder asks for a capital first letter of its value.
 */
record Phrases(
    List<String> firstNames,
    List<String> lastNames,
    List<Category> categories,
    List<Fact> triggers,
    List<Fact> remedies,
    List<Fact> openEndings,
    List<String> weekdays,
    List<String> ownership,
    List<String> order,
    List<String> orderQuestion,
    List<String> orderConfirmation,
    List<String> greeting,
    List<String> symptom,
    List<String> failedByCustomer,
    List<String> suggestion,
    List<String> failedReply,
    List<String> lastSuggestion,
    List<String> solved,
    List<String> closing,
    List<String> acknowledgement,
    List<String> fillers,
    Map<String, List<String>> instructions,
    Syllables syllables) {

  /** Kinds of device that share their symptoms. */
  record Category(List<String> devices, List<Fact> symptoms) {}

  /** What the answer says, and the ways in which a thread may put it. */
  record Fact(String fact, List<String> wordings) {}

  /** Parts of invented words. */
  record Syllables(List<String> onsets, List<String> vowels, List<String> codas) {}

  static Phrases read() {
    try (InputStream json = Phrases.class.getResourceAsStream("phrases.json")) {
      return new ObjectMapper().readValue(json, Phrases.class);
    } catch (IOException e) {
      throw new UncheckedIOException("phrases.json is not readable", e);
    }
  }
}
