package dev.swiftkv.spark.plan;

import dev.swiftkv.engine.Constraint;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.options.GenerationOptionList;
import dev.swiftkv.spark.functions.CallSpec;
import dev.swiftkv.spark.functions.CompletionRecord;
import dev.swiftkv.spark.functions.FunctionList;
import dev.swiftkv.spark.functions.SchemaExample;
import java.util.Comparator;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.unsafe.types.UTF8String;

/** The record of a call that was not asked: an answer of its form, as long as it may be. */
final class AssumedRecord {
  /** A word is about a token. */
  private static final String WORD = " the";

  private AssumedRecord() {}

  static Expression of(CallSpec spec) {
    GenerationOptions options = GenerationOptionList.parse(spec.parameters());
    int tokens = options.maxTokens();
    Object[] fields = new Object[CompletionRecord.TYPE.length()];
    fields[CompletionRecord.RESULT] = UTF8String.fromString(text(spec, options));
    fields[CompletionRecord.FINISH_REASON] = UTF8String.fromString("length");
    fields[CompletionRecord.USAGE] = new GenericInternalRow(new Object[] {0, 0, tokens});
    return new Literal(new GenericInternalRow(fields), CompletionRecord.TYPE);
  }

  private static String text(CallSpec spec, GenerationOptions options) {
    if (spec.function().equals(FunctionList.AI_SCORE.name())) {
      return "-1.0";
    }
    String words = WORD.repeat(options.maxTokens());
    if (options.constraint() instanceof Constraint.Choices choices) {
      return choices.texts().stream().max(Comparator.comparing(String::length)).orElseThrow();
    }
    return options.constraint() instanceof Constraint.JsonSchema schema
        ? SchemaExample.of(schema.text(), words)
        : words;
  }
}
