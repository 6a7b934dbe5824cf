package dev.swiftkv.engine.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * What the engine itself has to know from a {@code tokenizer.json}; everything else is left to the
 * native library. Read as a stream: the file of a large vocabulary has millions of values.
 */
final class TokenizerFile {
  private final List<String> tokens = new ArrayList<>();
  private final BitSet special = new BitSet();
  private String decoderType = "";
  private String spaceMarkOrNull;
  private boolean stripsSpace;

  private TokenizerFile() {}

  /**
   * Reads the text of a {@code tokenizer.json}.
   *
   * @throws IOException if it is not JSON of that form
   */
  static TokenizerFile parse(String json) throws IOException {
    TokenizerFile file = new TokenizerFile();
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("not a JSON object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String field = parser.currentName();
        parser.nextToken();
        switch (field) {
          case "added_tokens" -> file.readAddedTokens(parser);
          case "decoder" -> file.readDecoder(parser);
          case "model" -> file.readModel(parser);
          default -> parser.skipChildren();
        }
      }
      if (parser.currentToken() != JsonToken.END_OBJECT) {
        throw new IOException("the JSON object does not end");
      }
    }
    if (file.tokens.isEmpty()) {
      throw new IOException("no vocabulary in it");
    }
    return file;
  }

  /** By id; null where no token has the id. */
  List<String> tokens() {
    return tokens;
  }

  /** Ids of tokens that never appear in decoded text. */
  BitSet special() {
    return special;
  }

  /** The decoder's {@code type}; empty if there is none. */
  String decoderType() {
    return decoderType;
  }

  /** What stands for a space in word pieces; null if this is another kind of vocabulary. */
  String spaceMarkOrNull() {
    return spaceMarkOrNull;
  }

  /** Whether the decoder leaves out a space that begins the text. */
  boolean stripsSpace() {
    return stripsSpace;
  }

  private void readAddedTokens(JsonParser parser) throws IOException {
    while (parser.nextToken() == JsonToken.START_OBJECT) {
      int id = -1;
      String content = "";
      boolean isSpecial = false;
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String field = parser.currentName();
        parser.nextToken();
        switch (field) {
          case "id" -> id = parser.getIntValue();
          case "content" -> content = parser.getText();
          case "special" -> isSpecial = parser.getBooleanValue();
          default -> parser.skipChildren();
        }
      }
      put(id, content);
      special.set(id, isSpecial);
    }
  }

  /** Of a sequence of decoders only that of SentencePiece is known: marked spaces, bytes, strip. */
  private void readDecoder(JsonParser parser) throws IOException {
    JsonNode decoder = new ObjectMapper().readTree(parser);
    decoderType = decoder.path("type").asText("");
    List<String> types = decoder.path("decoders").findValuesAsText("type");
    boolean isPieces =
        types.equals(List.of("Replace", "ByteFallback", "Fuse", "Strip"))
            || types.equals(List.of("Replace", "ByteFallback", "Fuse"));
    JsonNode replace = decoder.path("decoders").path(0);
    if (isPieces && replace.path("content").asText().equals(" ")) {
      spaceMarkOrNull = replace.path("pattern").path("String").asText(null);
      stripsSpace = types.contains("Strip");
    }
  }

  private void readModel(JsonParser parser) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      JsonToken value = parser.nextToken();
      if (field.equals("vocab") && value == JsonToken.START_OBJECT) {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String token = parser.currentName();
          parser.nextToken();
          put(parser.getIntValue(), token);
        }
      } else if (field.equals("vocab") && value == JsonToken.START_ARRAY) {
        readScoredVocabulary(parser);
      } else {
        parser.skipChildren();
      }
    }
  }

  /** Unigram models list pairs of token and score; the position is the id. */
  private void readScoredVocabulary(JsonParser parser) throws IOException {
    for (int id = 0; parser.nextToken() == JsonToken.START_ARRAY; id++) {
      parser.nextToken();
      put(id, parser.getText());
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        parser.skipChildren();
      }
    }
  }

  private void put(int id, String token) throws IOException {
    if (id < 0 || id > MAX_ID) {
      throw new IOException("token \"%s\" has id %d".formatted(token, id));
    }
    while (tokens.size() <= id) {
      tokens.add(null);
    }
    tokens.set(id, token);
  }

  /** Far above every vocabulary; a lying id must not fill the memory. */
  private static final int MAX_ID = 1 << 24;
}
