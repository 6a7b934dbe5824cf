package dev.swiftkv.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.swiftkv.engine.EngineException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What the automaton of a schema accepts, byte by byte. */
final class JsonMachineTest {
  private JsonMachine machine;

  @Test
  void aListedPropertyComesOnceInAnyOrder() {
    schema(
        "{'properties': {'a': {'type': 'integer'}, 'b': {}}, 'required': ['a'], 'type': 'object'}");
    accepts("{'a': 1}", "{'b': [], 'a': 1}", "{'a': 1, 'b': {}}");
    rejects("{}", "{'b': 1}", "{'a': 1, 'a': 2}", "{'a': 'x'}", "[1]");
  }

  @Test
  void branchesOfAUnionGoOnSideBySide() {
    schema(
        "{'anyOf': [{'type': 'object', 'properties': {'kind': {'const': 'a'}, 'x': {'type':"
            + " 'integer'}}, 'required': ['kind', 'x']}, {'type': 'object', 'properties': {'kind':"
            + " {'const': 'b'}, 'x': {'type': 'string'}}, 'required': ['kind', 'x']}]}");
    accepts("{'kind': 'a', 'x': 1}", "{'x': 's', 'kind': 'b'}");
    rejects("{'kind': 'a', 'x': 's'}", "{'x': 's', 'kind': 'a'}", "{'kind': 'b'}");
  }

  @Test
  void exactlyOneBranchHolds() {
    schema("{'oneOf': [{'required': ['a']}, {'required': ['b']}], 'type': 'object'}");
    accepts("{'a': 1}", "{'b': 1, 'c': 2}");
    rejects("{}", "{'a': 1, 'b': 2}");
  }

  @Test
  void aConditionDecidesBetweenThenAndElse() {
    schema(
        "{'type': 'object', 'if': {'properties': {'a': {'const': 1}}, 'required': ['a']},"
            + " 'then': {'required': ['b']}, 'else': {'required': ['c']}}");
    accepts("{'a': 1, 'b': 0}", "{'a': 2, 'c': 0}", "{'c': 0}");
    rejects("{'a': 1}", "{'a': 1, 'c': 0}", "{'a': 2, 'b': 0}");
  }

  @Test
  void itemsThatMustDifferDo() {
    schema(
        "{'type': 'array', 'items': {'type': ['string', 'number', 'null']}, 'uniqueItems': true}");
    accepts("[]", "['a', 'b']", "['1', 1]", "[null, 'null']", "[1, 12, 2]");
    rejects("['a', 'a']", "[1, 1.0]", "[null, 1, null]", "[0, -0]");
  }

  @Test
  void itemsOfAKindAreCounted() {
    schema("{'type': 'array', 'contains': {'minimum': 5}, 'minContains': 2, 'maxContains': 3}");
    accepts("[5, 1, 6]", "[7, 7, 1, 7]");
    rejects("[]", "[5]", "[5, 6, 7, 8]");
  }

  @Test
  void aPropertyMayAskForOthers() {
    schema("{'type': 'object', 'dependentRequired': {'a': ['b']}}");
    accepts("{}", "{'b': 1}", "{'a': 1, 'b': 2}");
    rejects("{'a': 1}", "{'a': 1, 'c': 2}");
  }

  @Test
  void whatNoSchemaHasLookedAtMayBeForbidden() {
    schema(
        "{'allOf': [{'properties': {'a': {}}}], 'anyOf': [{'properties': {'b': {'const': 1}}},"
            + " {'properties': {'c': {'const': 1}}}], 'type': 'object',"
            + " 'unevaluatedProperties': false}");
    accepts("{'a': 0}", "{'b': 1, 'c': 1}", "{'a': 0, 'b': 1}");
    rejects("{'d': 0}", "{'b': 1, 'c': 2}");
  }

  @Test
  void referencesLeadToNamesWithinTheSchema() {
    schema(
        "{'$id': 'http://example.com/a/root', '$defs': {'n': {'$id': 'n', '$anchor': 'here',"
            + " 'type': 'integer'}}, 'prefixItems': [{'$ref': 'n'}, {'$ref':"
            + " 'http://example.com/a/n#here'}, {'$ref': '#/$defs/n'}], 'items': false,"
            + " 'type': 'array'}");
    accepts("[1, 2, 3]");
    rejects("['a']", "[1, 'a']", "[1, 2, 'a']");
    refuses("{'$ref': 'http://example.com/other'}", "$ref at # leads out of the schema");
  }

  @Test
  void charactersMayBeEscaped() {
    schema("{'const': 'a/\u00e4\ud83d\ude00'}");
    accepts("'a/\u00e4\ud83d\ude00'", "'\\u0061\\/\\u00e4\ud83d\ude00'");
    rejects("'a/\u00e4'", "'b/\u00e4\ud83d\ude00'");
  }

  @Test
  void whatIsNotKeptIsRefusedByKeywordAndPlace() {
    refuses("{'items': {'uniqueItems': true}}", "uniqueItems at #/items");
    refuses("{'not': {'additionalProperties': {'type': 'null'}}}", "not at #");
    refuses("{'properties': {'a': {'pattern': '(?=x)'}}}", "pattern at #/properties/a");
    refuses("{'allOf': [{'$ref': '#'}]}", "refers to itself");
  }

  @Test
  void theEndIsNeverFartherThanWasSaid() {
    schema(
        "{'type': 'object', 'properties': {'a': {'enum': ['red', 'green']}, 'b': {'type': 'array',"
            + " 'items': {'type': 'string', 'minLength': 2}, 'minItems': 2, 'uniqueItems': true}},"
            + " 'required': ['a', 'b']}");
    int steps = 0;
    for (ByteState at = machine.start(); !at.mayEnd(); steps++) {
      ByteState nearer = null;
      for (int value = 0; value < 256 && nearer == null; value++) {
        ByteState next = at.next(value);
        nearer = next != null && next.bytesToEnd() < at.bytesToEnd() ? next : null;
      }
      assertThat(nearer).as("after %d bytes", steps).isNotNull();
      at = nearer;
    }
    assertThat(steps).isEqualTo("{'a':'red','b':['  ',' !']}".length());
  }

  private void schema(String schema) {
    machine = new JsonMachine(schema.replace('\'', '"'), false);
  }

  private void accepts(String... documents) {
    for (String document : documents) {
      assertThat(isAccepted(document)).as(document).isTrue();
    }
  }

  private void rejects(String... documents) {
    for (String document : documents) {
      assertThat(isAccepted(document)).as(document).isFalse();
    }
  }

  private void refuses(String schema, String why) {
    assertThatExceptionOfType(EngineException.class)
        .isThrownBy(() -> schema(schema))
        .withMessageContaining(why);
  }

  private boolean isAccepted(String document) {
    ByteState at = machine.start();
    for (byte one : document.replace('\'', '"').getBytes(StandardCharsets.UTF_8)) {
      at = at == null ? null : at.next(one & 0xFF);
    }
    return at != null && at.mayEnd();
  }
}
