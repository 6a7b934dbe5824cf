package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.AttentionShape;
import dev.swiftkv.kernels.NoiseBand;
import dev.swiftkv.kernels.PagedKv;
import dev.swiftkv.kernels.RopeTable;
import dev.swiftkv.kernels.Tensor;

/**
 * Fills the structs of {@code arguments.cuh}, one method each, field by field in their order. Longs
 * are device addresses; 0 is null.
 */
final class ArgumentStructs {
  static final int EMBED_BYTES = 32;
  static final int RMS_NORM_BYTES = 40;
  static final int GEMM_BYTES = 104;
  static final int SCATTER_HEADS_BYTES = 72;
  static final int GATED_ACTIVATION_BYTES = 24;
  static final int ATTEND_BYTES = 72;
  static final int GATHER_ROWS_BYTES = 32;
  static final int SAMPLE_BYTES = 56;
  static final int CONVERT_BYTES = 32;
  static final int FILL_RANDOM_BYTES = 40;

  private ArgumentStructs() {}

  static KernelArguments embed(
      KernelArguments to, long table, long batch, long x, int rows, int columns) {
    to.begin(EMBED_BYTES).putLong(table).putLong(batch).putLong(x);
    return to.putInt(rows).putInt(columns);
  }

  static KernelArguments rmsNorm(
      KernelArguments to, long x, long weight, long out, int rows, int columns, float epsilon) {
    to.begin(RMS_NORM_BYTES).putLong(x).putLong(weight).putLong(out);
    return to.putInt(rows).putInt(columns).putFloat(epsilon);
  }

  /** For the epilogues store, add and swiglu. */
  static KernelArguments gemm(
      KernelArguments to,
      long activations,
      CudaWeightMatrix weights,
      long bias,
      long output,
      int rows) {
    return noHeads(product(to, activations, weights, bias, output, rows));
  }

  /** For the epilogue heads. */
  static KernelArguments gemmHeads(
      KernelArguments to,
      long activations,
      CudaWeightMatrix weights,
      long bias,
      int rows,
      HeadTable table,
      long batch,
      RopeTable rope,
      long queries) {
    return heads(product(to, activations, weights, bias, 0, rows), table, batch, rope, queries);
  }

  static KernelArguments scatterHeads(
      KernelArguments to,
      long sums,
      int rows,
      HeadTable table,
      long batch,
      RopeTable rope,
      long queries) {
    to.begin(SCATTER_HEADS_BYTES).putLong(sums).putInt(rows).putInt(table.outputs());
    return heads(to, table, batch, rope, queries);
  }

  static KernelArguments gatedActivation(
      KernelArguments to, long sums, long out, int rows, int columns) {
    to.begin(GATED_ACTIVATION_BYTES).putLong(sums).putLong(out);
    return to.putInt(rows).putInt(columns);
  }

  static KernelArguments gatherRows(
      KernelArguments to, long x, long batch, long out, int rows, int columns) {
    to.begin(GATHER_ROWS_BYTES).putLong(x).putLong(batch).putLong(out);
    return to.putInt(rows).putInt(columns);
  }

  static KernelArguments attend(
      KernelArguments to,
      Tensor queries,
      Tensor out,
      PagedKv cache,
      long batch,
      long partials,
      AttentionShape shape,
      int splits,
      float scaleLog2) {
    to.begin(ATTEND_BYTES).putLong(queries.address()).putLong(out.address());
    to.putLong(cache.keys()).putLong(cache.values()).putLong(batch).putLong(partials);
    to.putInt(shape.heads()).putInt(shape.kvHeads()).putInt(shape.headSize());
    return to.putInt(cache.shape().blockTokens()).putInt(splits).putFloat(scaleLog2);
  }

  static KernelArguments sample(
      KernelArguments to,
      long logits,
      long samplingRows,
      long penalizedTokens,
      long allowedWords,
      long tokens,
      long scratch,
      int rows,
      int vocabulary) {
    to.begin(SAMPLE_BYTES).putLong(logits).putLong(samplingRows).putLong(penalizedTokens);
    to.putLong(allowedWords).putLong(tokens).putLong(scratch);
    return to.putInt(rows).putInt(vocabulary);
  }

  static KernelArguments convert(
      KernelArguments to, long from, long into, int firstRow, int rows, int columns) {
    to.begin(CONVERT_BYTES).putLong(from).putLong(into);
    return to.putInt(firstRow).putInt(rows).putInt(columns);
  }

  static KernelArguments fillRandom(KernelArguments to, long into, NoiseBand band, int columns) {
    to.begin(FILL_RANDOM_BYTES).putLong(into).putLong(band.seed());
    to.putInt(band.rows()).putInt(columns).putFloat(band.scale());
    return to.putInt(band.firstRow()).putInt(band.rowStep());
  }

  private static KernelArguments product(
      KernelArguments to,
      long activations,
      CudaWeightMatrix weights,
      long bias,
      long output,
      int rows) {
    to.begin(GEMM_BYTES).putLong(activations).putLong(weights.address());
    to.putLong(bias).putLong(output);
    return to.putInt(rows).putInt(weights.rows()).putInt(weights.columns()).putInt(0);
  }

  private static KernelArguments heads(
      KernelArguments to, HeadTable table, long batch, RopeTable rope, long queries) {
    to.putLong(table.address()).putLong(batch);
    to.putLong(rope.cosine().address()).putLong(rope.sine().address()).putLong(queries);
    to.putInt(table.queryColumns()).putInt(table.headSize());
    return to.putInt(table.kvHeads()).putInt(table.blockTokens());
  }

  private static KernelArguments noHeads(KernelArguments to) {
    to.putLong(0).putLong(0).putLong(0).putLong(0).putLong(0);
    return to.putInt(0).putInt(0).putInt(0).putInt(0);
  }
}
