package dev.swiftkv.engine.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Templates against what Python's Jinja renders; {@code cases.py} writes what is expected. */
class TemplateTest {
  private static final LocalDateTime NOW = LocalDateTime.of(2024, 7, 6, 15, 4, 5);

  @TestFactory
  List<DynamicTest> rendersWhatPythonRenders() throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    JsonNode root;
    try (InputStream file = TemplateTest.class.getResourceAsStream("cases.json")) {
      root = mapper.readTree(file);
    }
    Map<String, Object> variables =
        mapper.convertValue(root.get("variables"), new TypeReference<>() {});
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode one : root.get("cases")) {
      String source = one.get("template").asText();
      String name = source.substring(0, Math.min(80, source.length()));
      tests.add(dynamicTest(tests.size() + " " + name, () -> check(source, variables, one)));
    }
    assertThat(tests).hasSizeGreaterThan(100);
    return tests;
  }

  private static void check(String source, Map<String, Object> variables, JsonNode one) {
    if (one.has("fails")) {
      assertThatExceptionOfType(TemplateException.class)
          .isThrownBy(() -> Template.parse(source, NOW).render(variables))
          .matches(e -> e.raisedByTemplate() == one.get("fails").asText().equals("TemplateError"));
    } else {
      assertThat(Template.parse(source, NOW).render(variables))
          .isEqualTo(one.get("expected").asText());
    }
  }

  @Test
  void tellsTheTimeItWasGiven() {
    assertThat(render("{{ strftime_now('%d %b %Y, %A %H:%M:%S %I%p %j %y-%m %B %% %q') }}"))
        .isEqualTo("06 Jul 2024, Saturday 15:04:05 03PM 188 24-07 July % %q");
  }

  @Test
  void namesTheLineOfAMistake() {
    assertThatExceptionOfType(TemplateException.class)
        .isThrownBy(() -> render("a\nb\n{% if x ? %}{% endif %}"))
        .withMessageStartingWith("line 3: ");
  }

  @Test
  void survivesTemplatesThatNeverEnd() {
    assertThatExceptionOfType(TemplateException.class)
        .isThrownBy(() -> render("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"))
        .withMessageContaining("nested too deeply");
    assertThatExceptionOfType(TemplateException.class)
        .isThrownBy(() -> render("{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}"))
        .withMessageContaining("nested too deeply");
    assertThatExceptionOfType(TemplateException.class)
        .isThrownBy(() -> render("{{ 'x' * 1000000000 }}"))
        .withMessageContaining("longer than");
  }

  private static String render(String source) {
    return Template.parse(source, NOW).render(Map.of());
  }
}
