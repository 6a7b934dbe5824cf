package dev.swiftkv.distillation;

import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * AdamW (Loshchilov and Hutter, 2019) with gradients clipped by their common norm. Its two moments
 * are plain tensors, so that a run can be stopped and resumed without a difference in any bit.
 */
final class AdamW {
  private static final double FIRST_DECAY = 0.9;
  private static final double SECOND_DECAY = 0.98;
  private static final double EPSILON = 1e-8;

  private final SortedMap<String, Tensor> parameters;
  private final SortedMap<String, Tensor> gradients = new TreeMap<>();
  private final SortedMap<String, Tensor> first = new TreeMap<>();
  private final SortedMap<String, Tensor> second = new TreeMap<>();
  private final double weightDecay;
  private final double largestNorm;

  AdamW(SortedMap<String, Tensor> parameters, double weightDecay, double largestNorm) {
    this.parameters = parameters;
    this.weightDecay = weightDecay;
    this.largestNorm = largestNorm;
    parameters.forEach(
        (name, tensor) -> {
          gradients.put(name, tensor.detach().clone().zero_());
          first.put(name, tensor.detach().clone().zero_());
          second.put(name, tensor.detach().clone().zero_());
        });
  }

  /** First moments by parameter. */
  SortedMap<String, Tensor> first() {
    return first;
  }

  /** Second moments by parameter. */
  SortedMap<String, Tensor> second() {
    return second;
  }

  /** Adds the gradients of a part of the batch, in the order of the parameters' names. */
  void add(List<Tensor> part) {
    Iterator<Tensor> next = part.iterator();
    try (PointerScope scope = new PointerScope()) {
      gradients.values().forEach(sum -> sum.add_(next.next()));
    }
  }

  /** Norm of all gradients together. */
  double gradientNorm() {
    double sum = 0;
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      for (Tensor gradient : gradients.values()) {
        sum += gradient.square().sum().item_double();
      }
    }
    return Math.sqrt(sum);
  }

  /**
   * One update; the gradients are zero afterwards.
   *
   * @param step from 1
   */
  void update(long step, double learningRate, double gradientNorm) {
    double clip = gradientNorm > largestNorm ? largestNorm / gradientNorm : 1;
    double firstCorrection = 1 - Math.pow(FIRST_DECAY, step);
    double secondCorrection = Math.sqrt(1 - Math.pow(SECOND_DECAY, step));
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      parameters.forEach(
          (name, parameter) -> {
            Tensor gradient = gradients.get(name);
            gradient.mul_(new Scalar(clip));
            Tensor m = first.get(name);
            Tensor v = second.get(name);
            m.mul_(new Scalar(FIRST_DECAY)).add_(gradient, new Scalar(1 - FIRST_DECAY));
            v.mul_(new Scalar(SECOND_DECAY))
                .addcmul_(gradient, gradient, new Scalar(1 - SECOND_DECAY));
            Tensor divisor =
                torch.sqrt(v).div(new Scalar(secondCorrection)).add(new Scalar(EPSILON));
            parameter.mul_(new Scalar(1 - learningRate * weightDecay));
            parameter.addcdiv_(m, divisor, new Scalar(-learningRate / firstCorrection));
            gradient.zero_();
          });
    }
  }
}
