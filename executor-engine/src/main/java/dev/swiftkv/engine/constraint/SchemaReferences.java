package dev.swiftkv.engine.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.swiftkv.engine.constraint.SchemaType.Place;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Where references within one document lead: by pointer, by {@code $anchor}, and by the {@code $id}
 * of a schema within it. Nothing is ever fetched.
 */
final class SchemaReferences {
  /** Keywords whose value is a schema, or a list of schemas. */
  private static final Set<String> SCHEMAS =
      Set.of(
          "additionalProperties",
          "allOf",
          "anyOf",
          "contains",
          "else",
          "if",
          "items",
          "not",
          "oneOf",
          "prefixItems",
          "propertyNames",
          "then",
          "unevaluatedItems",
          "unevaluatedProperties");

  /** Keywords whose value has schemas by name. */
  private static final Set<String> NAMED_SCHEMAS =
      Set.of("$defs", "definitions", "dependentSchemas", "patternProperties", "properties");

  private final Place root;
  private final Map<JsonNode, String> bases = new IdentityHashMap<>();
  private final Map<String, Place> resources = new HashMap<>();
  private final Map<String, Place> anchors = new HashMap<>();
  private final Map<String, Integer> dynamicAnchors = new HashMap<>();

  SchemaReferences(Place root) {
    this.root = root;
    resources.put("", root);
    index(root, "");
  }

  /** Where a reference leads. */
  Place resolve(String keyword, String reference, Place from) {
    int hash = reference.indexOf('#');
    String address = hash < 0 ? reference : reference.substring(0, hash);
    String fragment = hash < 0 ? "" : reference.substring(hash + 1);
    String base = bases.getOrDefault(from.schema(), "");
    String target = address.isEmpty() ? base : absolute(base, address);
    Place resource = resources.get(target);
    if (resource == null) {
      throw SchemaErrors.refused(keyword, from.pointer(), "leads out of the schema: " + reference);
    }
    String decoded = URLDecoder.decode(fragment.replace("+", "%2B"), StandardCharsets.UTF_8);
    boolean isPointer = decoded.isEmpty() || decoded.startsWith("/");
    Place found = isPointer ? at(resource, decoded, target) : anchors.get(target + "#" + decoded);
    if (found == null) {
      throw SchemaErrors.invalid(keyword, from.pointer(), "leads nowhere: " + reference);
    }
    boolean isDynamic =
        keyword.equals("$dynamicRef")
            && !isPointer
            && found.schema().path("$dynamicAnchor").asText("").equals(decoded);
    if (isDynamic && dynamicAnchors.get(decoded) > 1) {
      throw SchemaErrors.refused(keyword, from.pointer(), "may lead to several places");
    }
    return found;
  }

  private Place at(Place resource, String pointer, String base) {
    JsonNode found = resource.schema().at(pointer);
    if (found.isMissingNode()) {
      return null;
    }
    if (found.isBoolean()) {
      return found.asBoolean() ? Place.ANYTHING : Place.NOTHING;
    }
    Place place = new Place(found, resource.pointer() + pointer, false);
    if (!bases.containsKey(found)) {
      // In a place that is no schema by itself.
      index(place, base);
    }
    return place;
  }

  private void index(Place place, String outer) {
    JsonNode schema = place.schema();
    if (!schema.isObject()) {
      return;
    }
    String base = outer;
    if (schema.path("$id").isTextual()) {
      base = absolute(outer, schema.get("$id").asText().replaceFirst("#$", ""));
      resources.putIfAbsent(base, place);
    }
    bases.put(schema, base);
    for (String keyword : new String[] {"$anchor", "$dynamicAnchor"}) {
      if (schema.path(keyword).isTextual()) {
        anchors.putIfAbsent(base + "#" + schema.get(keyword).asText(), place);
      }
    }
    if (schema.path("$dynamicAnchor").isTextual()) {
      dynamicAnchors.merge(schema.get("$dynamicAnchor").asText(), 1, Integer::sum);
    }
    for (String keyword : (Iterable<String>) schema::fieldNames) {
      JsonNode value = schema.get(keyword);
      Place child = SchemaDocument.child(place, keyword);
      if (SCHEMAS.contains(keyword) && value.isArray()) {
        for (int i = 0; i < value.size(); i++) {
          index(SchemaDocument.child(child, "" + i), base);
        }
      } else if (SCHEMAS.contains(keyword)) {
        index(child, base);
      } else if (NAMED_SCHEMAS.contains(keyword)) {
        for (String name : (Iterable<String>) value::fieldNames) {
          index(SchemaDocument.child(child, name), base);
        }
      }
    }
  }

  private String absolute(String base, String address) {
    try {
      return base.isEmpty() ? address : URI.create(base).resolve(address).toString();
    } catch (IllegalArgumentException e) {
      throw SchemaErrors.invalid("$id", root.pointer(), "is no address: " + address);
    }
  }
}
