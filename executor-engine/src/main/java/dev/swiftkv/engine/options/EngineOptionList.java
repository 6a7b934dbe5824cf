package dev.swiftkv.engine.options;

import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What shapes an engine: the session options of Spark and the options of the commands. */
public final class EngineOptionList {
  /** Kind of device. */
  public static final Option<String> DEVICE =
      OptionTypes.device(
          "device",
          "auto",
          List.of("auto", "cpu", "scalar", "cuda"),
          "Where the model runs. `auto` takes the fastest that works here, `scalar` is plain Java,"
              + " `cuda:1` is the second GPU.");

  /** Which device of its kind. */
  public static final Option<Integer> DEVICE_INDEX =
      OptionTypes.integer(
          "device_index", 0, "at least 0", "Which device of its kind; the same as after a colon.");

  /** Compute type. */
  public static final Option<String> DTYPE =
      OptionTypes.word(
          "dtype",
          "auto",
          List.of("auto", "f32", "bf16"),
          "Type of weights and products. `f32` is exact and slower; `auto` takes bf16 where the"
              + " device computes it.");

  /** Threads of the kernels. */
  public static final Option<Integer> THREADS =
      OptionTypes.integer(
          "threads", 0, "0 to 1024", "Threads of the CPU kernels. 0 takes every processor.");

  /** Budget of a step. */
  public static final Option<Integer> STEP_TOKENS =
      OptionTypes.integer(
          "step_tokens",
          0,
          "at least 0",
          "Most tokens of one forward pass. Larger is faster on long prompts and needs more"
              + " memory. 0 takes what suits the device: 4096 on a CPU, 8192 on a GPU.");

  /** Sequences decoding at once. */
  public static final Option<Integer> MAX_SEQUENCES =
      OptionTypes.integer(
          "max_sequences",
          0,
          "at least 0",
          "Most sequences that are answered at once. 0 takes what suits the device: 64 on a CPU,"
              + " 256 on a GPU.");

  /** Memory for keys and values. */
  public static final Option<Long> KV_CACHE_BYTES =
      OptionTypes.bytes(
          "kv_cache_bytes",
          0L,
          "at least 0, with k, m, g or t",
          "Memory for the keys and values of all running prompts. 0 takes what all of them need, at"
              + " most a quarter of the host's free memory or 85 % of a GPU's.");

  /** Limit on prompt and completion. */
  public static final Option<Integer> CONTEXT_LENGTH =
      OptionTypes.integer(
          "context_length",
          0,
          "at least 0",
          "Most tokens of prompt and completion together. 0 takes the model's own limit.");

  /** Reuse of prompts that begin alike. */
  public static final Option<Boolean> PREFIX_CACHE =
      OptionTypes.flag(
          "prefix_cache",
          true,
          "Keeps the keys and values of finished prompts for later prompts that begin alike.");

  /** Every option, in the order of the documents. */
  public static final List<Option<?>> ALL =
      List.of(
          DEVICE,
          DEVICE_INDEX,
          DTYPE,
          THREADS,
          STEP_TOKENS,
          MAX_SEQUENCES,
          KV_CACHE_BYTES,
          CONTEXT_LENGTH,
          PREFIX_CACHE);

  private EngineOptionList() {}

  /**
   * A configuration as a user wrote it.
   *
   * @param model directory of the checkpoint
   * @param given by name in any spelling; a null value counts as not given
   * @throws dev.swiftkv.engine.EngineException INVALID_OPTION for an unknown name or a value
   *     outside its range
   */
  public static EngineConfig parse(Path model, Map<String, String> given) {
    OptionValues values = OptionValues.of(ALL, given);
    String device = values.get(DEVICE);
    int colon = device.indexOf(OptionTypes.INDEX_SEPARATOR);
    return new EngineConfig(
        model,
        colon < 0 ? device : device.substring(0, colon),
        colon < 0 ? values.get(DEVICE_INDEX) : index(device.substring(colon + 1), given),
        values.get(DTYPE),
        values.get(THREADS),
        values.get(STEP_TOKENS),
        values.get(MAX_SEQUENCES),
        values.get(KV_CACHE_BYTES),
        values.get(CONTEXT_LENGTH),
        values.get(PREFIX_CACHE));
  }

  /** Whether options name one device of its kind, not just the kind. */
  public static boolean namesOneDevice(Map<String, String> given) {
    return isGiven(DEVICE_INDEX, given)
        || OptionValues.of(ALL, given).get(DEVICE).contains(OptionTypes.INDEX_SEPARATOR);
  }

  private static int index(String afterColon, Map<String, String> given) {
    int index = Integer.parseInt(afterColon);
    if (isGiven(DEVICE_INDEX, given) && OptionValues.of(ALL, given).get(DEVICE_INDEX) != index) {
      throw new EngineException(
          ErrorCategory.INVALID_OPTION,
          "Option device says %d after its colon and device_index says %d: give one of them"
              .formatted(index, OptionValues.of(ALL, given).get(DEVICE_INDEX)));
    }
    return index;
  }

  private static boolean isGiven(Option<?> option, Map<String, String> given) {
    return given.entrySet().stream()
        .anyMatch(entry -> entry.getValue() != null && option.isNamed(entry.getKey()));
  }
}
