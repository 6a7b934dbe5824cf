package dev.swiftkv.engine.bundle;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Enumeration;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Copies a jar without what only other platforms need, and not compressed: the archive around it
 * compresses better, and native libraries are unpacked faster.
 */
final class JarCopy {
  /** Folders of native libraries that are named after a platform, in the tokenizers and in JNA. */
  private static final Pattern PLATFORM_FOLDER =
      Pattern.compile("(native/lib|com/sun/jna)/([a-z0-9]+-[a-z0-9_-]+)/.*");

  private static final Pattern THIS_PLATFORM = Pattern.compile("linux-x86[-_]64");

  /** Traces of the build, and what only a module path needs. */
  private static final Pattern UNUSED =
      Pattern.compile("META-INF/maven/.*|(META-INF/versions/\\d+/)?module-info\\.class");

  private static final FileTime TIME = FileTime.fromMillis(0);

  private JarCopy() {}

  static void copy(Path jar, Path target) throws IOException {
    try (ZipFile from = new ZipFile(jar.toFile());
        OutputStream file = Files.newOutputStream(target);
        ZipOutputStream to = new ZipOutputStream(file)) {
      to.setMethod(ZipOutputStream.STORED);
      Enumeration<? extends ZipEntry> entries = from.entries();
      while (entries.hasMoreElements()) {
        ZipEntry entry = entries.nextElement();
        if (isNeeded(entry.getName())) {
          copy(from, entry, to);
        }
      }
    }
  }

  /** Whether an entry of a jar is of use on Linux on x86-64. */
  static boolean isNeeded(String name) {
    var folder = PLATFORM_FOLDER.matcher(name);
    boolean isForeign = folder.matches() && !THIS_PLATFORM.matcher(folder.group(2)).matches();
    return !isForeign && !UNUSED.matcher(name).matches();
  }

  private static void copy(ZipFile from, ZipEntry entry, ZipOutputStream to) throws IOException {
    byte[] content = from.getInputStream(entry).readAllBytes();
    CRC32 checksum = new CRC32();
    checksum.update(content);
    ZipEntry stored = new ZipEntry(entry.getName());
    stored.setMethod(ZipEntry.STORED);
    stored.setSize(content.length);
    stored.setCrc(checksum.getValue());
    stored.setLastModifiedTime(TIME);
    to.putNextEntry(stored);
    to.write(content);
    to.closeEntry();
  }
}
