"use strict";
// Draws the charts of a cmgsim report with uPlot: zoom, values in civil time, disruptions shaded.
(() => {
  const { charts, palettes } = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const printing = matchMedia("print");
  let chosen = null;
  let isPrinting = false;
  const isDark = () => !isPrinting && !printing.matches && (chosen ?? prefersDark.matches);

  const digits = (value, most) =>
    value.toLocaleString("en-US", { maximumSignificantDigits: most, useGrouping: true });
  const duration = (value) => {
    const size = Math.abs(value);
    if (size === 0) return "0 s";
    if (size < 1e-3) return digits(value * 1e6, 3) + " us";
    if (size < 1) return digits(value * 1e3, 3) + " ms";
    if (size < 100) return digits(value, 3) + " s";
    if (size < 3600) return digits(value / 60, 3) + " min";
    if (size < 172800) return digits(value / 3600, 3) + " h";
    return digits(value / 86400, 3) + " d";
  };
  const bytes = (value) => {
    const units = ["B", "KB", "MB", "GB", "TB", "PB"];
    let place = 0;
    while (Math.abs(value) >= 999.5 && place + 1 < units.length) { value /= 1000; place += 1; }
    return digits(value, 3) + " " + units[place];
  };
  const writers = {
    number: (value) => digits(value, 4),
    seconds: duration,
    share: (value) => digits(100 * value, 4) + " %",
    bytes,
    civil: (value) => civil(value),
    name: (value) => digits(value, 4),
  };
  const write = (unit, value) => (value == null || Number.isNaN(value) ? "-" : writers[unit](value));

  // Places on an axis of civil time are seconds by the clocks at the start; after a clock change they
  // are ahead of them or behind.
  const shown = (chart, seconds) => {
    let ahead = 0;
    for (const [from, by] of chart.changes) if (seconds >= from) ahead = by;
    return seconds + ahead;
  };

  // Civil times of the scenario are shown as if they were UTC.
  const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const civil = (seconds) => {
    const at = new Date(Math.round(seconds) * 1000);
    return days[at.getUTCDay()] + " " + at.toISOString().slice(0, 19).replace("T", " ");
  };

  // At a tick: the time, with the day where one begins.
  const tick = (seconds, isFirst, step) => {
    const at = new Date(Math.round(seconds) * 1000);
    const day = `${days[at.getUTCDay()]} ${at.getUTCDate()} ${months[at.getUTCMonth()]}`;
    if (step >= 86400) return day;
    const time = at.toISOString().slice(11, step < 60 ? 19 : 16);
    return isFirst || seconds % 86400 === 0 ? `${time}\n${day}` : time;
  };

  // Lengths of time that read well, not too many of them.
  const times = [
    ...[-9, -8, -7, -6, -5, -4, -3, -2, -1, 0].flatMap((power) => [1, 3].map((part) => part * 10 ** power)),
    10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 172800, 604800, 2419200,
  ];
  const timesBetween = (least, greatest) => {
    const found = times.filter((time) => time >= least * 0.999 && time <= greatest * 1.001);
    const every = Math.ceil(found.length / 8);
    return found.filter((time, place) => place % every === 0);
  };

  // Nines: 0, 90, 99, 99.9 % are equally far apart.
  const toNines = (share) => -Math.log10(Math.max(1 - share, 1e-12));
  const fromNines = (nines) => 1 - Math.pow(10, -nines);
  const nineTicks = [0, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999, 0.999999];

  const place = (chart, value) => {
    if (chart.x.unit === "civil") return chart.origin + value;
    return chart.x.scale === "nines" ? toNines(value) : value;
  };
  const placeText = (chart, value) => {
    if (chart.x.unit === "civil") return civil(shown(chart, value));
    return write(chart.x.unit, chart.x.scale === "nines" ? fromNines(value) : value);
  };

  const background = (chart, palette) => (u) => {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    const labels = [...new Set(chart.shades.map((shade) => shade.label))];
    for (const shade of chart.shades) {
      const left = u.valToPos(place(chart, shade.from), "x", true);
      const right = u.valToPos(place(chart, shade.to), "x", true);
      ctx.fillStyle = palette.shades[labels.indexOf(shade.label) % palette.shades.length];
      ctx.fillRect(left, bbox.top, Math.max(right - left, devicePixelRatio), bbox.height);
    }
    ctx.restore();
  };

  const foreground = (chart, palette) => (u) => {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.font = `${12 * devicePixelRatio}px ${getComputedStyle(document.body).fontFamily}`;
    for (const limit of chart.limits) {
      const y = u.valToPos(limit.at, "y", true);
      if (!(y >= bbox.top && y <= bbox.top + bbox.height)) continue;
      ctx.strokeStyle = ctx.fillStyle = limit.is_mark ? palette.ink : palette.limit;
      ctx.lineWidth = devicePixelRatio * (limit.is_mark ? 1 : 1.5);
      ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      ctx.textAlign = "right";
      ctx.textBaseline = "bottom";
      ctx.fillText(limit.label, bbox.left + bbox.width - 4, y - 2 * devicePixelRatio);
    }
    ctx.restore();
  };

  const scaleOfY = (chart) => {
    if (chart.y.scale === "logarithmic") return { distr: 3 };
    const limits = chart.limits.map((limit) => limit.at);
    return {
      range: (u, least, greatest) => {
        if (least == null) return [0, 1];
        // A limit in sight belongs into the picture.
        const near = limits.filter((at) => at <= 4 * greatest);
        const top = Math.max(greatest, ...near);
        return [0, top > 0 ? 1.06 * top : 1];
      },
    };
  };

  const axes = (chart, palette) => {
    const common = {
      stroke: palette.ink,
      font: `12px ${getComputedStyle(document.body).fontFamily}`,
      labelFont: `12px ${getComputedStyle(document.body).fontFamily}`,
      grid: { stroke: palette.grid, width: 1 },
      ticks: { stroke: palette.grid, width: 1 },
    };
    const x = { ...common, label: chart.x.label, labelSize: 20 };
    if (chart.x.unit === "civil") {
      x.values = (u, splits, axis, space, step) => 
        splits.map((at, index) => tick(shown(chart, at), index === 0, step));
    } else if (chart.x.scale === "nines") {
      x.splits = (u, axis, least, greatest) =>
        nineTicks.map(toNines).filter((nines) => nines >= least - 1e-9 && nines <= greatest + 1e-9);
      x.values = (u, splits) => splits.map((nines) => write("share", fromNines(nines)));
    } else {
      x.values = (u, splits) => splits.map((value) => write(chart.x.unit, value));
      // There is no half instance.
      if (chart.x.unit === "number" && chart.places.every(Number.isInteger)) {
        x.incrs = [0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((power) => [1, 2, 5].map((part) => part * 10 ** power));
      }
    }
    const y = { ...common, label: chart.y.label, labelSize: 20, size: 74 };
    y.values = (u, splits) => splits.map((value) => (value == null ? "" : write(chart.y.unit, value)));
    if (chart.y.scale === "logarithmic") {
      y.splits = (u, axis, least, greatest) => timesBetween(least, greatest);
      y.filter = (u, splits) => splits;
    }
    return [x, y];
  };

  const series = (chart, palette) => {
    const all = [{ label: chart.x.unit === "civil" ? "time" : chart.x.label,
      value: (u, value) => (value == null ? "-" : placeText(chart, value)) }];
    const data = [chart.places.map((value) => place(chart, value))];
    const bands = [];
    const value = (u, found) => write(chart.y.unit, found);
    for (const band of chart.bands) {
      const look = palette.lines[band.style % palette.lines.length];
      const edge = (label) => ({ label, value, stroke: look.colour, width: 0.5, points: { show: false } });
      all.push(edge(band.label + ": highest"), edge(band.label + ": lowest"));
      data.push(band.high, band.low);
      bands.push({ series: [all.length - 2, all.length - 1], fill: look.colour + "33" });
    }
    for (const line of chart.series) {
      const look = palette.lines[line.style % palette.lines.length];
      all.push({ label: line.label, value, stroke: look.colour, width: 1.8 * line.width,
        dash: look.dash, points: { show: chart.places.length < 3 } });
      data.push(line.values);
    }
    return { all, data, bands };
  };

  const draw = (holder) => {
    const chart = charts[Number(holder.dataset.chart)];
    const palette = isDark() ? palettes.dark : palettes.light;
    const { all, data, bands } = series(chart, palette);
    const options = {
      width: Math.max(holder.clientWidth, 280),
      height: 300,
      tzDate: (seconds) => uPlot.tzDate(new Date(shown(chart, seconds) * 1e3), "Etc/UTC"),
      series: all,
      bands,
      axes: axes(chart, palette),
      scales: { x: { time: chart.x.unit === "civil" }, y: scaleOfY(chart) },
      cursor: { sync: chart.x.unit === "civil" ? { key: "civil", setSeries: false } : undefined },
      hooks: { drawClear: [background(chart, palette)], draw: [foreground(chart, palette)] },
    };
    holder.plot?.destroy();
    holder.plot = new uPlot(options, data, holder);
    holder.chart = chart;
    const named = [...new Set(chart.shades.map((shade) => shade.label))];
    legend(holder, named, palette);
  };

  // The legend can be worked with the keyboard, and tells what is shaded.
  const legend = (holder, shades, palette) => {
    const table = holder.querySelector(".u-legend");
    for (const row of [...table.querySelectorAll(".u-series")].slice(1)) {
      const label = row.querySelector("th");
      label.tabIndex = 0;
      label.setAttribute("role", "button");
      label.setAttribute("aria-pressed", "true");
      label.addEventListener("click", () =>
        label.setAttribute("aria-pressed", String(!row.classList.contains("u-off"))));
      label.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); label.click(); }
        event.stopPropagation();
      });
    }
    shades.forEach((text, index) => {
      const row = table.insertRow();
      row.className = "shade";
      const cell = row.insertCell();
      const swatch = document.createElement("span");
      swatch.style.cssText = "display:inline-block;width:1rem;height:1rem;margin-right:4px;" +
        `vertical-align:middle;background:${palette.shades[index % palette.shades.length]}`;
      cell.append(swatch, text);
    });
  };

  // Arrow keys move the cursor and read the values aloud.
  const read = (holder, event) => {
    const steps = { ArrowRight: 1, ArrowLeft: -1, PageUp: -20, PageDown: 20 };
    const { plot, chart } = holder;
    const count = plot.data[0].length;
    if (event.key === "Escape") { plot.setData(plot.data); return; }
    if (!(event.key in steps) && event.key !== "Home" && event.key !== "End") return;
    event.preventDefault();
    const now = plot.cursor.idx ?? -1;
    const next = event.key === "Home" ? 0 : event.key === "End" ? count - 1 : now + steps[event.key];
    const index = Math.min(Math.max(next, 0), count - 1);
    const x = plot.data[0][index];
    plot.setCursor({ left: plot.valToPos(x, "x"), top: plot.over.clientHeight / 2 });
    const values = plot.series.slice(1).map((one, place) =>
      one.show ? `${one.label} ${write(chart.y.unit, plot.data[place + 1][index])}` : null);
    holder.parentElement.querySelector(".reading").textContent =
      `${placeText(chart, x)}: ${values.filter(Boolean).join(", ")}`;
  };

  const holders = [...document.querySelectorAll(".plot")];
  const redraw = () => {
    root.dataset.theme = isDark() ? "dark" : "light";
    const button = document.getElementById("theme");
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-pressed", String(isDark()));
    holders.filter((holder) => holder.plot || !lazy).forEach(draw);
  };

  // Charts are drawn when they come into sight, all of them before printing.
  const lazy = "IntersectionObserver" in window;
  for (const holder of holders) holder.addEventListener("keydown", (event) => read(holder, event));
  if (lazy) {
    const seen = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting && !entry.target.plot) draw(entry.target);
      }
    }, { rootMargin: "400px" });
    holders.forEach((holder) => seen.observe(holder));
  }
  document.getElementById("theme").addEventListener("click", () => { chosen = !isDark(); redraw(); });
  prefersDark.addEventListener("change", redraw);
  const print = (now) => {
    isPrinting = now;
    redraw();
    holders.forEach(draw);
  };
  window.addEventListener("beforeprint", () => print(true));
  window.addEventListener("afterprint", () => print(false));
  let width = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    for (const holder of holders) {
      holder.plot?.setSize({ width: Math.max(holder.clientWidth, 280), height: 300 });
    }
  });

  // Tables that can be searched.
  for (const search of document.querySelectorAll(".search")) {
    const rows = [...search.querySelectorAll("tbody tr")];
    const count = search.querySelector(".count");
    const show = (text) => {
      const words = text.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const found = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => found.includes(word));
        shown += row.hidden ? 0 : 1;
      }
      count.textContent = `${shown} of ${rows.length}`;
    };
    search.querySelector("input").addEventListener("input", (event) => show(event.target.value));
    show("");
  }
  redraw();
})();
