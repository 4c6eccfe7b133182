extension ReportPage {
  /// The page's one style sheet. The script takes the colours of the charts from it.
  static let style = """
    :root {
      color-scheme: light dark;
      --ground: #fbfbf9; --surface: #ffffff; --ink: #1b1d21; --muted: #5f656e; --rule: #e3e3de;
      --accent: #0a5c9e; --right: #00795a; --wrong: #b3400a; --tint: 0.3; --shade: #0003;
      \(Palette.properties(Palette.light))
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --ground: #111315; --surface: #181b1e; --ink: #e9eaec; --muted: #9ba2ab; --rule: #2c3035;
        --accent: #7dbcf0; --right: #3ecaa0; --wrong: #ff9a62; --tint: 0.42; --shade: #fff4;
        \(Palette.properties(Palette.dark))
      }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
    body {
      margin: 0 auto; padding: 0 clamp(1.1rem, 4vw, 3rem) 5rem; max-width: 74rem;
      background: var(--ground); color: var(--ink);
      font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
      font-synthesis: none; overflow-wrap: break-word;
    }
    h1, h2, h3 { line-height: 1.2; text-wrap: balance; margin: 0; }
    h1 { font-size: clamp(1.9rem, 1.2rem + 3vw, 3rem); font-weight: 650; letter-spacing: -0.022em; }
    h2 { font-size: 1.45rem; font-weight: 640; letter-spacing: -0.012em; margin-bottom: 1.1rem; }
    h3 { font-size: 1rem; font-weight: 620; }
    p { margin: 0 0 1em; max-width: 42rem; text-wrap: pretty; }
    code, pre { font: 0.88em/1.55 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
    code { padding: 0.1em 0.3em; border-radius: 4px; background: var(--rule); }
    a { color: var(--accent); text-underline-offset: 0.2em; }
    :focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 3px; }

    header { padding-top: clamp(1.6rem, 4vw, 3.2rem); }
    .brand {
      display: flex; align-items: center; gap: 0.55rem; margin-bottom: clamp(1.6rem, 4vw, 2.8rem);
      color: var(--muted); font-weight: 600; letter-spacing: 0.01em;
    }
    .brand svg { width: 1.9rem; fill: none; stroke: var(--accent); stroke-width: 1.7; }
    .subtitle {
      margin: 0.8rem 0 0; color: var(--muted); font-size: clamp(1rem, 0.95rem + 0.4vw, 1.15rem);
    }
    .headlines {
      display: grid; grid-template-columns: repeat(auto-fit, minmax(min(9.5rem, 100%), 1fr));
      gap: 1.6rem 2rem; margin: clamp(1.8rem, 4vw, 2.8rem) 0 0; padding-top: 1.4rem;
      border-top: 1px solid var(--rule);
    }
    .headlines div { display: flex; flex-direction: column; }
    .headlines dt { font-size: 0.94rem; line-height: 1.35; }
    .headlines dd { margin: 0.2rem 0 0; color: var(--muted); font-size: 0.85rem; line-height: 1.35; }
    .headlines .value {
      order: -1; margin: 0 0 0.35rem; color: var(--ink); font-weight: 620;
      font-size: clamp(1.7rem, 1.4rem + 1.4vw, 2.4rem); line-height: 1.1;
      letter-spacing: -0.02em; font-variant-numeric: tabular-nums;
    }
    nav { display: flex; flex-wrap: wrap; gap: 0.3rem 1.4rem; margin-top: 2rem; }
    nav a { font-size: 0.94rem; text-decoration: none; }
    nav a:hover { text-decoration: underline; }
    section { margin-top: clamp(2.6rem, 6vw, 4rem); scroll-margin-top: 1.5rem; }
    section > :last-child { margin-bottom: 0; }
    \(tableStyle)
    \(figureStyle)
    """

  private static let tableStyle = """
    /* A shade at an edge says that the table goes on there; the covers scroll with the table. */
    .table > div {
      overflow-x: auto;
      background:
        linear-gradient(to right, var(--ground) 40%, transparent) left / 3rem 100% local no-repeat,
        linear-gradient(to left, var(--ground) 40%, transparent) right / 3rem 100% local no-repeat,
        linear-gradient(to right, var(--shade), transparent) left / 1.1rem 100% no-repeat,
        linear-gradient(to left, var(--shade), transparent) right / 1.1rem 100% no-repeat;
    }
    .table figcaption { margin-top: 0.7rem; color: var(--muted); font-size: 0.88rem; }
    table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
    th, td { padding: 0.62rem 0 0.62rem 1.4rem; border-bottom: 1px solid var(--rule); }
    th:first-child, td:first-child { padding-left: 0; }
    thead th {
      color: var(--muted); font-size: 0.85rem; font-weight: 560; line-height: 1.3;
      vertical-align: bottom; border-bottom-color: var(--muted);
    }
    tbody th { font-weight: 520; min-width: 9rem; }
    tr > :first-child { position: sticky; left: 0; background: var(--ground); }
    td small { color: var(--muted); font-size: 0.8rem; white-space: nowrap; }
    td strong { font-weight: 700; }
    .leading { text-align: left; } .center { text-align: center; } .trailing { text-align: right; }
    @media (max-width: 40rem) { td small { display: block; } tbody th { min-width: 7.5rem; } }
    .note {
      margin: 0 0 1.6rem; padding: 0.2rem 0 0.2rem 1.1rem; border-left: 3px solid var(--accent);
    }
    .note p:last-child { margin-bottom: 0; }
    details { margin: 0 0 1.2rem; }
    summary { cursor: pointer; color: var(--accent); }
    pre {
      overflow-x: auto; padding: 1rem 1.2rem; border: 1px solid var(--rule); border-radius: 8px;
      background: var(--surface);
    }
    """

  private static let figureStyle = """
    figure { margin: 0 0 2.2rem; min-width: 0; }
    figcaption p { margin: 0.25rem 0 0.7rem; color: var(--muted); font-size: 0.9rem;
      line-height: 1.45; }
    .chart { width: 100%; min-height: 8rem; }
    .chart.vega-embed.has-actions { display: block; padding-right: 0; }
    .chart svg { display: block; max-width: 100%; }
    .chart .mark-rect path { shape-rendering: crispEdges; }
    .chart.vega-embed details { margin: 0; }
    .chart.vega-embed summary { top: -0.4rem; box-shadow: none; background: var(--surface);
      border-color: var(--rule); color: var(--muted); }
    .chart.vega-embed .vega-actions { background: var(--surface); border-color: var(--rule); }
    .chart.vega-embed .vega-actions a { color: var(--ink); }
    .chart.vega-embed .vega-actions a:hover { background: var(--rule); color: var(--ink); }
    .grid {
      display: grid; gap: 2rem 2.2rem; margin-bottom: 2.2rem;
      grid-template-columns: repeat(auto-fit, minmax(min(19rem, 100%), 1fr));
    }
    .grid > *, .grid > .legend { margin: 0; }
    .legend, .gallery { list-style: none; margin: 0 0 1.6rem; padding: 0; display: flex;
      flex-wrap: wrap; }
    .legend { grid-column: 1 / -1; gap: 0.3rem 1.3rem; font-size: 0.9rem; }
    .legend span { display: inline-block; width: 0.75em; height: 0.75em; margin-right: 0.5em;
      border-radius: 50%; }
    .gallery { gap: 1.6rem clamp(1.1rem, 3vw, 2.4rem); }
    .gallery h3 { margin-bottom: 0.5rem; font-size: 0.9rem; }
    .pictures { display: flex; gap: 0.6rem; }
    .gallery figure { margin: 0; width: clamp(4.6rem, 20vw, 5.6rem); }
    .gallery img { display: block; width: 100%; height: auto; image-rendering: pixelated;
      border-radius: 6px; outline: 1px solid var(--rule); outline-offset: -1px; }
    .gallery figcaption { margin-top: 0.35rem; color: var(--muted); font-size: 0.8rem;
      line-height: 1.35; }
    .gallery b { display: block; color: var(--ink); font-weight: 600; }
    .right { color: var(--right); } .wrong { color: var(--wrong); }
    #vg-tooltip-element.vg-tooltip { font-family: inherit; font-size: 12px;
      font-variant-numeric: tabular-nums; background: var(--surface); color: var(--ink);
      border-color: var(--rule); }
    #vg-tooltip-element.vg-tooltip td.key { color: var(--muted); }
    #vg-tooltip-element.vg-tooltip td { border: 0; padding: 1px 4px; }
    @media print {
      nav, .chart summary { display: none; } section, figure, .gallery li { break-inside: avoid; }
    }
    """
}
