package dev.swiftkv.spark.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

class BarChartTest {
  @Test
  void drawsABarForEachValueInProportion() throws Exception {
    BarChart chart =
        new BarChart(
            "a < b & c",
            List.of("one", "two"),
            List.of("x", "y"),
            new double[][] {{1, 0.5}, {Double.NaN, 0.25}},
            1,
            "%.2f"::formatted);
    Document svg =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(chart.svg())));
    var rectangles = svg.getElementsByTagName("rect");
    // The background, three bars and two boxes of the legend.
    assertThat(rectangles.getLength()).isEqualTo(6);
    double full = height(rectangles.item(1));
    assertThat(height(rectangles.item(2))).isEqualTo(full / 2);
    assertThat(height(rectangles.item(3))).isEqualTo(full / 4);
    assertThat(svg.getDocumentElement().getTextContent())
        .contains("a < b & c", "one", "two", "x", "y", "1.00", "0.50", "0.25")
        .doesNotContain("NaN");
  }

  private static double height(org.w3c.dom.Node rectangle) {
    return Double.parseDouble(((Element) rectangle).getAttribute("height"));
  }
}
