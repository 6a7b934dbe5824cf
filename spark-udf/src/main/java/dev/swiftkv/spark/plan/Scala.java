package dev.swiftkv.spark.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import scala.Function1;
import scala.collection.immutable.Nil$;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractPartialFunction;

/** The few Scala shapes that Catalyst code in Java needs. */
final class Scala {
  private Scala() {}

  @SafeVarargs
  @SuppressWarnings("varargs") // the list only reads the array
  static <T> Seq<T> seq(T... elements) {
    return CollectionConverters.asScala(Arrays.asList(elements)).toSeq();
  }

  static <T> Seq<T> seq(List<? extends T> elements) {
    return CollectionConverters.asScala(new ArrayList<T>(elements)).toSeq();
  }

  @SuppressWarnings("unchecked") // the empty list has no elements of a wrong type
  static <T> Seq<T> nil() {
    return (Seq<T>) (Seq<?>) Nil$.MODULE$;
  }

  @SuppressWarnings("unchecked") // read only: a list of a subtype is a list of the type
  static <T> List<T> list(scala.collection.Seq<? extends T> elements) {
    return new ArrayList<>(CollectionConverters.asJava((scala.collection.Seq<T>) elements));
  }

  static <K, V> scala.collection.immutable.Map<K, V> map(Map<K, V> entries) {
    return scala.collection.immutable.Map.from(CollectionConverters.asScala(entries));
  }

  /**
   * A partial function that is defined everywhere, for {@code transform}: it answers its argument
   * where nothing changes.
   */
  static <T> AbstractPartialFunction<T, T> everywhere(Function<T, T> function) {
    return new AbstractPartialFunction<>() {
      @Override
      public boolean isDefinedAt(T node) {
        return true;
      }

      @Override
      @SuppressWarnings("unchecked") // B is T wherever Catalyst calls this
      public <A extends T, B> B applyOrElse(A node, Function1<A, B> otherwise) {
        return (B) function.apply(node);
      }
    };
  }

  /** Throws a checked exception where Scala's signature does not declare it. */
  @SuppressWarnings("unchecked")
  static <T extends Throwable> T unchecked(Throwable thrown) throws T {
    throw (T) thrown;
  }
}
