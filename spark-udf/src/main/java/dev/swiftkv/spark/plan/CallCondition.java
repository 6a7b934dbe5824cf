package dev.swiftkv.spark.plan;

/** What is wrong with a call, by Spark's own error conditions and SQL states. */
enum CallCondition {
  /** More arguments than the function has. */
  TOO_MANY_ARGUMENTS("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "42605"),
  /** A required argument is not given. */
  MISSING_ARGUMENT("REQUIRED_PARAMETER_NOT_FOUND", "4274K"),
  /** A name that no argument has. */
  UNKNOWN_ARGUMENT("UNRECOGNIZED_PARAMETER_NAME", "4274K"),
  /** An argument by position and by name, or twice by name. */
  REPEATED_ARGUMENT("DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT", "4274K"),
  /** A positional argument behind a named one. */
  MISPLACED_ARGUMENT("UNEXPECTED_POSITIONAL_ARGUMENT", "4274K"),
  /** A column where a constant is wanted. */
  NOT_CONSTANT("NON_FOLDABLE_ARGUMENT", "42K08"),
  /** A value of another type. */
  WRONG_TYPE("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "42K09"),
  /** A value that the function cannot take. */
  INVALID_VALUE("INVALID_PARAMETER_VALUE", "22023"),
  /** A session option that is none, or has an impossible value. */
  INVALID_SETTING("INVALID_CONF_VALUE", "22022"),
  /** A call where no call can stand. */
  UNSUPPORTED_PLACE("UNSUPPORTED_FEATURE", "0A000");

  private final String condition;
  private final String sqlState;

  CallCondition(String condition, String sqlState) {
    this.condition = condition;
    this.sqlState = sqlState;
  }

  String condition() {
    return condition;
  }

  String sqlState() {
    return sqlState;
  }
}
