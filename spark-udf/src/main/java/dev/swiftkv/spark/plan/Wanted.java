package dev.swiftkv.spark.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swiftkv.engine.Constraint;
import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.constraint.ConstraintCompiler;
import dev.swiftkv.engine.options.GenerationOptionList;
import dev.swiftkv.spark.functions.Answer;
import dev.swiftkv.spark.functions.JsonSchemas;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * What one call wants the model to write.
 *
 * @param type of the value
 * @param constraint options of the engine that let it write nothing else
 */
record Wanted(DataType type, Map<String, String> constraint) {
  private static final Wanted TEXT = new Wanted(DataTypes.StringType, Map.of());

  static Wanted of(Arguments arguments) {
    Answer answer = arguments.function().answer();
    if (answer instanceof Answer.OneOf one) {
      return new Wanted(one.type(), choices(one.choices()));
    }
    if (answer instanceof Answer.Label) {
      List<String> labels = arguments.constantTexts("labels");
      return Boolean.TRUE.equals(arguments.constantBoolean("multiLabel"))
          ? new Wanted(
              DataTypes.createArrayType(DataTypes.StringType),
              schema(arguments, "labels", JsonSchemas.ofSubset(labels)))
          : new Wanted(DataTypes.StringType, choices(labels));
    }
    if (answer instanceof Answer.Fields) {
      List<String> labels = arguments.constantTexts("labels");
      StructType struct = new StructType();
      for (String label : labels) {
        struct = struct.add(label, DataTypes.StringType);
      }
      return new Wanted(struct, schema(arguments, "labels", JsonSchemas.ofFields(labels)));
    }
    if (answer instanceof Answer.Score) {
      return new Wanted(DataTypes.DoubleType, Map.of());
    }
    return answer instanceof Answer.Declared ? declared(arguments) : TEXT;
  }

  private static Wanted declared(Arguments arguments) {
    String returnType = arguments.constantText("returnType");
    String format = arguments.constantText("responseFormat").strip();
    if (!returnType.isEmpty() && !format.isEmpty()) {
      throw arguments.invalid("responseFormat", "returnType is given too; give one of them");
    }
    if (!returnType.isEmpty()) {
      DataType type = type(arguments, "returnType", returnType);
      return type.equals(DataTypes.StringType)
          ? TEXT
          : new Wanted(
              type, schema(arguments, "returnType", schemaOf(arguments, "returnType", type)));
    }
    return switch (format) {
      case "", "text" -> TEXT;
      case "json_object" ->
          new Wanted(
              DataTypes.StringType, schema(arguments, "responseFormat", "{\"type\":\"object\"}"));
      default ->
          new Wanted(
              DataTypes.StringType,
              schema(arguments, "responseFormat", formatSchema(arguments, format)));
    };
  }

  private static String formatSchema(Arguments arguments, String format) {
    if (!format.startsWith("{")) {
      DataType type = type(arguments, "responseFormat", format);
      return schemaOf(arguments, "responseFormat", type);
    }
    try {
      JsonNode tree = new ObjectMapper().readTree(format);
      JsonNode named = tree.path("json_schema").path("schema");
      return (named.isMissingNode() ? tree : named).toString();
    } catch (JsonProcessingException e) {
      throw arguments.invalid("responseFormat", "not JSON: " + e.getOriginalMessage());
    }
  }

  private static DataType type(Arguments arguments, String name, String ddl) {
    try {
      return DataType.fromDDL(ddl);
    } catch (Exception e) { // a ParseException, which Scala's signature does not declare
      throw arguments.invalid(
          name,
          "'%s' is no SQL type such as INT or STRUCT<a: INT, b: ARRAY<STRING>>".formatted(ddl));
    }
  }

  private static String schemaOf(Arguments arguments, String name, DataType type) {
    try {
      return JsonSchemas.of(type);
    } catch (IllegalArgumentException e) {
      throw arguments.invalid(name, e.getMessage());
    }
  }

  private static Map<String, String> choices(List<String> texts) {
    return Map.of(GenerationOptionList.CHOICES.name(), OptionText.list(texts));
  }

  private static Map<String, String> schema(Arguments arguments, String name, String text) {
    try {
      ConstraintCompiler.check(new Constraint.JsonSchema(text));
    } catch (EngineException e) {
      throw arguments.invalid(name, e.getMessage());
    }
    return Map.of(GenerationOptionList.JSON_SCHEMA.name(), text);
  }
}
