package dev.swiftkv.spark;

/** Whether the rows of a query are spread over more tasks before the model is asked. */
public sealed interface Repartitioning {
  /** Where there would be fewer tasks than the executors have slots. */
  record Automatic() implements Repartitioning {
    /** As the option is written, also in the documents. */
    @Override
    public String toString() {
      return "auto";
    }
  }

  /** Never. */
  record Off() implements Repartitioning {}

  /**
   * Always.
   *
   * @param partitions how many tasks ask
   */
  record Fixed(int partitions) implements Repartitioning {}

  /**
   * Reads {@code auto}, {@code off} or a number of tasks.
   *
   * @throws NumberFormatException for anything else
   */
  static Repartitioning parse(String text) {
    return switch (text) {
      case "auto" -> new Automatic();
      case "off" -> new Off();
      default -> {
        int partitions = Integer.parseInt(text);
        if (partitions < 1) {
          throw new NumberFormatException(text);
        }
        yield new Fixed(partitions);
      }
    };
  }
}
