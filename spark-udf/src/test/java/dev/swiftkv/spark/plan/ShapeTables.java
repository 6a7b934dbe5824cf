package dev.swiftkv.spark.plan;

import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The tables that the shapes of queries read.
 *
 * <p>{@code t}: 100 rows in 4 files, read by 2 tasks; {@code text} is distinct, {@code dup} has 10
 * values, {@code flag} is true for 30 rows, {@code a} is null for 50. {@code dim}: 5 rows, joined
 * on {@code k} it keeps 50. The view {@code v} holds a call over {@code t}.
 */
final class ShapeTables {
  private ShapeTables() {}

  static void create(SparkSession session, Path folder) {
    String table = folder.resolve("t").toString();
    session
        .range(100)
        .selectExpr(
            "cast(id as int) id",
            "cast(id % 10 as int) k",
            "concat('text ', id) text",
            "if(id % 2 = 0, concat('a', id), null) a",
            "id % 10 < 3 flag",
            "concat('dup ', id % 10) dup")
        .repartition(4)
        .write()
        .parquet(table);
    session.read().parquet(table).createOrReplaceTempView("t");
    String labels = folder.resolve("dim").toString();
    session
        .range(5)
        .selectExpr("cast(id as int) k", "concat('label ', id) label")
        .coalesce(1)
        .write()
        .parquet(labels);
    session.read().parquet(labels).createOrReplaceTempView("dim");
    session.sql("CREATE OR REPLACE TEMPORARY VIEW v AS SELECT id, ai_gen(text) c FROM t");
  }

  static Dataset<Row> completed(SparkSession session) {
    return session.sql("SELECT id, ai_gen(text) c FROM t");
  }

  static List<String> rows(Dataset<Row> frame) {
    return frame.collectAsList().stream().map(Row::toString).sorted().toList();
  }
}
