extension ReportPage {
  /// Runs before all else and keeps count of whatever goes wrong on the page.
  static let errorScript = """
    {
      const root = document.documentElement;
      const errors = [];
      const note = message => {
        errors.push(String(message));
        root.dataset.errors = errors.length;
        root.dataset.errorLog = errors.join("\\n");
      };
      addEventListener("error", event => note(event.message));
      addEventListener("unhandledrejection", event => note(event.reason));
      addEventListener("securitypolicyviolation", event => note(
        "the page asked for " + event.blockedURI));
      const report = console.error;
      console.error = (...words) => { note(words.join(" ")); report.apply(console, words); };
    }
    """

  /// Draws every chart in the colours of the page, and again when these or the width change.
  static let chartScript = """
    const root = document.documentElement;
    const charts = [...document.querySelectorAll(".chart")].map(element => ({
      element, spec: JSON.parse(element.nextElementSibling.textContent), view: null,
    }));
    const dark = matchMedia("(prefers-color-scheme: dark)");

    /// A colour between two, `share` of the way from `ground` to `color`.
    const mix = (color, ground, share) => "#" + [1, 3, 5].map(at => {
      const [a, b] = [color, ground].map(hex => parseInt(hex.slice(at, at + 2), 16));
      return Math.round(b + share * (a - b)).toString(16).padStart(2, "0");
    }).join("");

    const theme = (width, columns) => {
      const style = getComputedStyle(root);
      const get = name => style.getPropertyValue(name).trim();
      const [ground, ink, muted, rule] = ["--ground", "--ink", "--muted", "--rule"].map(get);
      const colors = [];
      for (let i = 0; get("--class-" + i); i += 1) colors.push(get("--class-" + i));
      const font = getComputedStyle(document.body).fontFamily;
      const narrow = width < 560;
      return {
        font, background: ground, padding: 2, mark: { aria: false, tooltip: true },
        range: { category: colors, regions: colors.map(c => mix(c, ground, get("--tint"))) },
        style: { ink: { color: ink }, outlined: { stroke: ground } },
        view: { stroke: null },
        line: { strokeWidth: 1.8, strokeJoin: "round", strokeCap: "round" },
        bar: { cornerRadiusEnd: 2 },
        axis: {
          labelColor: muted, titleColor: muted, labelFontSize: 11.5, titleFontSize: 12,
          titleFontWeight: 500, titlePadding: 8, gridColor: rule, domainColor: rule,
          tickColor: rule, tickSize: 4, labelPadding: 5, labelLimit: narrow ? 110 : 220,
        },
        axisX: {
          grid: false, tickCount: narrow ? 5 : 8, labelFlush: true, labelSeparation: 8,
        },
        axisY: { domain: false, ticks: false, tickCount: 5, minExtent: 34 },
        legend: {
          orient: "top", columns, title: null, labelColor: ink,
          labelFontSize: 12, labelLimit: width - 40, symbolStrokeWidth: 2.5,
          symbolSize: 90, symbolOpacity: 1, rowPadding: 5, columnPadding: 18, offset: 14,
          // From the right edge a long name may reach over the labels of the other axis.
          layout: { anchor: narrow ? "end" : "start" },
        },
      };
    };

    /// How many items the chart shows; those that are wholly transparent do not count.
    const count = mark => mark.items.reduce((sum, item) => sum + (mark.marktype === "group"
      ? item.items.reduce((inner, child) => inner + count(child), 0)
      : Number(mark.role === "mark" && item.opacity !== 0)), 0);

    /// How many entries of the legend stand side by side.
    const pen = document.createElement("canvas").getContext("2d");
    const legendColumns = (spec, width) => {
      const names = spec.encoding?.color?.scale?.domain ?? [];
      pen.font = "12px " + getComputedStyle(document.body).fontFamily;
      const longest = Math.max(...names.map(name => pen.measureText(name).width), 1) + 40;
      return Math.max(1, Math.floor(width / longest));
    };

    const draw = async chart => {
      const { element } = chart;
      const width = element.clientWidth;
      const spec = { ...chart.spec };
      if (element.dataset.aspect) {
        spec.width = Math.max(120, width - 48);
        spec.height = Math.round(spec.width * element.dataset.aspect);
      }
      chart.view?.finalize();
      chart.view = await vegaEmbed(element, spec, {
        mode: "vega-lite", renderer: "svg", hover: false,
        config: theme(width, legendColumns(spec, width)),
        tooltip: { theme: "custom" }, downloadFileName: "basin-chart",
        actions: { export: true, source: false, compiled: false, editor: false },
      });
      element.dataset.marks = count(chart.view.view.scenegraph().root);
    };

    const drawAll = async () => {
      const results = await Promise.allSettled(charts.map(draw));
      const failures = results.filter(result => result.status === "rejected");
      failures.forEach(failure => console.error(failure.reason));
      root.dataset.charts = failures.length ? "failed" : "rendered";
    };

    let latest = drawAll();
    const redraw = () => { latest = latest.then(drawAll); };
    dark.addEventListener("change", redraw);
    let width = innerWidth, pause;
    addEventListener("resize", () => {
      clearTimeout(pause);
      pause = setTimeout(() => {
        if (innerWidth !== width) { width = innerWidth; redraw(); }
      }, 200);
    });
    """
}
