package dev.swiftkv;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swiftkv.engine.ErrorCategory;
import dev.swiftkv.engine.options.GenerationOptionList;
import dev.swiftkv.spark.functions.AiFunction;
import dev.swiftkv.spark.functions.Answer;
import dev.swiftkv.spark.functions.FunctionList;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The document of the functions has what the code has. */
class FunctionsDocumentTest {
  private final List<String> lines =
      Files.readAllLines(TestFiles.inRepository("docs/functions.md"));

  FunctionsDocumentTest() throws IOException {}

  @Test
  void everyFunctionHasASectionAndALineWithItsLimit() {
    for (AiFunction function : FunctionList.ALL) {
      String name = function.name();
      assertThat(lines).as(name).anyMatch(line -> line.matches("## .*`" + name + "[(`].*"));
      assertThat(lines)
          .as(name)
          .anyMatch(
              line -> line.startsWith("| [`%s(".formatted(name)) && line.endsWith(limit(function)));
    }
  }

  private static String limit(AiFunction function) {
    Answer answer = function.answer();
    if (answer instanceof Answer.Score || answer instanceof Answer.TokenCount) {
      return "| |";
    }
    int tokens =
        function.maxTokens() > 0
            ? function.maxTokens()
            : GenerationOptionList.MAX_TOKENS.defaultValue();
    return "| %d |".formatted(tokens);
  }

  @Test
  void everyCategoryOfErrorsIsExplained() {
    for (ErrorCategory category : ErrorCategory.values()) {
      assertThat(lines).anyMatch(line -> line.startsWith("| `%s` | ".formatted(category)));
    }
  }
}
