package dev.swiftkv.kernels.cuda;

import dev.swiftkv.kernels.RaggedBatch;

/**
 * Where batches are staged. There is room for two at a time, a step's tokens and its survivors; a
 * third takes the place of the one that was staged longer ago.
 */
final class BatchStaging implements AutoCloseable {
  private final StagedBatch[] places;
  private long stagings;

  BatchStaging(CudaContext context, CudaStream stream, BatchPacker packer) {
    places =
        new StagedBatch[] {
          new StagedBatch(context, stream, packer), new StagedBatch(context, stream, packer)
        };
  }

  /** Brings a batch to the device. */
  void stage(RaggedBatch batch) {
    StagedBatch place = placeOrNull(batch);
    if (place == null) {
      place = places[0].lastUse() <= places[1].lastUse() ? places[0] : places[1];
      place.adopt(batch);
    }
    place.stage(batch, ++stagings);
  }

  /**
   * Where a batch is.
   *
   * @throws IllegalStateException if it was never staged, or two others were since
   */
  StagedBatch of(RaggedBatch batch) {
    StagedBatch place = placeOrNull(batch);
    if (place == null) {
      throw new IllegalStateException(
          "This batch is not on the device: stage it before its operations, and no more than one"
              + " other in between");
    }
    return place;
  }

  @Override
  public void close() {
    for (StagedBatch place : places) {
      place.close();
    }
  }

  private StagedBatch placeOrNull(RaggedBatch batch) {
    for (StagedBatch place : places) {
      if (place.isOf(batch)) {
        return place;
      }
    }
    return null;
  }
}
