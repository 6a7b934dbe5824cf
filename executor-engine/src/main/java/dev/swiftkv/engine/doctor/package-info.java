/**
 * What {@code swiftkv doctor} finds out: what this machine and this build have, which devices can
 * be used and why not, and whether those that can compute the same as plain Java.
 *
 * <p>Kinds of device tell their own facts ({@link dev.swiftkv.kernels.BackendProvider#facts()}), so
 * that nothing here knows one by name.
 */
package dev.swiftkv.engine.doctor;
