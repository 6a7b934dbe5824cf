package dev.swiftkv.engine.chat;

import dev.swiftkv.engine.ChatMessage;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.jinja.Template;
import dev.swiftkv.engine.jinja.TemplateException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a model wants a conversation written. The text it renders already holds the model's special
 * tokens, so it is encoded without adding any. Safe from any thread.
 *
 * <p>The date, which some templates write into the prompt, is that of the moment at which the
 * template was opened: equal rows of one job must get equal prompts.
 */
public final class ChatTemplate {
  private final Path modelDirectory;
  private final Map<String, Object> specialTokens;

  /** Null if the template cannot be read; only who renders it has to know. */
  private final Template templateOrNull;

  private final String problem;

  private ChatTemplate(Path modelDirectory, Map<String, Object> specialTokens, String source) {
    this.modelDirectory = modelDirectory;
    this.specialTokens = Map.copyOf(specialTokens);
    Template parsed = null;
    String failure = "";
    try {
      parsed = Template.parse(source, LocalDateTime.now());
    } catch (TemplateException e) {
      failure = e.getMessage();
    }
    this.templateOrNull = parsed;
    this.problem = failure;
  }

  /**
   * Reads the template of a checkpoint: {@code chat_template.jinja}, or {@code chat_template} in
   * {@code tokenizer_config.json}, where the one named {@code default} is taken if there are
   * several.
   *
   * @return empty if the model has none: it was not tuned on conversations
   * @throws EngineException INVALID_CHECKPOINT if a file is damaged
   */
  public static Optional<ChatTemplate> open(Path modelDirectory) {
    TemplateFiles files = TemplateFiles.read(modelDirectory);
    return files
        .source()
        .map(source -> new ChatTemplate(modelDirectory, files.specialTokens(), source));
  }

  /**
   * The prompt of a conversation.
   *
   * @param addGenerationPrompt whether the beginning of the assistant's answer is written too
   * @throws EngineException INVALID_PROMPT if the template refuses the conversation, such as roles
   *     that do not alternate; UNSUPPORTED if the template cannot be run
   */
  public String render(List<ChatMessage> messages, boolean addGenerationPrompt) {
    List<Map<String, Object>> turns =
        messages.stream()
            .map(
                message -> {
                  Map<String, Object> turn = new LinkedHashMap<>();
                  turn.put("role", message.role());
                  turn.put("content", message.content());
                  return turn;
                })
            .toList();
    return render(turns, addGenerationPrompt, Map.of());
  }

  /**
   * The prompt of a conversation whose turns may hold more than text.
   *
   * @param turns each with {@code role}, {@code content} and whatever else the template reads
   * @param variables further variables, such as {@code enable_thinking}
   */
  public String render(
      List<Map<String, Object>> turns, boolean addGenerationPrompt, Map<String, Object> variables) {
    if (templateOrNull == null) {
      throw new EngineException(
          ErrorCategory.UNSUPPORTED,
          "The chat template of %s cannot be read: %s; render the conversation yourself and pass it as a plain prompt"
              .formatted(modelDirectory, problem));
    }
    Map<String, Object> all = new HashMap<>(specialTokens);
    all.put("messages", turns);
    all.put("add_generation_prompt", addGenerationPrompt);
    all.put("tools", null);
    all.put("documents", null);
    all.putAll(variables);
    try {
      return templateOrNull.render(all);
    } catch (TemplateException e) {
      throw failure(e);
    }
  }

  private EngineException failure(TemplateException e) {
    return e.raisedByTemplate()
        ? new EngineException(
            ErrorCategory.INVALID_PROMPT,
            "The chat template refuses the conversation: " + e.getMessage(),
            e)
        : new EngineException(
            ErrorCategory.UNSUPPORTED,
            "The chat template of %s fails: %s; render the conversation yourself and pass it as a plain prompt"
                .formatted(modelDirectory, e.getMessage()),
            e);
  }
}
