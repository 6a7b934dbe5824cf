package dev.swiftkv;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameStartingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The rules of docs/architecture.md, checked on the compiled classes of every module. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          // Libraries that the one jar carries under other names.
          .withImportOption(location -> !location.contains("/dev/swiftkv/shaded/"))
          .importPackages("dev.swiftkv");

  @Test
  void eachModuleSeesOnlyThoseToItsLeft() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("kernels")
        .definedBy("dev.swiftkv.kernels..")
        .layer("kvcache")
        .definedBy("dev.swiftkv.kvcache..")
        .layer("executor-engine")
        .definedBy("dev.swiftkv.engine..")
        .layer("spark-udf")
        .definedBy("dev.swiftkv.spark..")
        .whereLayer("kvcache")
        .mayOnlyBeAccessedByLayers("executor-engine", "spark-udf")
        .whereLayer("executor-engine")
        .mayOnlyBeAccessedByLayers("spark-udf")
        .whereLayer("spark-udf")
        .mayNotBeAccessedByAnyLayer()
        .check(CLASSES);
  }

  @Test
  void onlySparkUdfHasHeardOfSpark() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.swiftkv.spark..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.spark..", "org.apache.arrow..", "scala..")
        .check(CLASSES);
  }

  /** An executor loads none of libtorch: it is not even on the class path of these tests. */
  @Test
  void libtorchStaysInDistillation() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.swiftkv.distillation..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.swiftkv.distillation..", "org.bytedeco.pytorch..", "org.bytedeco.openblas..")
        .check(CLASSES);
    assertThatThrownBy(() -> Class.forName("org.bytedeco.pytorch.Tensor"))
        .isInstanceOf(ClassNotFoundException.class);
  }

  @Test
  void sparkUdfHasNeverHeardOfATensor() {
    noClasses()
        .that()
        .resideInAPackage("dev.swiftkv.spark..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.swiftkv.kernels..", "dev.swiftkv.kvcache..")
        .check(CLASSES);
  }

  @Test
  void catalystIsTouchedInOnePackage() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.swiftkv.spark.plan..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.spark.sql.catalyst..", "org.apache.spark.sql.execution..")
        .check(CLASSES);
  }

  @Test
  void packagesDoNotDependOnEachOtherInCircles() {
    slices()
        .matching("dev.swiftkv.(**)")
        .should()
        .beFreeOfCycles()
        // The registry of the JVM is where the interface of engines meets its one implementation.
        .ignoreDependency(
            nameStartingWith("dev.swiftkv.engine.EngineRegistry"),
            resideInAPackage("dev.swiftkv.engine.runtime"))
        .check(CLASSES);
  }

  @Test
  void memoryIsAddressedInOneClass() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("dev.swiftkv.kernels.HostMemory")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("sun.misc.Unsafe")
        .check(CLASSES);
  }

  @Test
  void nothingStaticCanChange() {
    fields()
        .that()
        .areStatic()
        .should()
        .beFinal()
        .because("several engines live in one JVM")
        .check(CLASSES);
  }

  @Test
  void theEngineNeedsNoMonitors() {
    noMethods()
        .that()
        .areDeclaredInClassesThat()
        .resideInAnyPackage("dev.swiftkv.engine..", "dev.swiftkv.kvcache..")
        .should()
        .haveModifier(JavaModifier.SYNCHRONIZED)
        .because("one thread owns the state of an engine")
        .check(CLASSES);
  }
}
