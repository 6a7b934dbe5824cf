package dev.swiftkv.engine.tokenizer;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swiftkv.engine.tokenizer.SentencePieceModel.Piece;
import dev.swiftkv.engine.tokenizer.SentencePieceModel.PieceType;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a SentencePiece model as the {@code tokenizer.json} that does the same. A model file holds
 * no merges: they follow from the scores, because SentencePiece joins the pair whose piece has the
 * best score, wherever it stands.
 */
final class SentencePieceConverter {
  private static final String SPACE_MARK = "\u2581";

  private final ObjectMapper mapper = new ObjectMapper();
  private final SentencePieceModel model;
  private final ObjectNode root = mapper.createObjectNode();

  private SentencePieceConverter(SentencePieceModel model) {
    this.model = model;
  }

  /**
   * The text of a {@code tokenizer.json}.
   *
   * @param addBegin whether a text begins with the model's token for that, if it has one
   */
  static String toJson(SentencePieceModel model, boolean addBegin) {
    SentencePieceConverter converter = new SentencePieceConverter(model);
    converter.root.put("version", "1.0").putNull("truncation").putNull("padding");
    converter.writeAddedTokens();
    converter.writeNormalizer();
    converter.root.putNull("pre_tokenizer");
    converter.writePostProcessor(addBegin);
    converter.writeDecoder();
    converter.writeModel();
    return converter.root.toString();
  }

  private void writeAddedTokens() {
    ArrayNode added = root.putArray("added_tokens");
    for (int id = 0; id < model.pieces().size(); id++) {
      Piece piece = model.pieces().get(id);
      if (piece.type() == PieceType.CONTROL || piece.type() == PieceType.USER_DEFINED) {
        added
            .addObject()
            .put("id", id)
            .put("content", piece.text())
            .put("single_word", false)
            .put("lstrip", false)
            .put("rstrip", false)
            .put("normalized", false)
            .put("special", piece.type() == PieceType.CONTROL);
      }
    }
  }

  private void writeNormalizer() {
    ArrayNode steps = root.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
    if (model.characterMap().length > 0) {
      String map = Base64.getEncoder().encodeToString(model.characterMap());
      steps.addObject().put("type", "Precompiled").put("precompiled_charsmap", map);
    }
    if (model.extraSpacesRemoved()) {
      steps.addObject().put("type", "Strip").put("strip_left", true).put("strip_right", true);
      ObjectNode collapse = steps.addObject().put("type", "Replace").put("content", " ");
      collapse.putObject("pattern").put("Regex", " {2,}");
    }
    if (model.dummyPrefix()) {
      steps.addObject().put("type", "Prepend").put("prepend", SPACE_MARK);
    }
    replace(steps.addObject(), " ", SPACE_MARK);
  }

  private void writePostProcessor(boolean addBegin) {
    int begin = indexOf("<s>");
    if (!addBegin || begin < 0) {
      root.putNull("post_processor");
      return;
    }
    ObjectNode processor = root.putObject("post_processor").put("type", "TemplateProcessing");
    for (String form : List.of("single", "pair")) {
      ArrayNode parts = processor.putArray(form);
      parts.addObject().putObject("SpecialToken").put("id", "<s>").put("type_id", 0);
      parts.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
      if (form.equals("pair")) {
        parts.addObject().putObject("Sequence").put("id", "B").put("type_id", 0);
      }
    }
    ObjectNode token = processor.putObject("special_tokens").putObject("<s>").put("id", "<s>");
    token.putArray("ids").add(begin);
    token.putArray("tokens").add("<s>");
  }

  private void writeDecoder() {
    ArrayNode steps = root.putObject("decoder").put("type", "Sequence").putArray("decoders");
    replace(steps.addObject(), SPACE_MARK, " ");
    steps.addObject().put("type", "ByteFallback");
    steps.addObject().put("type", "Fuse");
    if (model.dummyPrefix()) {
      steps.addObject().put("type", "Strip").put("content", " ").put("start", 1).put("stop", 0);
    }
  }

  private void writeModel() {
    ObjectNode node = root.putObject("model");
    node.put("type", model.isBpe() ? "BPE" : "Unigram");
    node.put("byte_fallback", model.byteFallback());
    int unknown = unknownId();
    if (model.isBpe()) {
      node.putNull("dropout").put("fuse_unk", true).put("ignore_merges", false);
      node.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
      node.put("unk_token", unknown < 0 ? null : token(model.pieces().get(unknown)));
      ObjectNode vocabulary = node.putObject("vocab");
      model.pieces().forEach(piece -> vocabulary.put(token(piece), vocabulary.size()));
      writeMerges(node.putArray("merges"));
      return;
    }
    node.put("unk_id", unknown < 0 ? null : (Integer) unknown);
    ArrayNode vocabulary = node.putArray("vocab");
    for (Piece piece : model.pieces()) {
      vocabulary.addArray().add(token(piece)).add((double) piece.score());
    }
  }

  /** Every way to build a piece from two others, the best pieces first. */
  private void writeMerges(ArrayNode merges) {
    Map<String, Integer> idOf = new HashMap<>();
    List<Piece> built = new ArrayList<>();
    for (int id = 0; id < model.pieces().size(); id++) {
      Piece piece = model.pieces().get(id);
      if (piece.type() == PieceType.NORMAL || piece.type() == PieceType.USER_DEFINED) {
        idOf.put(piece.text(), id);
        built.add(piece);
      }
    }
    built.sort(Comparator.comparingDouble(piece -> -piece.score()));
    for (Piece piece : built) {
      String text = piece.text();
      List<Integer> cuts = new ArrayList<>();
      for (int at = 1; at < text.length(); at++) {
        if (idOf.containsKey(text.substring(0, at)) && idOf.containsKey(text.substring(at))) {
          cuts.add(at);
        }
      }
      cuts.sort(
          Comparator.comparing((Integer at) -> idOf.get(text.substring(0, at)))
              .thenComparing(at -> idOf.get(text.substring(at))));
      cuts.forEach(at -> merges.addArray().add(text.substring(0, at)).add(text.substring(at)));
    }
  }

  /** The unknown piece goes by what it looks like, so that decoding shows it. */
  private String token(Piece piece) {
    return piece.type() == PieceType.UNKNOWN ? model.unknownSurface() : piece.text();
  }

  private int unknownId() {
    List<PieceType> types = model.pieces().stream().map(Piece::type).toList();
    return types.indexOf(PieceType.UNKNOWN);
  }

  private int indexOf(String text) {
    return model.pieces().stream().map(Piece::text).toList().indexOf(text);
  }

  private static void replace(ObjectNode step, String from, String to) {
    step.put("type", "Replace").put("content", to);
    step.putObject("pattern").put("String", from);
  }
}
