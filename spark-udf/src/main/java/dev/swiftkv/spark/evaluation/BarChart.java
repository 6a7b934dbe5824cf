package dev.swiftkv.spark.evaluation;

import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;

/**
 * Grouped bars as an SVG image.
 *
 * @param title above the bars
 * @param groups names below the groups of bars
 * @param series names of the bars of each group
 * @param values [group][series]; no number leaves the bar out
 * @param top value of the top line, above 0
 * @param label text of a value
 */
record BarChart(
    String title,
    List<String> groups,
    List<String> series,
    double[][] values,
    double top,
    DoubleFunction<String> label) {
  private static final List<String> COLORS =
      List.of("#35618f", "#e58e26", "#3a9d6a", "#a2559c", "#c0392b", "#7f8c8d");

  private static final int BAR = 34;
  private static final int GAP = 28;
  private static final int LEFT = 20;
  private static final int TOP = 62;
  private static final int HEIGHT = 180;

  String svg() {
    int groupWidth = BAR * series.size() + GAP;
    int width = Math.max(420, 2 * LEFT + groupWidth * groups.size());
    int legend = TOP + HEIGHT + 44;
    StringBuilder svg = new StringBuilder();
    line(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"11\">",
        width,
        legend + 18 * series.size());
    line(svg, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>");
    text(svg, LEFT, 24, "start", title, 15);
    line(
        svg,
        "<line x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\" stroke=\"#444\"/>",
        LEFT,
        width - LEFT,
        TOP + HEIGHT,
        TOP + HEIGHT);
    for (int group = 0; group < groups.size(); group++) {
      int x = LEFT + GAP / 2 + group * groupWidth;
      bars(svg, group, x);
      int middle = x + BAR * series.size() / 2;
      text(svg, middle, TOP + HEIGHT + 18, "middle", groups.get(group), 11);
    }
    for (int i = 0; i < series.size(); i++) {
      int y = legend + 18 * i;
      rectangle(svg, LEFT, y - 10, 12, 12, i);
      text(svg, LEFT + 18, y, "start", series.get(i), 11);
    }
    return svg.append("</svg>\n").toString();
  }

  private void bars(StringBuilder svg, int group, int x) {
    for (int i = 0; i < series.size(); i++) {
      double value = values[group][i];
      if (!Double.isNaN(value)) {
        double height = HEIGHT * Math.min(1, Math.max(0, value) / top);
        rectangle(svg, x + i * BAR, TOP + HEIGHT - height, BAR - 4, height, i);
        text(
            svg,
            x + i * BAR + (BAR - 4) / 2.0,
            TOP + HEIGHT - height - 4,
            "middle",
            label.apply(value),
            10);
      }
    }
  }

  private static void rectangle(
      StringBuilder svg, double x, double y, double width, double height, int color) {
    line(
        svg,
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>",
        x,
        y,
        width,
        height,
        COLORS.get(color % COLORS.size()));
  }

  private static void text(
      StringBuilder svg, double x, double y, String anchor, String text, int size) {
    line(
        svg,
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%d\">%s</text>",
        x,
        y,
        anchor,
        size,
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"));
  }

  private static void line(StringBuilder svg, String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
