package dev.swiftkv.benchmarks.threads;

import static dev.swiftkv.benchmarks.threads.Conversation.AGENT;
import static dev.swiftkv.benchmarks.threads.Conversation.CUSTOMER;
import static dev.swiftkv.benchmarks.threads.Conversation.SECOND_AGENT;

import dev.swiftkv.benchmarks.threads.Phrases.Category;
import dev.swiftkv.benchmarks.threads.Phrases.Fact;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Writes one case after the other: a customer reports a problem, support tries remedies, the case
 * ends. Small talk with other people's names, products and order numbers fills it to its length.
 */
final class ThreadWriter {
  private final Phrases phrases;
  private final Chance chance;
  private final Placeholders placeholders;

  ThreadWriter(Phrases phrases, Chance chance) {
    this.phrases = phrases;
    this.chance = chance;
    this.placeholders = new Placeholders(phrases, chance);
  }

  /** Writes a thread of at least about {@code characters} characters. */
  SupportThread write(int characters) {
    Conversation conversation = new Conversation(threePeople(), new ArrayList<>());
    Category category = chance.oneOf(phrases.categories());
    String product = chance.product(category);
    String order = chance.digits(5);
    Fact symptom = chance.oneOf(category.symptoms());
    Fact trigger = chance.oneOf(phrases.triggers());
    List<Fact> remedies = chance.someOf(phrases.remedies(), 4);

    report(conversation, product, order, symptom, trigger, remedies);
    int lastAgent = AGENT;
    if (chance.happens(0.35)) {
      lastAgent = SECOND_AGENT;
      conversation.say(SECOND_AGENT, greeting(conversation.name(SECOND_AGENT)));
    }
    String resolution = end(conversation, lastAgent, remedies.get(3));
    fill(conversation, characters);

    Layout layout = chance.oneOf(List.of(Layout.values()));
    return new SupportThread(
        layout.channel(),
        layout.write(conversation, chance),
        conversation.name(CUSTOMER),
        order,
        product,
        symptom.fact() + " " + trigger.fact(),
        resolution);
  }

  private List<String> threePeople() {
    Set<String> people = new LinkedHashSet<>();
    while (people.size() < 3) {
      people.add(chance.personName());
    }
    return List.copyOf(people);
  }

  private void report(
      Conversation conversation,
      String product,
      String order,
      Fact symptom,
      Fact trigger,
      List<Fact> remedies) {
    List<String> first = new ArrayList<>();
    first.add(placeholders.fill(chance.oneOf(phrases.ownership()), "prod", product));
    first.add(problem(symptom, trigger));
    String orderSentence = placeholders.fill(chance.oneOf(phrases.order()), "id", order);
    double orderIsNamedBy = chance.between(0, 99) / 100.0;
    if (orderIsNamedBy < 0.6) {
      first.add(chance.between(0, 2), orderSentence);
    }
    int failures = chance.oneOf(List.of(0, 1, 1, 2));
    if (failures > 0 && chance.happens(0.6)) {
      first.add(remedy(phrases.failedByCustomer(), remedies.get(0)));
      failures--;
    }
    conversation.say(CUSTOMER, first.toArray(String[]::new));
    conversation.say(AGENT, greeting(conversation.name(AGENT)));
    List<String> reply = conversation.messages().get(1).sentences();
    if (orderIsNamedBy < 0.3) {
      reply.add(placeholders.fill(chance.oneOf(phrases.orderConfirmation()), "id", order));
    } else if (orderIsNamedBy >= 0.6) {
      reply.add(chance.oneOf(phrases.orderQuestion()));
      conversation.say(CUSTOMER, orderSentence);
    }
    for (int failure = 0; failure < failures; failure++) {
      conversation.say(AGENT, remedy(phrases.suggestion(), remedies.get(1 + failure)));
      conversation.say(CUSTOMER, chance.oneOf(phrases.failedReply()));
    }
  }

  private String problem(Fact symptom, Fact trigger) {
    String what = chance.oneOf(symptom.wordings());
    String when = placeholders.fill(chance.oneOf(trigger.wordings()));
    String sentence = chance.oneOf(phrases.symptom());
    if (when.startsWith("it was fine")) {
      sentence = "{S}, {t}.";
    }
    return placeholders.fill(sentence, "s", what, "t", when);
  }

  private String greeting(String agent) {
    return placeholders.fill(chance.oneOf(phrases.greeting()), "agent", agent);
  }

  private String remedy(List<String> sentences, Fact remedy) {
    return placeholders.fill(chance.oneOf(sentences), "f", chance.oneOf(remedy.wordings()));
  }

  private String end(Conversation conversation, int agent, Fact remedy) {
    if (chance.happens(0.72)) {
      if (chance.happens(0.5)) {
        conversation.say(agent, remedy(phrases.lastSuggestion(), remedy));
      }
      conversation.say(CUSTOMER, remedy(phrases.solved(), remedy));
      conversation.say(agent, chance.oneOf(phrases.closing()));
      return "fixed by " + remedy.fact();
    }
    Fact ending = chance.oneOf(phrases.openEndings());
    conversation.say(agent, placeholders.fill(chance.oneOf(ending.wordings())));
    if (chance.happens(0.5)) {
      conversation.say(CUSTOMER, chance.oneOf(phrases.acknowledgement()));
    }
    return ending.fact();
  }

  private void fill(Conversation conversation, int characters) {
    List<Conversation.Message> messages = conversation.messages();
    while (conversation.characters() < characters) {
      List<String> sentences = chance.oneOf(messages).sentences();
      sentences.add(chance.between(0, sentences.size()), filler());
      if (chance.happens(0.12) && messages.size() < 24) {
        int place = chance.between(1, messages.size());
        int speaker = chance.happens(0.5) ? CUSTOMER : messages.get(place - 1).speaker();
        messages.add(place, new Conversation.Message(speaker, new ArrayList<>(List.of(filler()))));
      }
    }
  }

  private String filler() {
    return placeholders.fill(chance.oneOf(phrases.fillers()));
  }
}
