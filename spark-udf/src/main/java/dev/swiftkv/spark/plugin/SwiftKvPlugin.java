package dev.swiftkv.spark.plugin;

import dev.swiftkv.engine.options.EngineOptionList;
import dev.swiftkv.engine.options.GenerationOptionList;
import dev.swiftkv.spark.SparkOptions;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;
import scala.Tuple2;

/**
 * Has every executor load its engine before it takes tasks.
 *
 * <pre>{@code
 * spark-submit --conf spark.plugins=dev.swiftkv.spark.plugin.SwiftKvPlugin \
 *   --conf spark.swiftkv.model=/models/Llama-SwiftKV ...
 * }</pre>
 */
public final class SwiftKvPlugin implements SparkPlugin {
  @Override
  public DriverPlugin driverPlugin() {
    return new Driver();
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new ResidentEngineStarter();
  }

  /** Refuses wrong options before anything starts. */
  private static final class Driver implements DriverPlugin {
    @Override
    public Map<String, String> init(SparkContext context, PluginContext plugin) {
      Map<String, String> settings = new TreeMap<>();
      for (Tuple2<String, String> setting : context.conf().getAll()) {
        if (setting._1().startsWith(SparkOptions.PREFIX)) {
          settings.put(setting._1(), setting._2());
        }
      }
      SparkOptions options = SparkOptions.of(settings);
      GenerationOptionList.parse(options.generation());
      EngineOptionList.parse(Path.of(""), options.engine("").options());
      return settings;
    }
  }
}
