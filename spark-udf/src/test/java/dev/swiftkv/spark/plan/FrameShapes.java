package dev.swiftkv.spark.plan;

import static org.apache.spark.sql.functions.call_function;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Shapes that no single query of SQL can say. */
final class FrameShapes {
  private FrameShapes() {}

  static List<QueryShape> all() {
    return List.of(
        new QueryShape(5, 5, "show(5)", session -> text(completed(session).takeAsList(5))),
        shape(
            100,
            "view self join",
            session -> session.sql("SELECT a.id, b.c FROM v a JOIN v b ON a.c = b.c")),
        shape(200, "DataFrame self join", FrameShapes::selfJoin),
        shape(
            100,
            "DataFrame self join, then select",
            session -> selfJoin(session).select("a.id", "b.c")),
        new QueryShape(100, 100, "cached, two queries", FrameShapes::cached),
        new QueryShape(0, 2, "count() twice, not cached", FrameShapes::countedTwice),
        new QueryShape(100, 100, "CTAS", FrameShapes::createdTable),
        new QueryShape(100, 200, "INSERT INTO", session -> inserted(session, "")),
        new QueryShape(5, 105, "INSERT ... LIMIT 5", session -> inserted(session, "LIMIT 5")),
        new QueryShape(100, 100, "df.write.parquet", FrameShapes::written),
        new QueryShape(
            5,
            5,
            "df.rdd of limit",
            session -> text(completed(session).limit(5).javaRDD().collect())),
        shape(
            100,
            "call_function API",
            session -> session.table("t").select(call_function("ai_gen", col("text")))),
        new QueryShape(0, 1, "EXPLAIN", FrameShapes::explained),
        new QueryShape(52, 3, "toLocalIterator first 3", FrameShapes::firstThree),
        shape(
            100,
            "repartition by ai",
            session -> session.sql("SELECT id, text FROM t").repartition(3, expr("ai_gen(text)"))),
        shape(
            100,
            "repartitionByRange over ai",
            session -> completed(session).repartitionByRange(3, col("c"))),
        shape(
            100,
            "dropDuplicates by the answer",
            session -> completed(session).dropDuplicates("c")));
  }

  /** Every one of the frames here keeps the 100 rows of the table. */
  private static QueryShape shape(
      int prompts, String name, Function<SparkSession, Dataset<Row>> frame) {
    return new QueryShape(prompts, 100, name, session -> ShapeTables.rows(frame.apply(session)));
  }

  private static Dataset<Row> completed(SparkSession session) {
    return ShapeTables.completed(session);
  }

  private static List<String> text(List<Row> rows) {
    return rows.stream().map(Row::toString).sorted().toList();
  }

  private static Dataset<Row> selfJoin(SparkSession session) {
    Dataset<Row> frame = completed(session);
    return frame.as("a").join(frame.as("b"), expr("a.c = b.c"));
  }

  private static List<String> cached(SparkSession session) {
    Dataset<Row> frame = completed(session).cache();
    try {
      frame.collectAsList();
      return ShapeTables.rows(completed(session));
    } finally {
      frame.unpersist(/* blocking */ true);
    }
  }

  private static List<String> countedTwice(SparkSession session) {
    Dataset<Row> frame = completed(session);
    return List.of(Long.toString(frame.count()), Long.toString(frame.count()));
  }

  private static List<String> createdTable(SparkSession session) {
    session.sql("CREATE TABLE made USING parquet AS SELECT id, ai_gen(text) c FROM t");
    return dropped(session, "made");
  }

  private static List<String> inserted(SparkSession session, String limit) {
    session.sql("CREATE TABLE made USING parquet AS SELECT id, text c FROM t");
    session.sql("INSERT INTO made SELECT id, ai_gen(text) c FROM t " + limit);
    return dropped(session, "made");
  }

  private static List<String> dropped(SparkSession session, String table) {
    try {
      return ShapeTables.rows(session.table(table));
    } finally {
      session.sql("DROP TABLE " + table);
    }
  }

  private static List<String> written(SparkSession session) {
    String path = session.conf().get("spark.sql.warehouse.dir") + "/written";
    completed(session).write().mode("overwrite").parquet(path);
    return ShapeTables.rows(session.read().parquet(path));
  }

  /** Not the plan itself, which differs with the settings. */
  private static List<String> explained(SparkSession session) {
    List<String> plan =
        ShapeTables.rows(session.sql("EXPLAIN EXTENDED SELECT id, ai_gen(text) c FROM t"));
    return plan.stream().map(text -> text.contains("AiEval") ? "shows AiEval" : text).toList();
  }

  private static List<String> firstThree(SparkSession session) {
    Iterator<Row> rows = completed(session).toLocalIterator();
    List<Row> three = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      three.add(rows.next());
    }
    return text(three);
  }
}
