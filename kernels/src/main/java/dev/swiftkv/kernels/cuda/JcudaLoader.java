package dev.swiftkv.kernels.cuda;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.nio.file.Path;
import jcuda.Pointer;
import jcuda.driver.JCudaDriver;

/**
 * Initialises JCuda with its native library in a folder of our choice.
 *
 * <p>JCuda's {@code LibUtils} looks in {@code java.io.tmpdir}, under a fixed name, and loads what
 * lies there. That folder is shared with other users, and the property with all threads of this
 * JVM, so neither can be used. Before JCuda needs that class, it is defined here from its own
 * bytes, with the name of the property exchanged for one that nobody else reads.
 */
final class JcudaLoader {
  private static final String PROPERTY_READ_BY_JCUDA = "java.io.tmpdir";

  private static final int CLASS_HEADER_BYTES = 8;
  private static final int UTF8 = 1;
  private static final int LONG = 5;
  private static final int DOUBLE = 6;

  private JcudaLoader() {}

  /**
   * Loads the library.
   *
   * @param folder that holds the library under the name JCuda gives it, and has a name of its own
   * @throws LinkageError if it cannot be loaded
   */
  static void load(Path folder) throws IOException {
    String property = "swiftkv.jcuda." + folder.getFileName();
    defineLibUtils(property);
    System.setProperty(property, folder.toString());
    try {
      JCudaDriver.setExceptionsEnabled(false);
    } finally {
      System.clearProperty(property);
    }
  }

  private static void defineLibUtils(String property) throws IOException {
    try (InputStream original = Pointer.class.getResourceAsStream("LibUtils.class")) {
      if (original == null) {
        throw new IOException("JCuda has no class LibUtils; use JCuda 12.6.0");
      }
      byte[] changed = exchangeConstant(original.readAllBytes(), property);
      MethodHandles.privateLookupIn(Pointer.class, MethodHandles.lookup()).defineClass(changed);
    } catch (IllegalAccessException e) {
      throw new IOException("JCuda lies in a module that is closed to us", e);
    } catch (LinkageError e) {
      // Somebody else has used JCuda in this JVM: then its library is loaded, or nobody can.
      return;
    }
  }

  /** A class with another constant in place of the one string; JVM specification, section 4.4. */
  private static byte[] exchangeConstant(byte[] original, String replacement) throws IOException {
    ByteArrayOutputStream changed = new ByteArrayOutputStream(original.length + 64);
    DataOutputStream out = new DataOutputStream(changed);
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(original));
    out.write(in.readNBytes(CLASS_HEADER_BYTES));
    int constants = in.readUnsignedShort();
    out.writeShort(constants);
    int exchanged = 0;
    for (int i = 1; i < constants; i++) {
      int tag = in.readUnsignedByte();
      out.writeByte(tag);
      if (tag == UTF8) {
        String text = in.readUTF();
        boolean isProperty = text.equals(PROPERTY_READ_BY_JCUDA);
        exchanged += isProperty ? 1 : 0;
        out.writeUTF(isProperty ? replacement : text);
      } else {
        out.write(in.readNBytes(contentBytes(tag)));
      }
      i += tag == LONG || tag == DOUBLE ? 1 : 0; // takes up two entries
    }
    if (exchanged != 1) {
      throw new IOException("JCuda looks for its library in a way of its own; use JCuda 12.6.0");
    }
    in.transferTo(out);
    return changed.toByteArray();
  }

  private static int contentBytes(int tag) throws IOException {
    return switch (tag) {
      case 7, 8, 16, 19, 20 -> 2; // class, string, method type, module, package
      case 15 -> 3; // method handle
      case 3, 4, 9, 10, 11, 12, 17, 18 -> 4; // numbers and pairs of indices
      case LONG, DOUBLE -> 8;
      default -> throw new IOException("unknown constant %d in a class of JCuda".formatted(tag));
    };
  }
}
