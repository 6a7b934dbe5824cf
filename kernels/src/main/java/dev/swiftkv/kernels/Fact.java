package dev.swiftkv.kernels;

/**
 * One thing that was found out about a device, for people.
 *
 * @param name what it is, in the words of the field: {@code driver}, {@code compute capability}
 * @param value what was found, with its unit
 */
public record Fact(String name, String value) {}
