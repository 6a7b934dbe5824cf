package dev.swiftkv.engine;

import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;

/** Token ids as an immutable list, four bytes each: an id is boxed only when somebody reads it. */
public final class TokenIds extends AbstractList<Integer> implements RandomAccess {
  private final int[] ids;

  private TokenIds(int[] ids) {
    this.ids = ids;
  }

  /** A list of these ids, which must not be changed any more. */
  public static TokenIds of(int... ids) {
    return new TokenIds(ids);
  }

  /** A list that later changes of another one do not reach; none of its ids may be null. */
  static TokenIds copyOf(List<Integer> other) {
    return other instanceof TokenIds known
        ? known
        : new TokenIds(other.stream().mapToInt(Integer::intValue).toArray());
  }

  @Override
  public Integer get(int index) {
    return ids[index];
  }

  @Override
  public int size() {
    return ids.length;
  }
}
