package dev.swiftkv.benchmarks.threads;

import java.util.ArrayList;
import java.util.List;

/**
 * Who said what, before it is laid out as text.
 *
 * @param people the customer, the first agent and the agent who may take over
 */
record Conversation(List<String> people, List<Message> messages) {
  static final int CUSTOMER = 0;
  static final int AGENT = 1;
  static final int SECOND_AGENT = 2;

  /** One turn; sentences may still be inserted. */
  record Message(int speaker, List<String> sentences) {}

  void say(int speaker, String... sentences) {
    messages.add(new Message(speaker, new ArrayList<>(List.of(sentences))));
  }

  String name(int speaker) {
    return people.get(speaker);
  }

  /** Returns about how many characters the laid-out text will have. */
  int characters() {
    int characters = 60;
    for (Message message : messages) {
      characters += 28;
      for (String sentence : message.sentences()) {
        characters += sentence.length() + 1;
      }
    }
    return characters;
  }
}
