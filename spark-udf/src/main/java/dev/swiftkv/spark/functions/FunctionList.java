package dev.swiftkv.spark.functions;

import static dev.swiftkv.spark.functions.Parameter.optional;
import static dev.swiftkv.spark.functions.Parameter.required;

import dev.swiftkv.spark.SparkOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.types.DataTypes;

/** Every SQL function of this build that asks a model. To add one, add it here. */
public final class FunctionList {
  private static final int LABEL_TOKENS = 128;
  private static final int TEXT_TOKENS = 512;
  private static final String NULLS =
      " NULL where a text is NULL or the row failed, unless failOnError says otherwise.";

  /** Several answers have to fit into one prompt, also with a context of two thousand tokens. */
  private static final int GROUP_TOKENS = 256;

  private static final Parameter FAIL_ON_ERROR =
      optional(
          "failOnError",
          "BOOLEAN",
          "Left out: a failed row gives NULL. False: every row gives STRUCT<result, error,"
              + " finish_reason, usage>. True: a failed row fails the query.");
  private static final Parameter MODEL_PARAMETERS =
      optional(
          "modelParameters",
          "MAP, STRUCT or STRING",
          "Generation options such as max_tokens and temperature; a constant.");
  private static final Parameter CONTENT = required("content", "STRING", "The text.");
  private static final Parameter MODEL =
      optional(
          "model",
          "STRING",
          "Name or directory of the model; a constant. Default: spark.swiftkv.model.");

  /** {@code ai_query(model, prompt, ...)}: any model, options and type. */
  public static final AiFunction AI_QUERY =
      new AiFunction(
          "ai_query",
          "Returns the completion of a prompt by a model, a STRING or a value of returnType."
              + NULLS,
          List.of(
              required("model", "STRING", "Name or directory of the model; a constant."),
              required("prompt", "STRING", "What the model is asked."),
              optional(
                  "returnType",
                  "STRING",
                  "SQL type such as STRUCT<a: INT, b: ARRAY<STRING>>; the model can write nothing"
                      + " else."),
              FAIL_ON_ERROR,
              MODEL_PARAMETERS,
              optional(
                  "responseFormat",
                  "STRING",
                  "text, json_object, a JSON schema, or a SQL type: the text is JSON of that"
                      + " form.")),
          List.of(
              "> SELECT ai_query('demo', 'Summarize: printer on fire');",
              "> SELECT ai_query('demo', 'Who?', modelParameters => named_struct('max_tokens', 40,"
                  + " 'temperature', 0.2));",
              "> SELECT ai_query('demo', 'How many?', returnType => 'STRUCT<n: INT>');"),
          "{prompt}",
          new Answer.Declared(),
          /* maxTokens */ 0);

  /** {@code ai_gen(prompt)}: the session's model, text back. */
  public static final AiFunction AI_GEN =
      task(
          "ai_gen",
          "Returns the completion of a prompt.",
          List.of(required("prompt", "STRING", "What the model is asked.")),
          List.of(
              "> SELECT ai_gen('Summarize: printer on fire');",
              "> SELECT ai_gen('Name a color', failOnError => false);"),
          "{prompt}",
          new Answer.Text(),
          /* maxTokens */ 0);

  /** {@code ai_summarize(content[, max_words])}. */
  public static final AiFunction AI_SUMMARIZE =
      task(
          "ai_summarize",
          "Returns a summary of a text.",
          List.of(
              CONTENT,
              optional("max_words", "INT", "Words to aim at, 50 if left out; 0 sets no limit.")),
          List.of(
              "> SELECT ai_summarize('The printer jams. A new roller fixed it.');",
              "> SELECT ai_summarize('The printer jams. A new roller fixed it.', 5);"),
          "Summarize the text{max_words}. Write only the summary.\n\nText:\n{content}\n\nSummary:",
          new Answer.Text(),
          TEXT_TOKENS);

  /** {@code ai_classify(content, labels[, multiLabel])}. */
  public static final AiFunction AI_CLASSIFY =
      task(
          "ai_classify",
          "Returns the label that fits a text, always one of the given ones; an array of labels"
              + " with multiLabel.",
          List.of(
              CONTENT,
              required("labels", "ARRAY<STRING>", "The labels; a constant."),
              optional("multiLabel", "BOOLEAN", "True: all labels that fit, as an array.")),
          List.of(
              "> SELECT ai_classify('My card was charged twice', array('billing', 'shipping'));",
              "> SELECT ai_classify('Late and broken', array('delay', 'damage'), multiLabel =>"
                  + " true);"),
          "Classify the text with these labels: {labels}.\n\nText:\n{content}\n\nLabel:",
          new Answer.Label(),
          LABEL_TOKENS);

  /** {@code ai_extract(content, labels)}. */
  public static final AiFunction AI_EXTRACT =
      task(
          "ai_extract",
          "Returns a struct with one string for each label, NULL where the text has none.",
          List.of(CONTENT, required("labels", "ARRAY<STRING>", "What to find; a constant.")),
          List.of(
              "> SELECT ai_extract('Ann lives in Oslo', array('person', 'city'));",
              "> SELECT ai_extract('Order 7', labels => array('order')).order;"),
          "Extract from the text, as JSON, the fields: {labels}. Use null for what the text does"
              + " not say.\n\nText:\n{content}\n\nJSON:",
          new Answer.Fields(),
          TEXT_TOKENS);

  /** {@code ai_translate(content, to_lang)}. */
  public static final AiFunction AI_TRANSLATE =
      task(
          "ai_translate",
          "Returns a text in another language.",
          List.of(CONTENT, required("to_lang", "STRING", "A language, such as en or German.")),
          List.of(
              "> SELECT ai_translate('Good morning', 'de');",
              "> SELECT ai_translate('Guten Tag', to_lang => 'English');"),
          "Translate the text into the language {to_lang}. Write only the translation.\n\n"
              + "Text:\n{content}\n\nTranslation:",
          new Answer.Text(),
          TEXT_TOKENS);

  /** {@code ai_fix_grammar(content)}. */
  public static final AiFunction AI_FIX_GRAMMAR =
      task(
          "ai_fix_grammar",
          "Returns a text with its grammar corrected.",
          List.of(CONTENT),
          List.of(
              "> SELECT ai_fix_grammar('he go home');",
              "> SELECT ai_fix_grammar(content => 'they was late');"),
          "Correct the grammar of the text. Write only the corrected text.\n\n"
              + "Text:\n{content}\n\nCorrected text:",
          new Answer.Text(),
          TEXT_TOKENS);

  /** {@code ai_mask(content, labels)}. */
  public static final AiFunction AI_MASK =
      task(
          "ai_mask",
          "Returns a text in which the named kinds of information are written as [MASKED].",
          List.of(CONTENT, required("labels", "ARRAY<STRING>", "What to mask; a constant.")),
          List.of(
              "> SELECT ai_mask('Ann lives in Oslo', array('person'));",
              "> SELECT ai_mask('Call 555-1234', labels => array('phone', 'email'));"),
          "Copy the text, with [MASKED] in place of every: {labels}.\n\n"
              + "Text:\n{content}\n\nMasked text:",
          new Answer.Text(),
          TEXT_TOKENS);

  /** {@code ai_analyze_sentiment(content)}. */
  public static final AiFunction AI_ANALYZE_SENTIMENT =
      task(
          "ai_analyze_sentiment",
          "Returns positive, negative, neutral or mixed.",
          List.of(CONTENT),
          List.of(
              "> SELECT ai_analyze_sentiment('I am happy');",
              "> SELECT ai_analyze_sentiment(content => 'Good food, bad service');"),
          "Is the sentiment of the text positive, negative, neutral or mixed?\n\n"
              + "Text:\n{content}\n\nSentiment:",
          new Answer.OneOf(
              List.of("positive", "negative", "neutral", "mixed"), DataTypes.StringType),
          LABEL_TOKENS);

  /** {@code ai_filter(condition, content)}. */
  public static final AiFunction AI_FILTER =
      task(
          "ai_filter",
          "Returns whether a condition holds for a text.",
          List.of(required("condition", "STRING", "What is to hold, in words."), CONTENT),
          List.of(
              "> SELECT ai_filter('The customer is angry', 'Where is my refund?!');",
              "> SELECT x FROM VALUES ('broken'), ('fine') t(x) WHERE ai_filter('It is a complaint',"
                  + " x);"),
          "Does this hold for the text: {condition} Answer true or false.\n\n"
              + "Text:\n{content}\n\nAnswer:",
          new Answer.OneOf(List.of("true", "false"), DataTypes.BooleanType),
          LABEL_TOKENS);

  /** {@code ai_agg(text, instruction)}: an aggregate function. */
  public static final AiFunction AI_AGG =
      task(
          "ai_agg",
          "Returns the answer to an instruction about all texts of a group, however many they are:"
              + " what does not fit into the model's context is asked in parts, whose answers are"
              + " combined. NULL texts are left out; NULL where none is left or a part failed,"
              + " unless failOnError says otherwise.",
          List.of(
              required("text", "STRING", "The texts."),
              required("instruction", "STRING", "What is asked about them; a constant.")),
          List.of(
              "> SELECT ai_agg(x, 'What do these have in common?') FROM VALUES ('jam'), ('honey')"
                  + " t(x);",
              "> SELECT k, ai_agg(DISTINCT x, instruction => 'Which one is the worst?') FROM VALUES"
                  + " (1, 'late'), (1, 'broken') t(k, x) GROUP BY k;"),
          "{instruction}\n\nTexts:\n{texts}\n\nAnswer:",
          new Answer.OfGroup(
              /* instruction */ "",
              "{instruction}\n\nThe texts were read in parts, and each part gave one of these"
                  + " answers. Write the answer for all texts.\n\nAnswers:\n{texts}\n\nAnswer:"),
          GROUP_TOKENS);

  /** {@code ai_summarize_agg(text[, instruction])}: an aggregate function. */
  public static final AiFunction AI_SUMMARIZE_AGG =
      task(
          "ai_summarize_agg",
          "Returns one summary of all texts of a group, however many they are: what does not fit"
              + " into the model's context is summarized in parts, whose summaries are combined."
              + " NULL texts are left out; NULL where none is left or a part failed, unless"
              + " failOnError says otherwise.",
          List.of(
              required("text", "STRING", "The texts."),
              optional(
                  "instruction",
                  "STRING",
                  "What is asked about them, 'Summarize the texts.' if left out; a constant.")),
          List.of(
              "> SELECT ai_summarize_agg(x) FROM VALUES ('The printer jams.'), ('It works again.')"
                  + " t(x);",
              "> SELECT ai_summarize_agg(x, 'Summarize the complaints in one sentence.') FROM VALUES"
                  + " ('Too loud'), ('I like it') t(x);"),
          "{instruction} Write only the summary.\n\nTexts:\n{texts}\n\nSummary:",
          new Answer.OfGroup(
              "Summarize the texts.",
              "{instruction} The texts were read in parts, and each part gave one of these summaries."
                  + " Write only one summary of all.\n\nSummaries:\n{texts}\n\nSummary:"),
          GROUP_TOKENS);

  /** {@code ai_score(prompt, continuation)}: how probable a continuation is. */
  public static final AiFunction AI_SCORE =
      task(
          "ai_score",
          "Returns the log-probability of a continuation given a prompt: the sum over its tokens of"
              + " the natural logarithm of the probability that the model gives them, a DOUBLE of at"
              + " most 0.",
          List.of(
              required("prompt", "STRING", "What is given."),
              required(
                  Answer.Score.CONTINUATION,
                  "STRING",
                  "What is scored; tokenized apart from the prompt, so begin it with a space where"
                      + " one belongs there.")),
          List.of(
              "> SELECT ai_score('The capital of France is', ' Paris');",
              "> SELECT ai_score(x, ' yes') > ai_score(x, ' no') FROM VALUES ('Is it late?') t(x);"),
          "{prompt}",
          new Answer.Score(),
          /* maxTokens */ 0);

  /** {@code ai_count_tokens(text[, model])}: no generation, no weights. */
  public static final AiFunction AI_COUNT_TOKENS =
      new AiFunction(
          "ai_count_tokens",
          "Returns how many tokens a text has for a model, its special tokens included. Asks the"
              + " tokenizer only; the model is not loaded. NULL where the text is NULL.",
          List.of(required("text", "STRING", "What is counted."), MODEL),
          List.of(
              "> SELECT ai_count_tokens('The printer jams.');",
              "> SELECT x FROM VALUES ('short'), (repeat('long ', 999)) t(x) WHERE"
                  + " ai_count_tokens(x) < 500;"),
          /* template */ "",
          new Answer.TokenCount(),
          /* maxTokens */ 0);

  /** All of them, in the order of the documentation. */
  public static final List<AiFunction> ALL =
      List.of(
          AI_QUERY,
          AI_GEN,
          AI_SUMMARIZE,
          AI_CLASSIFY,
          AI_EXTRACT,
          AI_TRANSLATE,
          AI_FIX_GRAMMAR,
          AI_MASK,
          AI_ANALYZE_SENTIMENT,
          AI_FILTER,
          AI_AGG,
          AI_SUMMARIZE_AGG,
          AI_SCORE,
          AI_COUNT_TOKENS);

  private FunctionList() {}

  /** The function of a name that is in the list. */
  public static AiFunction named(String name) {
    return ALL.stream().filter(function -> function.name().equals(name)).findFirst().orElseThrow();
  }

  /** The functions' own templates by name, in the order of the documentation. */
  public static Map<String, String> templates() {
    Map<String, String> templates = new LinkedHashMap<>();
    for (AiFunction function : ALL) {
      if (!function.template().isEmpty()) {
        templates.put(function.name(), function.template());
      }
      if (function.answer() instanceof Answer.OfGroup group) {
        templates.put(function.name() + Answer.OfGroup.COMBINING, group.combiningTemplate());
      }
    }
    return templates;
  }

  /** The functions' own templates as a Markdown table, by the keys that replace them. */
  public static String templateDocumentation() {
    StringBuilder table = new StringBuilder("| option | default |\n| --- | --- |\n");
    templates()
        .forEach(
            (name, template) ->
                table.append(
                    "| `%s%s` | `%s` |\n"
                        .formatted(
                            SparkOptions.TEMPLATE_PREFIX, name, template.replace("\n", "\\n"))));
    return table.toString();
  }

  /** A function of one task: model, options and errors are arguments by name. */
  private static AiFunction task(
      String name,
      String summary,
      List<Parameter> own,
      List<String> examples,
      String template,
      Answer answer,
      int maxTokens) {
    List<Parameter> parameters = new ArrayList<>(own);
    parameters.add(FAIL_ON_ERROR);
    parameters.add(MODEL_PARAMETERS);
    parameters.add(MODEL);
    String nulls = answer instanceof Answer.OfGroup ? "" : NULLS;
    return new AiFunction(name, summary + nulls, parameters, examples, template, answer, maxTokens);
  }
}
