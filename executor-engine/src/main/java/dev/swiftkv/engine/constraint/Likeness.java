package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.constraint.JsonMachine.Key;
import dev.swiftkv.engine.constraint.JsonStrings.At;
import dev.swiftkv.engine.constraint.ObjectShape.Group;
import java.util.HashSet;
import java.util.Set;

/**
 * Which states of a {@link JsonMachine} are followed by the same tokens, though the names that were
 * written before them differ: a name matters as long as the next token can end it again, and names
 * that a schema lists always do.
 */
final class Likeness {
  private final Set<String> closings;
  private final int mostCharacters;
  private final Expressions make;

  /**
   * What a token of a vocabulary can do at most.
   *
   * @param closings texts after which some token ends a string, having begun it or gone on with it
   * @param mostCharacters that one token writes
   */
  record Vocabulary(Set<String> closings, int mostCharacters) {}

  Likeness(Vocabulary vocabulary, Expressions make) {
    this.closings = vocabulary.closings;
    this.mostCharacters = vocabulary.mostCharacters;
    this.make = make;
  }

  /** What a state has in common with those that are like it. */
  Key of(Key key) {
    Frame frame = key.frame();
    if (key.begun() == null || frame == null || frame.isArray()) {
      Object what =
          key.what() instanceof At at ? new At(soon(at.left()), at.pending()) : key.what();
      return new Key(key.kind(), what, forget(frame), key.begun(), key.detail());
    }
    At at = (At) key.what();
    Set<String> near = new HashSet<>();
    for (String name : frame.seen()) {
      boolean goesOn = name.startsWith(key.begun());
      boolean isWhole = at.pending().kind() == 0;
      if (goesOn && (!isWhole || closings.contains(name.substring(key.begun().length())))) {
        near.add(name);
      }
    }
    if (near.isEmpty() && at.left().isAnyText() && isUnlisted(frame.object(), key.begun())) {
      return new Key("new name", key.what(), forget(frame), null, key.detail());
    }
    near.addAll(forget(frame).seen());
    Frame known = frame.with(Set.copyOf(near), forget(frame.outer()));
    return new Key(key.kind(), key.what(), known, key.begun(), key.detail());
  }

  /** What is left of a string, where limits on its length that no token can reach are none. */
  private Expression soon(Expression left) {
    if (left.kind != Expression.Kind.REPEAT || !left.parts.get(0).isAnyCharacter()) {
      return left;
    }
    return make.repeat(
        left.parts.get(0), left.low, left.high > mostCharacters ? Expressions.MANY : left.high);
  }

  /** Without the names that no longer matter. */
  private Frame forget(Frame frame) {
    if (frame == null) {
      return null;
    }
    if (frame.likeOrNull() == null) {
      Set<String> kept = frame.seen();
      if (!frame.isArray()) {
        kept = new HashSet<>(kept);
        kept.removeIf(name -> !matters(frame.object(), name));
      }
      frame.setLike(frame.with(Set.copyOf(kept), forget(frame.outer())));
    }
    return frame.likeOrNull();
  }

  private boolean matters(ObjectShape shape, String name) {
    boolean isCounted = shape.minimum() > 0 || shape.maximum() < ObjectShape.UNBOUNDED;
    return isCounted || closings.contains(name) || isListed(shape, name);
  }

  private static boolean isListed(ObjectShape shape, String name) {
    if (shape.required().contains(name)) {
      return true;
    }
    for (Group group : shape.groups()) {
      if (group.named().stream().anyMatch(one -> one.name().equals(name))) {
        return true;
      }
    }
    return false;
  }

  /** Whether what there is of a name begins none that the schema knows. */
  private static boolean isUnlisted(ObjectShape shape, String begun) {
    for (String name : shape.required()) {
      if (name.startsWith(begun)) {
        return false;
      }
    }
    for (Group group : shape.groups()) {
      if (!group.matched().isEmpty()
          || group.named().stream().anyMatch(one -> one.name().startsWith(begun))) {
        return false;
      }
    }
    return true;
  }
}
