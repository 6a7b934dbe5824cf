package dev.swiftkv.engine.jinja;

import java.util.List;

/** The variable {@code loop} inside a {@code for}. */
final class Loop {
  private final List<Object> items;
  private final int depth;
  private int index;
  private List<Object> changedBefore;

  Loop(List<Object> items, int depth) {
    this.items = items;
    this.depth = depth;
  }

  void moveTo(int position) {
    index = position;
  }

  int depth() {
    return depth;
  }

  Object attribute(String name) {
    return switch (name) {
      case "index0" -> (long) index;
      case "index" -> index + 1L;
      case "revindex0" -> items.size() - index - 1L;
      case "revindex" -> (long) items.size() - index;
      case "first" -> index == 0;
      case "last" -> index == items.size() - 1;
      case "length" -> (long) items.size();
      case "depth" -> depth + 1L;
      case "depth0" -> (long) depth;
      case "previtem" ->
          index > 0 ? items.get(index - 1) : new Undefined("the item before the first");
      case "nextitem" ->
          index + 1 < items.size()
              ? items.get(index + 1)
              : new Undefined("the item after the last");
      case "cycle" -> (Callable) this::cycle;
      case "changed" -> (Callable) this::changed;
      default -> new Undefined("'loop." + name + "'");
    };
  }

  private Object cycle(Arguments arguments) {
    List<Object> choices = arguments.positional();
    if (choices.isEmpty()) {
      throw new TemplateException("loop.cycle needs values");
    }
    return choices.get(index % choices.size());
  }

  private Object changed(Arguments arguments) {
    boolean same = arguments.positional().equals(changedBefore);
    changedBefore = arguments.positional();
    return !same;
  }
}
