/**
 * An interpreter for the part of the Jinja template language that chat templates use.
 *
 * <p>A checkpoint says in a Jinja template how a conversation becomes a prompt. The meaning of such
 * a template is what Python's Jinja makes of it with the settings of the Transformers library:
 * {@code trim_blocks}, {@code lstrip_blocks}, loop controls, a sandbox in which nothing can be
 * changed. {@link dev.swiftkv.engine.jinja.Template} gives the same text.
 *
 * <p>From source to text: {@code Lexer} cuts the source into tokens, {@code StatementParser} and
 * {@code ExpressionParser} make a tree of {@code Statement} and {@code Expression}, which evaluate
 * themselves in a {@code Scope}. Values are Java's: String, Long, Double, Boolean, null, List, Map,
 * {@code Callable}, and {@code Undefined} for what is not there. Filters, tests, methods and global
 * functions each stand in one list.
 *
 * <p>Language reference: the Jinja 3.1 Template Designer Documentation.
 */
package dev.swiftkv.engine.jinja;
