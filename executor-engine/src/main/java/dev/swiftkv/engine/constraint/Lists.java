package dev.swiftkv.engine.constraint;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Lists whose members are distinct. */
final class Lists {
  private Lists() {}

  /** The members of both. */
  static <T> List<T> merge(List<T> one, List<T> other) {
    Set<T> both = new LinkedHashSet<>(one);
    both.addAll(other);
    return List.copyOf(both);
  }
}
