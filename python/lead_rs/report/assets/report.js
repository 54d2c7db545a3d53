"use strict";
// Draws each panel of the page's data with uPlot, as wide as its place is, in the colours of the page.
(() => {
  const panels = JSON.parse(document.getElementById("curves").textContent);
  const DASHES = [undefined, [8, 4], [2, 4], [10, 4, 2, 4]];
  const BORDERS = ["solid", "dashed", "dotted", "dashed"];
  const HEIGHT = 260;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const number = (_, value) => (value == null ? "-" : String(Number(value.toPrecision(4))));

  const ink = (curve) => colour(`--run${curve.run}`) + (curve.faint || curve.edge ? "60" : "");

  const series = (curve) => ({
    label: curve.label,
    stroke: curve.edge ? "transparent" : ink(curve),
    width: curve.edge ? 0 : curve.faint ? 1 : 2,
    dash: DASHES[curve.kind],
    spanGaps: true,
    points: curve.edge ? { show: false } : { fill: colour("--page"), size: 7, ...(curve.points && { show: true }) },
    value: number,
  });

  // A line at 0, where 0 is in sight.
  const zero = (plot) => {
    const y = plot.valToPos(0, "y", true);
    const { left, top, width, height } = plot.bbox;
    if (y < top || y > top + height) return;
    plot.ctx.fillStyle = colour("--soft");
    plot.ctx.fillRect(left, y, width, 1);
  };

  const options = (panel, width) => ({
    width,
    height: HEIGHT,
    cursor: { sync: { key: "steps" }, drag: { x: true, y: false } },
    legend: {
      markers: {
        width: 2,
        stroke: (_, i) => ink(panel.curves[i - 1]),
        dash: (_, i) => BORDERS[panel.curves[i - 1].kind],
      },
    },
    scales: { x: { time: false } },
    axes: [34, 60].map((size) => ({
      size,
      stroke: colour("--soft"),
      grid: { stroke: colour("--rule"), width: 1 },
      ticks: { stroke: colour("--rule"), width: 1 },
    })),
    hooks: { drawAxes: panel.zero ? [zero] : [] },
    series: [{ label: "step" }, ...panel.curves.map(series)],
    bands: panel.bands.map(([low, high]) => ({
      series: [high + 1, low + 1],
      fill: `${colour(`--run${panel.curves[low].run}`)}2e`,
    })),
  });

  const shown = panels.map((panel) => {
    const place = document.getElementById(panel.name);
    let plot = null;
    const draw = (anew) => {
      const width = place.clientWidth;
      if (!width) return; // folded away
      if (plot && !anew) {
        if (plot.width !== width) plot.setSize({ width, height: HEIGHT });
        return;
      }
      plot?.destroy();
      plot = new uPlot(options(panel, width), [panel.steps, ...panel.curves.map((c) => c.values)], place);
    };
    draw(false);
    new ResizeObserver(() => requestAnimationFrame(() => draw(false))).observe(place);
    return draw;
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => shown.forEach((draw) => draw(true)));
})();
