package dev.swiftkv.engine.jinja;

import java.util.Map;

/** The one value that a template may change: {@code namespace(found=false)}. */
record Namespace(Map<String, Object> fields) {}
