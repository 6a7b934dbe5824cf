package dev.swiftkv.engine.config;

/** How the angles of rotary position embedding are stretched for contexts longer than trained. */
public sealed interface RopeScaling {
  /** The types that this build computes, for messages. */
  String SUPPORTED = "default, linear, llama3";

  /**
   * Stretches one frequency.
   *
   * @param frequency radians per position, before scaling
   * @return radians per position, after scaling
   */
  double scale(double frequency);

  /** Angles as trained. */
  record None() implements RopeScaling {
    @Override
    public double scale(double frequency) {
      return frequency;
    }
  }

  /** Position interpolation: every angle divided by {@code factor} (Chen et al., 2023). */
  record Linear(double factor) implements RopeScaling {
    @Override
    public double scale(double frequency) {
      return frequency / factor;
    }
  }

  /**
   * Llama 3.1: long wavelengths are divided by {@code factor}, short ones stay, those between are
   * blended (Meta's {@code apply_scaling}).
   *
   * @param factor divisor of long wavelengths
   * @param lowFrequencyFactor wavelengths above {@code originalContext / this} are divided
   * @param highFrequencyFactor wavelengths below {@code originalContext / this} stay
   * @param originalContext context length of the first training
   */
  record Llama3(
      double factor, double lowFrequencyFactor, double highFrequencyFactor, int originalContext)
      implements RopeScaling {
    @Override
    public double scale(double frequency) {
      double wavelength = 2 * Math.PI / frequency;
      if (wavelength < originalContext / highFrequencyFactor) {
        return frequency;
      }
      if (wavelength > originalContext / lowFrequencyFactor) {
        return frequency / factor;
      }
      double kept =
          (originalContext / wavelength - lowFrequencyFactor)
              / (highFrequencyFactor - lowFrequencyFactor);
      return (1 - kept) * frequency / factor + kept * frequency;
    }
  }
}
