package dev.swiftkv.distillation;

import dev.swiftkv.engine.generate.CheckpointGenerator;
import dev.swiftkv.engine.generate.CheckpointSpec;
import dev.swiftkv.kernels.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random models and documents that a test can afford. */
final class TinyModels {
  static final int VOCABULARY = 300;

  private TinyModels() {}

  /** A model of six layers in F32. */
  static Path make(Path folder, String family, boolean tied) {
    return make(folder, family, tied, VOCABULARY, DType.F32);
  }

  /** A model of six layers. */
  static Path make(Path folder, String family, boolean tied, int vocabulary, DType dtype) {
    Path model = folder.resolve(family);
    CheckpointGenerator.generate(
        CheckpointSpec.of(family)
            .layers(6)
            .hiddenSize(32)
            .intermediateSize(48)
            .heads(4)
            .kvHeads(2)
            .headSize(8)
            .vocabularySize(vocabulary)
            .contextLength(256)
            .tiedEmbeddings(tied)
            .dtype(dtype)
            .seed(3)
            .build(),
        model);
    return model;
  }

  static List<Document> documents(int count) {
    Random random = new Random(5);
    List<Document> documents = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long[] ids = random.longs(12 + random.nextInt(20), 0, VOCABULARY).toArray();
      documents.add(new Document(ids, ids.length - 5));
    }
    return documents;
  }
}
