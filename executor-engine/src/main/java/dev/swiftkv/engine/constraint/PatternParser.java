package dev.swiftkv.engine.constraint;

import dev.swiftkv.engine.constraint.SchemaType.Place;
import java.util.ArrayList;
import java.util.List;

/**
 * The regular part of ECMA-262 patterns: no back references, no look-around, anchors only at the
 * ends of the whole pattern. Like there, a pattern matches anywhere unless it is anchored.
 */
final class PatternParser {
  private static final int LAST = Character.MAX_CODE_POINT;
  private static final String SYNTAX = "^$\\.*+?()[]{}|/-";
  private static final int MOST_REPEATS = 1000;

  private final Expressions make;
  private final String text;
  private int at;
  private int depth;

  private PatternParser(Expressions make, String text) {
    this.make = make;
    this.text = text;
  }

  /**
   * Strings that have a match in them.
   *
   * @throws dev.swiftkv.engine.EngineException UNSUPPORTED if the pattern is not regular
   */
  static Expression parse(Expressions make, String pattern, String keyword, Place place) {
    try {
      return new PatternParser(make, pattern).parse();
    } catch (IllegalArgumentException e) {
      throw SchemaErrors.refused(
          keyword, place.pointer(), "is no pattern that is supported: " + e.getMessage());
    }
  }

  private Expression parse() {
    Expression result = branches(true);
    if (at < text.length()) {
      throw new IllegalArgumentException("unexpected ) at " + at);
    }
    return result;
  }

  private Expression branches(boolean isOuter) {
    List<Expression> ways = new ArrayList<>();
    do {
      boolean isAnchored = isOuter && take('^');
      Expression branch = branch();
      boolean endsThere = isOuter && take('$');
      if (isOuter) {
        branch =
            make.sequence(
                isAnchored ? make.empty() : make.anyText(),
                branch,
                endsThere ? make.empty() : make.anyText());
      }
      ways.add(branch);
    } while (take('|'));
    return make.either(ways);
  }

  private Expression branch() {
    List<Expression> parts = new ArrayList<>();
    while (at < text.length() && "|)$".indexOf(text.charAt(at)) < 0) {
      parts.add(repeated(atom()));
    }
    if (depth > 0 && at < text.length() && text.charAt(at) == '$') {
      throw new IllegalArgumentException("$ inside a group");
    }
    return make.sequence(parts.toArray(Expression[]::new));
  }

  private Expression repeated(Expression atom) {
    Expression result = atom;
    if (take('*')) {
      result = make.repeat(atom, 0, Expressions.MANY);
    } else if (take('+')) {
      result = make.repeat(atom, 1, Expressions.MANY);
    } else if (take('?')) {
      result = make.optional(atom);
    } else if (take('{')) {
      int least = number();
      int most = take(',') ? at < text.length() && text.charAt(at) == '}' ? -1 : number() : least;
      if (!take('}') || most >= 0 && most < least) {
        throw new IllegalArgumentException("a count that does not end at " + at);
      }
      result = make.repeat(atom, least, most < 0 ? Expressions.MANY : most);
    } else {
      return result;
    }
    // Whether few or many are taken first changes nothing about what matches.
    take('?');
    return result;
  }

  private int number() {
    int start = at;
    while (at < text.length() && Character.isDigit(text.charAt(at)) && at - start < 5) {
      at++;
    }
    int value = start == at ? MOST_REPEATS + 1 : Integer.parseInt(text.substring(start, at));
    if (value > MOST_REPEATS) {
      throw new IllegalArgumentException("a count above " + MOST_REPEATS + " at " + start);
    }
    return value;
  }

  private Expression atom() {
    int point = text.codePointAt(at);
    at += Character.charCount(point);
    return switch (point) {
      case '(' -> group();
      case '[' -> characterClass();
      case '.' -> except(List.of(one('\n'), one('\r'), make.range(0x2028, 0x2029)));
      case '\\' -> escape();
      case '^', '*', '+', '?', '{', '}', ']' ->
          throw new IllegalArgumentException(Character.toString(point) + " at " + (at - 1));
      default -> one(point);
    };
  }

  private Expression group() {
    if (take('?') && !take(':')) {
      throw new IllegalArgumentException("a group that looks around or has a name at " + at);
    }
    depth++;
    Expression result = branches(false);
    depth--;
    if (!take(')')) {
      throw new IllegalArgumentException("a group that does not end");
    }
    return result;
  }

  private Expression escape() {
    char letter = next();
    return switch (letter) {
      case 'd' -> digits();
      case 'D' -> except(List.of(digits()));
      case 'w' -> words();
      case 'W' -> except(List.of(words()));
      case 's' -> spaces();
      case 'S' -> except(List.of(spaces()));
      default -> one(escaped(letter));
    };
  }

  private int escaped(char letter) {
    return switch (letter) {
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'r' -> '\r';
      case 'f' -> '\f';
      case 'v' -> 0x0B;
      case 'u' -> hex(4);
      case 'x' -> hex(2);
      default -> {
        if (SYNTAX.indexOf(letter) < 0) {
          throw new IllegalArgumentException("\\" + letter);
        }
        yield letter;
      }
    };
  }

  private int hex(int length) {
    if (at + length > text.length() || !text.substring(at, at + length).matches("[0-9a-fA-F]+")) {
      throw new IllegalArgumentException("a hexadecimal escape at " + at);
    }
    at += length;
    int value = Integer.parseInt(text.substring(at - length, at), 16);
    if (Character.isSurrogate((char) value)) {
      throw new IllegalArgumentException("half a character at " + (at - length));
    }
    return value;
  }

  private Expression characterClass() {
    boolean isNegated = take('^');
    List<Expression> members = new ArrayList<>();
    while (at < text.length() && text.charAt(at) != ']') {
      int point = text.codePointAt(at);
      at += Character.charCount(point);
      if (point == '\\') {
        char letter = next();
        if ("dDwWsS".indexOf(letter) >= 0) {
          at--;
          members.add(escape());
          continue;
        }
        point = letter == 'b' ? '\b' : escaped(letter);
      }
      members.add(make.range(point, rangeEnd(point)));
    }
    if (!take(']')) {
      throw new IllegalArgumentException("a class that does not end");
    }
    return isNegated ? except(members) : make.either(members);
  }

  private int rangeEnd(int from) {
    if (at + 1 >= text.length() || text.charAt(at) != '-' || text.charAt(at + 1) == ']') {
      return from;
    }
    at++;
    int to = text.codePointAt(at);
    at += Character.charCount(to);
    if (to == '\\') {
      to = escaped(next());
    }
    if (to < from) {
      throw new IllegalArgumentException("a range out of order at " + at);
    }
    return to;
  }

  private Expression except(List<Expression> members) {
    return make.both(List.of(make.range(0, LAST), make.not(make.either(members))));
  }

  private Expression digits() {
    return make.range('0', '9');
  }

  private Expression words() {
    return make.either(
        List.of(make.range('a', 'z'), make.range('A', 'Z'), digits(), make.range('_', '_')));
  }

  private Expression spaces() {
    return make.either(
        List.of(
            make.range('\t', '\r'),
            one(' '),
            one(0xA0),
            one(0x1680),
            make.range(0x2000, 0x200A),
            make.range(0x2028, 0x2029),
            one(0x202F),
            one(0x205F),
            one(0x3000),
            one(0xFEFF)));
  }

  private Expression one(int point) {
    return make.range(point, point);
  }

  private char next() {
    if (at == text.length()) {
      throw new IllegalArgumentException("it ends in \\");
    }
    return text.charAt(at++);
  }

  private boolean take(char wanted) {
    boolean isThere = at < text.length() && text.charAt(at) == wanted;
    at += isThere ? 1 : 0;
    return isThere;
  }
}
