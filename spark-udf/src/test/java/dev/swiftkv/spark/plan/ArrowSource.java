package dev.swiftkv.spark.plan;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.catalog.SupportsRead;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.catalog.TableProvider;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.ArrowUtils;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.apache.spark.sql.vectorized.ArrowColumnVector;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/**
 * Two partitions of three Arrow batches of ten rows: {@code id} and {@code text}, which is {@code
 * arrow <id>} and null for every tenth row. The same vectors are filled again for every batch, as
 * Spark's contract allows.
 */
public final class ArrowSource implements TableProvider {
  static final int PARTITIONS = 2;
  static final int BATCHES = 3;
  static final int ROWS = 10;

  private static final StructType SCHEMA =
      new StructType().add("id", DataTypes.LongType).add("text", DataTypes.StringType);

  @Override
  public StructType inferSchema(CaseInsensitiveStringMap options) {
    return SCHEMA;
  }

  @Override
  public Table getTable(StructType schema, Transform[] partitioning, Map<String, String> options) {
    return new ArrowTable();
  }

  private static final class ArrowTable implements SupportsRead {
    @Override
    public String name() {
      return "arrow";
    }

    @Override
    @Deprecated
    @SuppressWarnings("deprecation") // columns() has a default that calls this
    public StructType schema() {
      return SCHEMA;
    }

    @Override
    public Set<TableCapability> capabilities() {
      return Set.of(TableCapability.BATCH_READ);
    }

    @Override
    public ScanBuilder newScanBuilder(CaseInsensitiveStringMap options) {
      return ArrowScan::new;
    }
  }

  private static final class ArrowScan implements Scan, Batch {
    @Override
    public StructType readSchema() {
      return SCHEMA;
    }

    @Override
    public Batch toBatch() {
      return this;
    }

    @Override
    public InputPartition[] planInputPartitions() {
      return new InputPartition[] {new Part(0), new Part(1)};
    }

    @Override
    public PartitionReaderFactory createReaderFactory() {
      return new Factory();
    }
  }

  private record Part(int index) implements InputPartition {}

  private static final class Factory implements PartitionReaderFactory {
    private static final long serialVersionUID = 1L;

    @Override
    public PartitionReader<InternalRow> createReader(InputPartition partition) {
      throw new UnsupportedOperationException("Only columns");
    }

    @Override
    public boolean supportColumnarReads(InputPartition partition) {
      return true;
    }

    @Override
    public PartitionReader<ColumnarBatch> createColumnarReader(InputPartition partition) {
      return new Reader(((Part) partition).index());
    }
  }

  private static final class Reader implements PartitionReader<ColumnarBatch> {
    private final BufferAllocator allocator =
        ArrowUtils.rootAllocator().newChildAllocator("arrow source", 0, Long.MAX_VALUE);
    private final BigIntVector ids = new BigIntVector("id", allocator);
    private final VarCharVector texts = new VarCharVector("text", allocator);
    private final int partition;
    private int batch;

    Reader(int partition) {
      this.partition = partition;
    }

    @Override
    public boolean next() {
      return batch < BATCHES;
    }

    @Override
    public ColumnarBatch get() {
      int first = (partition * BATCHES + batch++) * ROWS;
      ids.reset();
      texts.reset();
      for (int i = 0; i < ROWS; i++) {
        ids.setSafe(i, first + i);
        if (i == ROWS - 1) {
          texts.setNull(i);
        } else {
          texts.setSafe(i, ("arrow " + (first + i)).getBytes(UTF_8));
        }
      }
      ids.setValueCount(ROWS);
      texts.setValueCount(ROWS);
      ColumnVector[] columns = {new ArrowColumnVector(ids), new ArrowColumnVector(texts)};
      return new ColumnarBatch(columns, ROWS);
    }

    @Override
    public void close() {
      ids.close();
      texts.close();
      allocator.close();
    }
  }
}
