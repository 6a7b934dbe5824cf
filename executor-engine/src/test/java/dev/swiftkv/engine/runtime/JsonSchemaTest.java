package dev.swiftkv.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.swiftkv.engine.Completion;
import dev.swiftkv.engine.Constraint;
import dev.swiftkv.engine.EngineConfig;
import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.FinishReason;
import dev.swiftkv.engine.GenerationOptions;
import dev.swiftkv.engine.Prompt;
import dev.swiftkv.engine.Request;
import dev.swiftkv.engine.SamplingParams;
import dev.swiftkv.engine.SharedFiles;
import dev.swiftkv.engine.generate.CheckpointGenerator;
import dev.swiftkv.engine.generate.CheckpointSpec;
import dev.swiftkv.kernels.Backends;
import dev.swiftkv.kernels.cuda.EmulatedMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A model of random weights under JSON schemas; another implementation of the draft judges. */
final class JsonSchemaTest {
  private static final List<String> SCHEMAS =
      List.of(
          "true",
          "{}",
          "{\"type\": \"object\"}",
          "{\"type\": \"string\"}",
          "{\"type\": \"string\", \"minLength\": 3, \"maxLength\": 9}",
          "{\"type\": \"string\", \"pattern\": \"^[a-z]{2,4}-[0-9]+$\"}",
          "{\"type\": \"string\", \"pattern\": \"(red|green)\"}",
          "{\"type\": \"integer\"}",
          "{\"type\": \"integer\", \"minimum\": -3, \"maximum\": 12}",
          "{\"type\": \"number\", \"exclusiveMinimum\": 0.25, \"maximum\": 7.5}",
          "{\"type\": \"number\", \"multipleOf\": 0.25}",
          "{\"type\": \"integer\", \"multipleOf\": 7, \"exclusiveMinimum\": 100}",
          "{\"type\": [\"boolean\", \"null\"]}",
          "{\"enum\": [1, \"two\", null, [3, {\"four\": 4}], 6.5]}",
          "{\"const\": {\"b\": [1, 2], \"a\": \"x\\ny\"}}",
          "{\"type\": \"array\", \"items\": {\"type\": \"integer\"}, \"minItems\": 2, \"maxItems\": 4}",
          "{\"type\": \"array\", \"prefixItems\": [{\"type\": \"string\"}, {\"type\": \"boolean\"}], \"items\": false}",
          "{\"type\": \"object\", \"properties\": {\"name\": {\"type\": \"string\"}, \"age\": {\"type\": \"integer\", \"minimum\": 0}}, \"required\": [\"name\", \"age\"], \"additionalProperties\": false}",
          "{\"type\": \"object\", \"properties\": {\"a\": {\"enum\": [\"x\", \"y\"]}, \"b\": {\"type\": [\"string\", \"null\"]}}, \"required\": [\"b\"]}",
          "{\"type\": \"object\", \"patternProperties\": {\"^n_\": {\"type\": \"number\"}}, \"additionalProperties\": false, \"minProperties\": 2, \"maxProperties\": 3}",
          "{\"type\": \"object\", \"propertyNames\": {\"pattern\": \"^[a-c]$\"}, \"additionalProperties\": {\"type\": \"boolean\"}, \"minProperties\": 3}",
          "{\"$defs\": {\"node\": {\"type\": \"object\", \"properties\": {\"value\": {\"type\": \"integer\"}, \"children\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/node\"}}}, \"required\": [\"value\", \"children\"], \"additionalProperties\": false}}, \"$ref\": \"#/$defs/node\"}",
          "{\"anyOf\": [{\"type\": \"string\", \"maxLength\": 2}, {\"type\": \"integer\", \"maximum\": 5}, {\"type\": \"array\", \"maxItems\": 1}]}",
          "{\"oneOf\": [{\"type\": \"integer\", \"multipleOf\": 2}, {\"type\": \"integer\", \"multipleOf\": 3}]}",
          "{\"allOf\": [{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"integer\"}}, \"required\": [\"a\"]}, {\"properties\": {\"a\": {\"minimum\": 40}, \"b\": {\"type\": \"null\"}}, \"required\": [\"b\"]}]}",
          "{\"type\": \"string\", \"not\": {\"enum\": [\"\", \"a\"]}}",
          "{\"type\": \"object\", \"properties\": {\"\u00fcber \\\"q\\\"\": {\"const\": \"\u65e5\u672c \ud83d\ude00\"}}, \"required\": [\"\u00fcber \\\"q\\\"\"]}",
          "{\"anyOf\": [{\"type\": \"object\", \"properties\": {\"kind\": {\"const\": \"circle\"}, \"radius\": {\"type\": \"number\"}}, \"required\": [\"kind\", \"radius\"], \"additionalProperties\": false}, {\"type\": \"object\", \"properties\": {\"kind\": {\"const\": \"square\"}, \"side\": {\"type\": \"integer\"}}, \"required\": [\"kind\", \"side\"], \"additionalProperties\": false}]}",
          "{\"oneOf\": [{\"type\": \"object\", \"properties\": {\"kind\": {\"enum\": [\"a\", \"b\"]}, \"x\": {\"type\": \"string\", \"maxLength\": 5}}, \"required\": [\"kind\", \"x\"]}, {\"type\": \"object\", \"properties\": {\"kind\": {\"const\": \"c\"}}, \"required\": [\"kind\"]}, {\"type\": \"null\"}]}",
          "{\"oneOf\": [{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"integer\"}}, \"required\": [\"a\"]}, {\"type\": \"object\", \"properties\": {\"b\": {\"type\": \"boolean\"}}, \"required\": [\"b\"]}]}",
          "{\"type\": [\"object\", \"null\"], \"properties\": {\"a\": {\"type\": \"integer\"}}, \"required\": [\"a\"], \"additionalProperties\": false}",
          "{\"anyOf\": [{\"type\": \"array\", \"items\": {\"type\": \"integer\"}, \"minItems\": 2}, {\"type\": \"array\", \"items\": {\"type\": \"string\"}, \"maxItems\": 3}]}",
          "{\"type\": \"array\", \"items\": {\"enum\": [\"red\", \"green\", \"blue\", \"dark red\"]}, \"uniqueItems\": true}",
          "{\"type\": \"array\", \"items\": {\"enum\": [\"red\", \"green\", \"blue\", \"dark red\"]}, \"uniqueItems\": true, \"minItems\": 3}",
          "{\"type\": \"array\", \"items\": {\"enum\": [\"a\", 1, 12, null, true]}, \"uniqueItems\": true, \"minItems\": 5}",
          "{\"type\": \"array\", \"items\": {\"type\": \"string\"}, \"uniqueItems\": true, \"minItems\": 3, \"maxItems\": 5}",
          "{\"type\": \"array\", \"items\": {\"type\": \"number\", \"minimum\": 0, \"maximum\": 3}, \"uniqueItems\": true, \"minItems\": 4}",
          "{\"type\": \"array\", \"items\": {\"type\": \"boolean\"}, \"uniqueItems\": true, \"minItems\": 2}",
          "{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"integer\"}, \"b\": {\"type\": \"string\"}, \"c\": {\"type\": \"null\"}}, \"dependentRequired\": {\"a\": [\"b\"], \"c\": [\"a\", \"b\"]}}",
          "{\"type\": \"object\", \"properties\": {\"card\": {\"type\": \"integer\"}}, \"dependentSchemas\": {\"card\": {\"properties\": {\"address\": {\"type\": \"string\"}}, \"required\": [\"address\"]}}, \"required\": [\"card\"]}",
          "{\"type\": \"object\", \"properties\": {\"country\": {\"enum\": [\"US\", \"NL\"]}, \"zip\": {\"type\": \"string\"}}, \"required\": [\"country\", \"zip\"], \"if\": {\"properties\": {\"country\": {\"const\": \"US\"}}}, \"then\": {\"properties\": {\"zip\": {\"pattern\": \"^[0-9]{5}$\"}}}, \"else\": {\"properties\": {\"zip\": {\"pattern\": \"^[0-9]{4} [A-Z]{2}$\"}}}, \"additionalProperties\": false}",
          "{\"type\": \"array\", \"contains\": {\"type\": \"string\"}, \"items\": {\"type\": [\"integer\", \"string\"]}}",
          "{\"type\": \"array\", \"contains\": {\"type\": \"integer\", \"minimum\": 5}, \"minContains\": 2, \"maxContains\": 3, \"items\": {\"type\": \"integer\"}, \"minItems\": 4}",
          "{\"type\": \"array\", \"prefixItems\": [{\"type\": \"boolean\"}], \"items\": {\"type\": \"integer\"}, \"contains\": {\"const\": 7}}",
          "{\"not\": {\"type\": [\"object\", \"array\"]}}",
          "{\"type\": \"object\", \"not\": {\"required\": [\"a\"]}, \"properties\": {\"a\": {}, \"b\": {\"type\": \"integer\"}}}",
          "{\"$id\": \"https://example.com/root\", \"$defs\": {\"name\": {\"$id\": \"name\", \"$anchor\": \"here\", \"type\": \"string\", \"maxLength\": 8}}, \"type\": \"array\", \"prefixItems\": [{\"$ref\": \"name\"}, {\"$ref\": \"https://example.com/name#here\"}, {\"$ref\": \"#/$defs/name\"}], \"items\": false, \"minItems\": 3}",
          "{\"allOf\": [{\"properties\": {\"a\": {\"type\": \"integer\"}}, \"required\": [\"a\"]}, {\"properties\": {\"b\": {\"type\": \"boolean\"}}}], \"type\": \"object\", \"unevaluatedProperties\": false}",
          "{\"type\": \"array\", \"prefixItems\": [{\"type\": \"integer\"}], \"unevaluatedItems\": {\"type\": \"boolean\"}, \"minItems\": 3}",
          "{\"$defs\": {\"expression\": {\"anyOf\": [{\"type\": \"object\", \"properties\": {\"op\": {\"enum\": [\"+\", \"*\"]}, \"left\": {\"$ref\": \"#/$defs/expression\"}, \"right\": {\"$ref\": \"#/$defs/expression\"}}, \"required\": [\"op\", \"left\", \"right\"], \"additionalProperties\": false}, {\"type\": \"object\", \"properties\": {\"value\": {\"type\": \"integer\"}}, \"required\": [\"value\"], \"additionalProperties\": false}]}}, \"$ref\": \"#/$defs/expression\"}",
          "{\"enum\": [{\"a\": 1}, {\"a\": 2, \"b\": [3]}, [1, 2], [1, 3, 4], \"x\"]}");

  @RegisterExtension
  static final EmulatedMachine GPU = EmulatedMachine.orNone("capability=9.0 threads=2");

  @TempDir static Path directory;
  private static ResidentEngine engine;

  @BeforeAll
  static void open() {
    engine = ResidentEngine.open(config(model("model", 1500)).withDevice("cpu"));
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  @ParameterizedTest
  @CsvSource({"0, 60", "0, 200", "1, 60", "1, 90", "1, 200", "20, 64"})
  void everyCompletionIsValid(float temperature, int maxTokens) {
    for (String schema : SCHEMAS) {
      Schema judge = judge(schema);
      for (Completion one : answer(engine, schema, temperature, maxTokens, 4)) {
        assertThat(one.errorOrNull()).as(schema).isNull();
        assertThat(judge.validate(one.text(), InputFormat.JSON))
            .as("%s under %s", one.text(), schema)
            .isEmpty();
        assertThat(one.finishReason()).isIn(FinishReason.STOP, FinishReason.LENGTH);
      }
    }
  }

  @Test
  void theShortestDocumentFitsIntoTheTokensThatAreSaidToBeNeeded() {
    for (String schema : SCHEMAS) {
      String message = "";
      int tokens = 1;
      Completion one = answer(engine, schema, 1f, tokens, 1).get(0);
      if (one.errorOrNull() != null) {
        assertThat(one.errorOrNull().category()).isEqualTo(ErrorCategory.INVALID_OPTION);
        message = one.errorOrNull().message();
        tokens = Integer.parseInt(message.replaceAll(".*needs (\\d+).*", "$1"));
      }
      for (Completion shortest : answer(engine, schema, 1f, tokens, 3)) {
        assertThat(shortest.errorOrNull()).as(schema).isNull();
        assertThat(judge(schema).validate(shortest.text(), InputFormat.JSON)).isEmpty();
      }
    }
  }

  @Test
  void aRowIsTheSameAloneAndInABatch() {
    for (String schema : SCHEMAS.subList(15, 20)) {
      List<Completion> together = answer(engine, schema, 1f, 100, 5);
      for (int row = 0; row < together.size(); row++) {
        Completion alone = submit(engine, schema, 1f, 100, row).join();
        assertThat(alone.tokenIds()).isEqualTo(together.get(row).tokenIds());
      }
    }
  }

  @Test
  void devicesAgree() {
    List<List<Integer>> first = null;
    for (String device : List.of("scalar", "cpu", "cuda")) {
      if (!Backends.describe().matches("(?s)(.*, )?" + device + "(,.*)?")) {
        continue;
      }
      EngineConfig config = config(directory.resolve("model")).withDevice(device);
      try (ResidentEngine other = ResidentEngine.open(config.withDtype("f32"))) {
        List<List<Integer>> tokens = new ArrayList<>();
        for (int schema : new int[] {17, 27}) {
          answer(other, SCHEMAS.get(schema), 1f, 40, 3).forEach(one -> tokens.add(one.tokenIds()));
        }
        first = first == null ? tokens : first;
        assertThat(tokens).as(device).isEqualTo(first);
      }
    }
    assertThat(first).isNotNull();
  }

  @Test
  void wordPiecesWriteValidDocumentsToo() throws IOException {
    Path pieces = SharedFiles.require("golden/tokenizers/tiny_bpe_metaspace_tokenizer.json");
    Path model = model("pieces", 560);
    Files.copy(pieces, model.resolve("tokenizer.json"), StandardCopyOption.REPLACE_EXISTING);
    try (ResidentEngine other = ResidentEngine.open(config(model).withDevice("cpu"))) {
      for (String schema : SCHEMAS) {
        for (Completion one : answer(other, schema, 1f, 120, 2)) {
          assertThat(one.errorOrNull()).as(schema).isNull();
          assertThat(judge(schema).validate(one.text(), InputFormat.JSON))
              .as("%s under %s", one.text(), schema)
              .isEmpty();
        }
      }
    }
  }

  /** What was chosen of more is still chosen of less. */
  @Test
  void whatFitsAnywayIsNotChanged() {
    int compared = 0;
    for (String schema : SCHEMAS) {
      for (int row = 0; row < 3; row++) {
        Completion one = submit(engine, schema, 0f, 200, row).join();
        // A constant is written in one way, so not as 1.50 or -0.
        if (one.finishReason() == FinishReason.STOP && !one.text().matches("(?s).*([.]|-0).*")) {
          String narrower = "{\"const\": %s}".formatted(one.text());
          Completion again = submit(engine, narrower, 0f, 200, row).join();
          assertThat(again.text()).as(narrower).isEqualTo(one.text());
          // But for the token that ends what might have gone on.
          int tokens = again.tokenIds().size();
          assertThat(again.tokenIds()).as(narrower).isEqualTo(one.tokenIds().subList(0, tokens));
          compared++;
        }
      }
    }
    assertThat(compared).isGreaterThan(20);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"uniqueItems\": true}",
        "{\"properties\": {\"a\": {\"items\": {\"uniqueItems\": true}}}}",
        "{\"not\": {\"type\": \"object\", \"additionalProperties\": {\"type\": \"string\"}}}",
        "{\"pattern\": \"(?=x)\"}",
        "{\"$ref\": \"#\"}",
        "{\"type\": \"integer\", \"minimum\": 2, \"maximum\": 1}",
        "{nonsense"
      })
  void whatCannotBeKeptIsAnErrorOfTheRow(String schema) {
    Completion one = answer(engine, schema, 0f, 60, 1).get(0);
    assertThat(one.errorOrNull().category())
        .isIn(ErrorCategory.INVALID_OPTION, ErrorCategory.UNSUPPORTED);
    assertThat(one.errorOrNull().message()).contains("json_schema");
  }

  private static Schema judge(String schema) {
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
        .getSchema(schema, InputFormat.JSON);
  }

  private static List<Completion> answer(
      ResidentEngine engine, String schema, float temperature, int maxTokens, int rows) {
    List<CompletableFuture<Completion>> futures = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      futures.add(submit(engine, schema, temperature, maxTokens, row));
    }
    return futures.stream().map(CompletableFuture::join).toList();
  }

  private static CompletableFuture<Completion> submit(
      ResidentEngine engine, String schema, float temperature, int maxTokens, int row) {
    GenerationOptions options =
        GenerationOptions.defaults()
            .withMaxTokens(maxTokens)
            .withSampling(new SamplingParams(temperature, 1f, 0, 0f, 1f, row))
            .withConstraint(schema.isEmpty() ? Constraint.NONE : new Constraint.JsonSchema(schema));
    return engine.submit(new Request(new Prompt.Text("Row " + row), options));
  }

  private static Path model(String name, int vocabularySize) {
    Path model = directory.resolve(name);
    CheckpointGenerator.generate(
        CheckpointSpec.of("llama-swiftkv")
            .vocabularySize(vocabularySize)
            .hiddenSize(32)
            .intermediateSize(48)
            .layers(2)
            .heads(2)
            .kvHeads(1)
            .headSize(64)
            .keyValueLayers(1)
            .contextLength(512)
            .build(),
        model);
    return model;
  }

  private static EngineConfig config(Path model) {
    return EngineConfig.forModel(model).withStepTokens(64).withKvCacheBytes(1 << 20);
  }
}
