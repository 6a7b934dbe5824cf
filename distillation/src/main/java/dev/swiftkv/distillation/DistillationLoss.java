package dev.swiftkv.distillation;

import dev.swiftkv.distillation.TwoSegmentModel.Outputs;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * How far a student is from its teacher, summed over the rows of a document: the Kullback-Leibler
 * divergence of softened distributions (Hinton et al., 2015), and the squared difference of the
 * last layer's input as a share of the teacher's mean square.
 *
 * @param divergence summed over rows, times the temperature squared; a scalar
 * @param hidden mean over columns, summed over rows; a scalar
 */
record DistillationLoss(Tensor divergence, Tensor hidden) {
  static DistillationLoss of(
      TwoSegmentModel model, Outputs teacher, Outputs student, double temperature) {
    Tensor wanted = torch.log_softmax(model.logits(teacher).div(new Scalar(temperature)), -1);
    Tensor got = torch.log_softmax(model.logits(student).div(new Scalar(temperature)), -1);
    Tensor divergence =
        wanted.exp().mul(wanted.sub(got)).sum().mul(new Scalar(temperature * temperature));
    Tensor scale = teacher.hidden().square().mean();
    Tensor difference = student.hidden().sub(teacher.hidden()).square();
    Tensor hidden = difference.sum().div(scale).div(new Scalar((double) teacher.hidden().size(1)));
    return new DistillationLoss(divergence, hidden);
  }

  /** What is minimized: the mean over the rows of a batch. */
  Tensor total(double hiddenWeight, long batchRows) {
    return divergence.add(hidden.mul(new Scalar(hiddenWeight))).div(new Scalar((double) batchRows));
  }
}
