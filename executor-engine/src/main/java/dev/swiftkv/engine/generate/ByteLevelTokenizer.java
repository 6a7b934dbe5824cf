package dev.swiftkv.engine.generate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes a byte-level BPE {@code tokenizer.json} with exactly as many tokens as asked for: special
 * tokens, the 256 bytes, then merges that build letter strings of growing length, with and without
 * a space before them. Any text survives encoding and decoding; English comes to about three
 * letters a token.
 */
final class ByteLevelTokenizer {
  static final String BEGIN = "<|begin_of_text|>";
  static final String END = "<|end_of_text|>";
  static final String TURN_START = "<|im_start|>";
  static final String TURN_END = "<|im_end|>";
  static final List<String> SPECIAL = List.of(BEGIN, END, TURN_START, TURN_END);
  static final int BYTES = 256;
  static final int SMALLEST_VOCABULARY = SPECIAL.size() + BYTES;

  // By frequency in English, so that common strings come first.
  private static final String LETTERS = "etaoinshrdlcumwfgypbvkjxqz";
  private static final String SPACE = "\u0120";

  private final ObjectMapper mapper = new ObjectMapper();
  private final ObjectNode vocabulary = mapper.createObjectNode();
  private final ArrayNode merges = mapper.createArrayNode();
  private final int size;

  private ByteLevelTokenizer(int size) {
    this.size = size;
  }

  /** The file's content. */
  static ObjectNode json(int vocabularySize, boolean addBegin) {
    ByteLevelTokenizer tokenizer = new ByteLevelTokenizer(vocabularySize);
    tokenizer.fillVocabulary();
    return tokenizer.file(addBegin);
  }

  private void fillVocabulary() {
    SPECIAL.forEach(token -> vocabulary.put(token, vocabulary.size()));
    for (int value = 0; value < BYTES; value++) {
      vocabulary.put(Character.toString(symbol(value)), vocabulary.size());
    }
    merge(SPACE, "t");
    List<String> strings = new ArrayList<>();
    for (char letter : LETTERS.toCharArray()) {
      strings.add(Character.toString(letter));
      merge(SPACE, Character.toString(letter));
    }
    while (vocabulary.size() < size) {
      List<String> longer = new ArrayList<>();
      for (String string : strings) {
        for (char letter : LETTERS.toCharArray()) {
          merge(string, Character.toString(letter));
          merge(SPACE + string, Character.toString(letter));
          longer.add(string + letter);
        }
        if (vocabulary.size() >= size) {
          return;
        }
      }
      strings = longer;
    }
  }

  private void merge(String left, String right) {
    if (vocabulary.size() < size && !vocabulary.has(left + right)) {
      vocabulary.put(left + right, vocabulary.size());
      merges.addArray().add(left).add(right);
    }
  }

  private ObjectNode file(boolean addBegin) {
    ObjectNode file = mapper.createObjectNode();
    file.put("version", "1.0").putNull("truncation").putNull("padding");
    ArrayNode added = file.putArray("added_tokens");
    for (int id = 0; id < SPECIAL.size(); id++) {
      added
          .addObject()
          .put("id", id)
          .put("content", SPECIAL.get(id))
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false)
          .put("normalized", false)
          .put("special", true);
    }
    file.putNull("normalizer");
    file.putObject("pre_tokenizer")
        .put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", true)
        .put("use_regex", true);
    if (addBegin) {
      beginTemplate(file.putObject("post_processor"));
    } else {
      file.putNull("post_processor");
    }
    file.putObject("decoder")
        .put("type", "ByteLevel")
        .put("add_prefix_space", true)
        .put("trim_offsets", true)
        .put("use_regex", true);
    ObjectNode model =
        file.putObject("model")
            .put("type", "BPE")
            .putNull("dropout")
            .putNull("unk_token")
            .putNull("continuing_subword_prefix")
            .putNull("end_of_word_suffix")
            .put("fuse_unk", false)
            .put("byte_fallback", false)
            .put("ignore_merges", false);
    model.set("vocab", vocabulary);
    model.set("merges", merges);
    return file;
  }

  private static void beginTemplate(ObjectNode processor) {
    processor.put("type", "TemplateProcessing");
    ArrayNode single = processor.putArray("single");
    single.addObject().putObject("SpecialToken").put("id", BEGIN).put("type_id", 0);
    single.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
    ArrayNode pair = processor.putArray("pair");
    pair.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
    pair.addObject().putObject("Sequence").put("id", "B").put("type_id", 1);
    ObjectNode begin = processor.putObject("special_tokens").putObject(BEGIN).put("id", BEGIN);
    begin.putArray("ids").add(SPECIAL.indexOf(BEGIN));
    begin.putArray("tokens").add(BEGIN);
  }

  /**
   * The character that stands for a byte in byte-level vocabularies: printable Latin-1 stands for
   * itself, the other 68 values for characters from U+0100 on (as in GPT-2).
   */
  static int symbol(int value) {
    if (isPrintable(value)) {
      return value;
    }
    int others = 0;
    for (int smaller = 0; smaller < value; smaller++) {
      others += isPrintable(smaller) ? 0 : 1;
    }
    return 0x100 + others;
  }

  private static boolean isPrintable(int value) {
    return value >= '!' && value <= '~' || value >= 0xA1 && value <= 0xFF && value != 0xAD;
  }
}
