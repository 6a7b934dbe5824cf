package dev.swiftkv.engine.generate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swiftkv.kernels.DType;
import java.io.IOException;
import java.nio.file.Path;

/** The JSON files beside the weights. */
final class CheckpointFiles {
  private static final String CHAT_TEMPLATE =
      "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content']"
          + " + '<|im_end|>\\n' }}{% endfor %}"
          + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

  private final ObjectMapper mapper = new ObjectMapper();
  private final CheckpointSpec spec;

  CheckpointFiles(CheckpointSpec spec) {
    this.spec = spec;
  }

  void write(Path directory) throws IOException {
    write(directory.resolve("config.json"), config());
    write(directory.resolve("generation_config.json"), generationConfig());
    write(directory.resolve("tokenizer_config.json"), tokenizerConfig());
    write(
        directory.resolve("tokenizer.json"),
        ByteLevelTokenizer.json(spec.vocabularySize(), addsBegin()));
  }

  private ObjectNode config() {
    ObjectNode config = mapper.createObjectNode();
    config.putArray("architectures").add(spec.family().architecture());
    config.put("model_type", spec.family().modelType());
    config.put("vocab_size", spec.vocabularySize());
    config.put("hidden_size", spec.hiddenSize());
    config.put("intermediate_size", spec.intermediateSize());
    config.put("num_hidden_layers", spec.layers());
    config.put("num_attention_heads", spec.heads());
    config.put("num_key_value_heads", spec.kvHeads());
    config.put("head_dim", spec.headSize());
    config.put("hidden_act", "silu");
    config.put("max_position_embeddings", spec.contextLength());
    config.put("rms_norm_eps", 1e-5);
    config.put("rope_theta", 500_000.0);
    config.putNull("rope_scaling");
    config.put("tie_word_embeddings", spec.tiedEmbeddings());
    config.put("torch_dtype", spec.dtype() == DType.BF16 ? "bfloat16" : "float32");
    config.put("bos_token_id", id(ByteLevelTokenizer.BEGIN));
    config.put("eos_token_id", id(ByteLevelTokenizer.END));
    if (spec.family().swiftKv()) {
      config.put("swiftkv", true);
      config.put("num_key_value_layers", spec.keyValueLayers());
      config.put("key_value_group_size", spec.keyValueGroupSize());
    }
    return config;
  }

  private ObjectNode generationConfig() {
    ObjectNode config = mapper.createObjectNode();
    config.put("bos_token_id", id(ByteLevelTokenizer.BEGIN));
    config
        .putArray("eos_token_id")
        .add(id(ByteLevelTokenizer.END))
        .add(id(ByteLevelTokenizer.TURN_END));
    return config;
  }

  private ObjectNode tokenizerConfig() {
    ObjectNode config = mapper.createObjectNode();
    config.put("tokenizer_class", "PreTrainedTokenizerFast");
    config.put("bos_token", ByteLevelTokenizer.BEGIN);
    config.put("eos_token", ByteLevelTokenizer.END);
    config.put("model_max_length", spec.contextLength());
    config.put("clean_up_tokenization_spaces", false);
    config.put("chat_template", CHAT_TEMPLATE);
    return config;
  }

  /** Llama puts a token before every text, Qwen2 does not. */
  private boolean addsBegin() {
    return spec.family().name().startsWith("llama");
  }

  private void write(Path file, ObjectNode content) throws IOException {
    mapper.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), content);
  }

  private static int id(String special) {
    return ByteLevelTokenizer.SPECIAL.indexOf(special);
  }
}
