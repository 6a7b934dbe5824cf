package dev.swiftkv.engine.runtime;

import dev.swiftkv.engine.ChatMessage;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.Prompt;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Turns prompts of every kind into tokens. Runs in the caller's thread. */
final class PromptEncoder {
  private final TextModel text;
  private final int vocabularySize;

  PromptEncoder(TextModel text, int vocabularySize) {
    this.text = text;
    this.vocabularySize = vocabularySize;
  }

  /**
   * Tokens of a prompt.
   *
   * @param chat whether plain text is wrapped as one message of the user
   * @throws EngineException INVALID_PROMPT if it is null, empty, not UTF-8 or has unknown ids
   */
  int[] encode(Prompt prompt, boolean chat) {
    int[] ids;
    if (prompt instanceof Prompt.Text plain) {
      ids = encodeText(plain.text(), chat);
    } else if (prompt instanceof Prompt.Utf8 utf8) {
      ids = encodeText(utf8.bytes() == null ? null : decode(utf8.bytes()), chat);
    } else if (prompt instanceof Prompt.Tokens tokens) {
      ids = tokens.ids().stream().mapToInt(Integer::intValue).toArray();
    } else if (prompt instanceof Prompt.Chat conversation) {
      ids = encodeChat(conversation.messages());
    } else {
      throw invalid("The prompt is null; filter such rows or give them a text");
    }
    if (ids.length == 0) {
      throw empty();
    }
    checkVocabulary(ids);
    return ids;
  }

  /**
   * Tokens of what is scored after a prompt, without special tokens around them.
   *
   * @throws EngineException INVALID_PROMPT if it is null, empty, a conversation, not UTF-8 or has
   *     unknown ids
   */
  int[] encodeContinuation(Prompt continuation) {
    int[] ids;
    if (continuation instanceof Prompt.Text plain && plain.text() != null) {
      ids = text.encodeContinuation(plain.text());
    } else if (continuation instanceof Prompt.Utf8 utf8 && utf8.bytes() != null) {
      ids = text.encodeContinuation(decode(utf8.bytes()));
    } else if (continuation instanceof Prompt.Tokens tokens) {
      ids = tokens.ids().stream().mapToInt(Integer::intValue).toArray();
    } else if (continuation instanceof Prompt.Chat) {
      throw invalid("The continuation is a conversation; give the text of the answer to score");
    } else {
      throw invalid("The continuation is null; filter such rows or give them a text");
    }
    if (ids.length == 0) {
      throw invalid("The continuation is empty and has no score; filter such rows");
    }
    checkVocabulary(ids);
    return ids;
  }

  private int[] encodeText(CharSequence plain, boolean chat) {
    if (plain == null) {
      throw invalid("The prompt's text is null; filter such rows or give them a text");
    }
    if (plain.length() == 0) {
      throw empty();
    }
    return chat
        ? text.encodeChat(List.of(new ChatMessage("user", plain.toString())))
        : text.encode(plain);
  }

  private int[] encodeChat(List<ChatMessage> messages) {
    if (messages.isEmpty()) {
      throw invalid("The conversation has no messages; give it at least one of the user");
    }
    for (ChatMessage message : messages) {
      if (message.role() == null || message.content() == null) {
        throw invalid("A message of the conversation has no role or no content; give it both");
      }
    }
    return text.encodeChat(messages);
  }

  /** An id outside the embedding would take the whole step with it, so it is found here. */
  private void checkVocabulary(int[] ids) {
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0 || ids[i] >= vocabularySize) {
        throw invalid(
            "Token %d of the prompt is %d; the model's vocabulary has ids 0 to %d"
                .formatted(i, ids[i], vocabularySize - 1));
      }
    }
  }

  private static CharSequence decode(ByteBuffer bytes) {
    ByteBuffer source = bytes.duplicate();
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    CharBuffer chars = CharBuffer.allocate(source.remaining());
    CoderResult result = decoder.decode(source, chars, true);
    try {
      if (result.isError()) {
        result.throwException();
      }
    } catch (CharacterCodingException e) {
      throw new EngineException(
          ErrorCategory.INVALID_PROMPT,
          "The prompt is not UTF-8: byte %d of %d begins no character; decode the column first"
              .formatted(source.position() - bytes.position(), bytes.remaining()),
          e);
    }
    return chars.flip();
  }

  private static EngineException empty() {
    return invalid("The prompt is empty; filter such rows or give them a text");
  }

  private static EngineException invalid(String message) {
    return new EngineException(ErrorCategory.INVALID_PROMPT, message);
  }
}
