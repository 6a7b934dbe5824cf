package dev.swiftkv.benchmarks.threads;

import static dev.swiftkv.benchmarks.threads.Conversation.CUSTOMER;

import dev.swiftkv.benchmarks.threads.Conversation.Message;
import java.util.Locale;

/** The four forms in which a conversation reaches the help desk. */
enum Layout {
  TICKET {
    @Override
    String write(Conversation conversation, Chance chance) {
      int day = chance.between(1, 28);
      int hour = chance.between(6, 20);
      StringBuilder text = new StringBuilder();
      text.append(
          "Ticket #%s | 2025-%02d-%02d | channel: email"
              .formatted(chance.digits(6), chance.between(1, 12), day));
      for (Message message : conversation.messages()) {
        hour++;
        if (hour > 22) {
          hour = 7;
          day++;
        }
        String role = message.speaker() == CUSTOMER ? "customer" : "support";
        text.append("\n[%02d %02d:%02d] ".formatted(day, hour, chance.between(0, 59)));
        text.append("%s (%s): ".formatted(conversation.name(message.speaker()), role));
        text.append(String.join(" ", message.sentences()));
      }
      return text.toString();
    }
  },
  CHAT {
    @Override
    String write(Conversation conversation, Chance chance) {
      StringBuilder text = new StringBuilder();
      text.append("Chat transcript ").append(chance.digits(6));
      text.append(", customer ").append(conversation.name(CUSTOMER));
      for (Message message : conversation.messages()) {
        String name = conversation.name(message.speaker());
        text.append('\n').append(chance.happens(0.5) ? name : name.split(" ")[0]);
        text.append(": ").append(String.join(" ", message.sentences()));
      }
      return text.toString();
    }
  },
  MAIL {
    @Override
    String write(Conversation conversation, Chance chance) {
      StringBuilder text = new StringBuilder().append("Case ").append(chance.digits(6));
      for (Message message : conversation.messages()) {
        String name = conversation.name(message.speaker());
        text.append("\nFrom: ").append(name);
        text.append(message.speaker() == CUSTOMER ? "" : " (support)").append('\n');
        text.append(String.join("\n", message.sentences()));
        text.append(chance.happens(0.3) ? "\nKind regards\n" + name : "").append('\n');
      }
      return text.toString();
    }
  },
  PHONE {
    @Override
    String write(Conversation conversation, Chance chance) {
      StringBuilder text = new StringBuilder();
      text.append("Phone notes, case ").append(chance.digits(6));
      text.append(", caller ").append(conversation.name(CUSTOMER));
      for (Message message : conversation.messages()) {
        boolean fromCustomer = message.speaker() == CUSTOMER;
        text.append("\n- ");
        text.append(fromCustomer ? "Caller" : "Agent " + conversation.name(message.speaker()));
        text.append(": ").append(String.join(" ", message.sentences()));
      }
      return text.toString();
    }
  };

  abstract String write(Conversation conversation, Chance chance);

  /** Returns the name of the layout in the table. */
  String channel() {
    return name().toLowerCase(Locale.ROOT);
  }
}
