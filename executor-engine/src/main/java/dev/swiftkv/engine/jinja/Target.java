package dev.swiftkv.engine.jinja;

import java.util.List;

/** What a value is assigned to. */
sealed interface Target {
  void assign(Object value, Scope scope);

  /** A name. */
  record Variable(String name) implements Target {
    @Override
    public void assign(Object value, Scope scope) {
      scope.set(name, value);
    }
  }

  /** A field of a namespace. */
  record Field(String name, String field) implements Target {
    @Override
    public void assign(Object value, Scope scope) {
      if (!(scope.get(name) instanceof Namespace namespace)) {
        throw new TemplateException(name + " is no namespace, so nothing in it can be set");
      }
      namespace.fields().put(field, value);
    }
  }

  /** Several targets, one for each item. */
  record Several(List<Target> targets) implements Target {
    @Override
    public void assign(Object value, Scope scope) {
      List<Object> items = Values.items(value);
      if (items.size() != targets.size()) {
        throw new TemplateException(
            "%d values for %d names".formatted(items.size(), targets.size()));
      }
      for (int i = 0; i < items.size(); i++) {
        targets.get(i).assign(items.get(i), scope);
      }
    }
  }
}
