package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.EngineException;
import dev.swiftkv.engine.constraint.SchemaType.Place;
import java.util.Set;
import java.util.function.Function;

/**
 * Proves that no value has some shape, by looking a few levels deep. What is not proved may be
 * empty all the same.
 */
final class SchemaEmptiness {
  private static final int DEPTH = 3;

  private final Function<Set<Place>, SchemaType> types;
  private int depth;

  SchemaEmptiness(Function<Set<Place>, SchemaType> types) {
    this.types = types;
  }

  boolean ofArrays(ArrayShape shape) {
    if (shape.isEmpty()) {
      return true;
    }
    for (int i = 0; i < Math.min(shape.minItems(), shape.longestPrefix() + 1); i++) {
      if (ofType(shape.item(i))) {
        return true;
      }
    }
    return false;
  }

  boolean ofObjects(ObjectShape shape) {
    if (shape.isEmpty()) {
      return true;
    }
    for (String name : shape.required()) {
      if (!shape.permits(name) || ofType(shape.property(name))) {
        return true;
      }
    }
    return false;
  }

  private boolean ofType(Set<Place> places) {
    if (places.contains(Place.NOTHING)) {
      return true;
    }
    if (depth == DEPTH) {
      return false;
    }
    depth++;
    try {
      SchemaType type = types.apply(places);
      return type.words().isEmpty()
          && type.numbers().isDead()
          && type.strings().isDead()
          && type.arrays().stream().allMatch(this::ofArrays)
          && type.objects().stream().allMatch(this::ofObjects);
    } catch (EngineException e) {
      // Refused, or it leads back to where the question came from: nothing is proved.
      return false;
    } finally {
      depth--;
    }
  }
}
