"use strict";
// Draws the interactive charts of a cmgsim report with uPlot.
(() => {
  const { charts, palettes } = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const printing = matchMedia("print");
  let chosen = null;
  let isPrinting = false;
  // In a series, "" continues the line without a point, and null interrupts the line.
  const points = (values) => values.map((value) => (value === "" ? undefined : value));
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
  const write = (unit, value) => (value == null || Number.isNaN(value) ? "" : writers[unit](value));

  // Civil x values are local times in seconds, computed with the UTC offset at the start of the
  // period. After a clock change, add the change of the offset to get the displayed time.
  const shown = (chart, seconds) => {
    let ahead = 0;
    for (const [from, by] of chart.changes) if (seconds >= from) ahead = by;
    return seconds + ahead;
  };

  // Format civil times as if they were UTC.
  const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const civil = (seconds) => {
    const at = new Date(Math.round(seconds) * 1000);
    return days[at.getUTCDay()] + " " + at.toISOString().slice(0, 19).replace("T", " ");
  };

  // Label ticks with the time; add the date at the first tick and at midnight.
  const tick = (seconds, isFirst, step) => {
    const at = new Date(Math.round(seconds) * 1000);
    const day = `${days[at.getUTCDay()]} ${at.getUTCDate()} ${months[at.getUTCMonth()]}`;
    if (step >= 86400) return day;
    const time = at.toISOString().slice(11, step < 60 ? 19 : 16);
    return isFirst || seconds % 86400 === 0 ? `${time}\n${day}` : time;
  };

  // Candidate ticks of a logarithmic duration axis.
  const times = [
    ...[-9, -8, -7, -6, -5, -4, -3, -2, -1, 0].flatMap((power) => [1, 3].map((part) => part * 10 ** power)),
    10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 172800, 604800, 2419200,
  ];
  const timesBetween = (least, greatest) => {
    const found = times.filter((time) => time >= least * 0.999 && time <= greatest * 1.001);
    const every = Math.ceil(found.length / 8);
    return found.filter((time, place) => place % every === 0);
  };

  // On a scale of nines, 0, 90, 99 and 99.9 % are equally spaced.
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

  const fontOf = () => getComputedStyle(document.body).fontFamily;
  const colourOfShade = (palette, index) => palette.shades[index % palette.shades.length];
  const shadeLabels = (chart) => [...new Set(chart.shades.map((shade) => shade.label))];

  // Shade the duration of each disruption behind the lines.
  const background = (chart, palette) => (u) => {
    const { ctx, bbox } = u;
    const labels = shadeLabels(chart);
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const shade of chart.shades) {
      const left = u.valToPos(place(chart, shade.from), "x", true);
      const right = u.valToPos(place(chart, shade.to), "x", true);
      ctx.fillStyle = colourOfShade(palette, labels.indexOf(shade.label));
      ctx.fillRect(left, bbox.top, Math.max(right - left, devicePixelRatio), bbox.height);
    }
    ctx.restore();
  };

  // Assign each event label to the first row above the plot that has enough space for the label,
  // or to row -1 if no row has enough space. The positions x of the events are in pixels.
  const labelSize = () => (isPrinting ? 9 : 11);
  const ROWS_MAX = 3;
  const ROW = 14;
  const rowsOf = (events, widthOf, right) => {
    const ends = [];
    return events.map(({ x, label }) => {
      const width = widthOf(label);
      const left = Math.max(Math.min(x, right - width), 0);
      for (let row = 0; row < ROWS_MAX; row += 1) {
        if (ends[row] === undefined || ends[row] + 8 < left) {
          ends[row] = left + width;
          return { row, left };
        }
      }
      return { row: -1, left };
    });
  };

  // Draw each event as a vertical line with a label above the plot.
  const drawEvents = (chart, palette, u) => {
    const { ctx, bbox } = u;
    const pixel = u.pxRatio ?? devicePixelRatio;
    const events = chart.events
      .map(({ at, label }) => ({ label, x: u.valToPos(place(chart, at), "x", true) - bbox.left }))
      .filter(({ x }) => x >= 0 && x <= bbox.width);
    ctx.font = `${labelSize() * pixel}px ${fontOf()}`;
    ctx.textAlign = "left";
    ctx.textBaseline = "bottom";
    ctx.fillStyle = ctx.strokeStyle = palette.ink;
    ctx.lineWidth = pixel;
    const rows = rowsOf(events, (label) => ctx.measureText(label).width, bbox.width);
    events.forEach(({ x, label }, index) => {
      const { row, left } = rows[index];
      const top = row < 0 ? bbox.top : bbox.top - (row * ROW + 2) * pixel;
      ctx.globalAlpha = 0.6;
      ctx.setLineDash([2 * pixel, 3 * pixel]);
      ctx.beginPath();
      ctx.moveTo(bbox.left + x, top);
      ctx.lineTo(bbox.left + x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.globalAlpha = 1;
      if (row >= 0) ctx.fillText(label, bbox.left + left, top);
    });
  };

  // Draw limits as horizontal lines; move labels so that they do not overlap.
  const drawLimits = (chart, palette, u) => {
    const { ctx, bbox } = u;
    const pixel = u.pxRatio ?? devicePixelRatio;
    const lines = chart.limits
      .map((limit) => ({ ...limit, y: u.valToPos(limit.at, "y", true) }))
      .filter(({ y }) => y >= bbox.top && y <= bbox.top + bbox.height)
      .sort((one, other) => other.y - one.y);
    ctx.font = `${labelSize() * pixel}px ${fontOf()}`;
    ctx.textAlign = "right";
    ctx.textBaseline = "bottom";
    let free = Infinity;
    for (const { y, label, is_mark } of lines) {
      ctx.strokeStyle = ctx.fillStyle = is_mark ? palette.ink : palette.limit;
      ctx.lineWidth = pixel * (is_mark ? 1 : 1.5);
      ctx.setLineDash([6 * pixel, 4 * pixel]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      let bottom = Math.min(y - 2 * pixel, free);
      // If there is no space above the line, place the label below it.
      if (bottom - 12 * pixel < bbox.top) bottom = y + 14 * pixel;
      else free = bottom - 13 * pixel;
      ctx.fillText(label, bbox.left + bbox.width - 6 * pixel, bottom);
    }
  };

  // Draw labelled points. Place labels at the upper left, where a rising curve leaves space.
  const drawMarks = (chart, palette, u) => {
    const { ctx, bbox } = u;
    const pixel = u.pxRatio ?? devicePixelRatio;
    const taken = [];
    ctx.font = `bold ${11 * pixel}px ${fontOf()}`;
    ctx.textAlign = "left";
    ctx.textBaseline = "bottom";
    ctx.fillStyle = palette.ink;
    for (const mark of chart.marks) {
      const x = u.valToPos(chart.x.scale === "nines" ? toNines(mark.x) : place(chart, mark.x), "x", true);
      const y = u.valToPos(mark.y, "y", true);
      if (!(x >= bbox.left && x <= bbox.left + bbox.width && y >= bbox.top)) continue;
      ctx.beginPath();
      ctx.arc(x, y, 3.5 * pixel, 0, 2 * Math.PI);
      ctx.fill();
      const width = ctx.measureText(mark.label).width;
      const left = Math.max(x - width - 4 * pixel, bbox.left + 2 * pixel);
      let bottom = y - 6 * pixel;
      const collides = () => taken.some((one) => left < one.right && left + width > one.left
        && Math.abs(bottom - one.bottom) < 13 * pixel);
      while (collides()) bottom -= 13 * pixel;
      taken.push({ left, right: left + width, bottom });
      ctx.fillText(mark.label, left, bottom);
    }
  };

  const foreground = (chart, palette) => (u) => {
    u.ctx.save();
    drawLimits(chart, palette, u);
    u.ctx.setLineDash([]);
    drawMarks(chart, palette, u);
    drawEvents(chart, palette, u);
    u.ctx.restore();
  };

  // Reserve space above the plot for event labels.
  const measure = document.createElement("canvas").getContext("2d");
  const roomForEvents = (chart, width) => {
    if (chart.events.length === 0) return 8;
    measure.font = `${labelSize()}px ${fontOf()}`;
    const plot = width - 90;
    const [first, last] = spanOf(chart);
    const events = chart.events.map(({ at, label }) =>
      ({ label, x: plot * (at - first) / (last - first || 1) }));
    const rows = rowsOf(events, (label) => measure.measureText(label).width, plot);
    return 4 + ROW * (1 + Math.max(0, ...rows.map(({ row }) => row)));
  };

  const scaleOfY = (chart) => {
    if (chart.y.scale === "logarithmic") return { distr: 3 };
    const limits = chart.limits.map((limit) => limit.at);
    return {
      range: (u, least, greatest) => {
        if (least == null) return [0, 1];
        // Extend the axis to include each limit that is at most four times the largest value.
        const near = limits.filter((at) => at <= 4 * greatest);
        const top = Math.max(greatest, ...near);
        return [0, top > 0 ? 1.06 * top : 1];
      },
    };
  };

  const axes = (chart, palette, isSmall) => {
    const size = isSmall ? 9 : 12;
    const common = {
      stroke: palette.ink,
      font: `${size}px ${fontOf()}`,
      labelFont: `${isSmall ? 7.5 : 12}px ${fontOf()}`,
      grid: { stroke: palette.grid, width: 1 },
      ticks: { stroke: palette.grid, width: 1 },
      labelSize: isSmall ? 14 : 20,
    };
    const x = { ...common, label: chart.x.label, size: isSmall ? 42 : 50 };
    // A small chart over time needs no axis title, because its ticks show the time and date.
    if (isSmall && chart.x.unit === "civil") delete x.label;
    if (chart.x.unit === "civil") {
      x.values = (u, splits, axis, space, step) =>
        splits.map((at, index) => tick(shown(chart, at), index === 0, step));
    } else if (chart.x.scale === "nines") {
      x.splits = (u, axis, least, greatest) =>
        nineTicks.map(toNines).filter((nines) => nines >= least - 1e-9 && nines <= greatest + 1e-9);
      x.values = (u, splits) => splits.map((nines) => write("share", fromNines(nines)));
    } else {
      x.values = (u, splits) => splits.map((value) => write(chart.x.unit, value));
      // Use integer ticks if all values are integers, such as a number of instances.
      if (chart.x.unit === "number" && chart.places.every(Number.isInteger)) {
        x.incrs = [0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((power) => [1, 2, 5].map((part) => part * 10 ** power));
      }
    }
    const y = { ...common, label: chart.y.label, size: isSmall ? 48 : 70 };
    y.values = (u, splits) => splits.map((value) => (value == null ? "" : write(chart.y.unit, value)));
    if (chart.y.scale === "logarithmic") {
      y.splits = (u, axis, least, greatest) => timesBetween(least, greatest);
      y.filter = (u, splits) => splits;
    }
    return [x, y];
  };

  // A value without neighbours has no line segment: draw it as a point.
  const isolated = (u, index, show) => {
    if (show) return null;
    const values = u.data[index];
    const [from, to] = u.series[0].idxs ?? [0, values.length - 1];
    const neighbour = (at, step) => {
      let next = at + step;
      while (next >= 0 && next < values.length && values[next] === undefined) next += step;
      return values[next];
    };
    const found = [];
    for (let at = from; at <= to; at += 1) {
      if (values[at] != null && neighbour(at, -1) == null && neighbour(at, 1) == null) found.push(at);
    }
    return found.length > 0 ? found : null;
  };
  // Draw a point for every value if uninterrupted runs of values are shorter than three on average.
  const isSparse = (values) => {
    const marked = values.filter((value) => value !== undefined);
    const known = marked.filter((value) => value !== null).length;
    const runs = marked.filter((value, at) => value !== null && marked[at - 1] == null).length;
    return known < 3 * runs;
  };

  const series = (chart, palette) => {
    const all = [{ label: "x", value: (u, value) => {
      if (value == null) return "";
      const text = placeText(chart, value);
      return chart.x.unit === "civil" ? text : `${chart.x.label}: ${text}`;
    } }];
    const data = [chart.places.map((value) => place(chart, value))];
    const bands = [];
    const value = (u, found) => write(chart.y.unit, found);
    for (const band of chart.bands) {
      const look = palette.lines[band.style % palette.lines.length];
      const [high, low] = [points(band.high), points(band.low)];
      const edge = { stroke: look.colour, width: 0.5, points: { show: false } };
      // Use one legend row for both edges of a band.
      const range = (u, found, index, at) => (at == null || low[at] == null ? ""
        : `${write(chart.y.unit, low[at])} to ${write(chart.y.unit, high[at])}`);
      all.push({ ...edge, label: band.label, value: range, class: "band" },
        { ...edge, label: band.label, value, class: "hidden-row" });
      data.push(high, low);
      bands.push({ series: [all.length - 2, all.length - 1], fill: look.colour + "33" });
    }
    for (const line of chart.series) {
      const look = palette.lines[line.style % palette.lines.length];
      const values = points(line.values);
      all.push({ label: line.label, value, stroke: look.colour, width: 1.8 * line.width,
        dash: look.dash,
        points: { show: isSparse(values), size: 6, fill: look.colour, filter: isolated } });
      data.push(values);
    }
    return { all, data, bands };
  };

  // Printed pages are A4: one full-width chart on the first page, then two charts side by side.
  const isFirst = (holder) => holder.closest(".first .columns > figure:first-of-type") != null;
  const sizeOf = (holder) => {
    if (!isPrinting) return { width: Math.max(holder.clientWidth, 240), height: 300 };
    return isFirst(holder) ? { width: 660, height: 300 } : { width: 318, height: 190 };
  };

  const draw = (holder) => {
    const chart = charts[Number(holder.dataset.chart)];
    const palette = isDark() ? palettes.dark : palettes.light;
    const { all, data, bands } = series(chart, palette);
    const size = sizeOf(holder);
    const options = {
      ...size,
      padding: [roomForEvents(chart, size.width), 22, 0, 0],
      tzDate: (seconds) => uPlot.tzDate(new Date(shown(chart, seconds) * 1e3), "Etc/UTC"),
      series: all,
      bands,
      axes: axes(chart, palette, isPrinting && !isFirst(holder)),
      scales: { x: { time: chart.x.unit === "civil" }, y: scaleOfY(chart) },
      cursor: { sync: chart.x.unit === "civil" ? { key: "civil", setSeries: false } : undefined },
      hooks: { drawClear: [background(chart, palette)], draw: [foreground(chart, palette)] },
    };
    if (isPrinting) options.pxRatio = 2;
    holder.plot?.destroy();
    holder.plot = new uPlot(options, data, holder);
    holder.chart = chart;
    legend(holder, shadeLabels(chart), palette);
    if (isZoomed && !isPrinting && canZoom(holder)) setRange(holder, chart.focus);
  };

  // Make the legend accessible by keyboard, and add an entry for each kind of shading.
  const legend = (holder, shades, palette) => {
    const table = holder.querySelector(".u-legend");
    const rows = [...table.querySelectorAll(".u-series")];
    rows.slice(1).forEach((row, place) => {
      const label = row.querySelector("th");
      label.tabIndex = row.classList.contains("hidden-row") ? -1 : 0;
      label.setAttribute("role", "button");
      label.setAttribute("aria-pressed", "true");
      label.addEventListener("click", () => {
        const isShown = !row.classList.contains("u-off");
        label.setAttribute("aria-pressed", String(isShown));
        // A band has two series (low and high edge): show or hide both.
        if (row.classList.contains("band")) holder.plot.setSeries(place + 2, { show: isShown });
      });
      label.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); label.click(); }
        event.stopPropagation();
      });
    });
    shades.forEach((text, index) => {
      const row = table.insertRow();
      row.className = "shade";
      const swatch = document.createElement("i");
      swatch.style.background = colourOfShade(palette, index);
      row.insertCell().append(swatch, text);
    });
  };

  // Zoom to the worst disruption in all time charts that show a longer period.
  let isZoomed = false;
  const spanOf = (chart) => [chart.places[0], chart.places[chart.places.length - 1]];
  const canZoom = (holder) => {
    const chart = charts[Number(holder.dataset.chart)];
    if (!chart.focus || chart.x.unit !== "civil" || chart.places.length < 2) return false;
    const [first, last] = spanOf(chart);
    return chart.focus[1] - chart.focus[0] < 0.8 * (last - first);
  };
  const setRange = ({ plot, chart }, range) => {
    const [min, max] = range.map((value) => place(chart, value));
    plot.setScale("x", { min, max });
  };
  const zoom = (now) => {
    isZoomed = now;
    for (const holder of holders.filter(canZoom)) {
      const { plot, chart } = holder;
      if (plot) setRange(holder, isZoomed ? chart.focus : spanOf(chart));
      labelZoom(holder);
    }
  };
  const zoomButton = (holder) => holder.parentElement.querySelector(".zoom");
  const labelZoom = (holder) => {
    const { shades } = charts[Number(holder.dataset.chart)];
    const which = shades.length > 1 ? "worst disruption" : "disruption";
    zoomButton(holder).textContent = isZoomed ? "Show the whole period" : `Zoom to the ${which}`;
  };
  const prepareZoom = (holder) => {
    if (!canZoom(holder)) return;
    zoomButton(holder).addEventListener("click", () => zoom(!isZoomed));
    zoomButton(holder).hidden = false;
    labelZoom(holder);
  };

  // Arrow keys move the cursor and announce the values.
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
    const values = plot.series.slice(1).map((one, place) => {
      if (!one.show || one.class === "hidden-row") return null;
      const value = plot.data[place + 1][index];
      const text = one.class === "band" ? one.value(plot, value, place + 1, index)
        : write(chart.y.unit, value);
      return text && `${one.label} ${text}`;
    });
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

  // Draw charts when they scroll into view, and all charts before printing.
  const lazy = "IntersectionObserver" in window;
  for (const holder of holders) {
    holder.addEventListener("keydown", (event) => read(holder, event));
    prepareZoom(holder);
  }
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
    if (now) holders.filter((holder) => !holder.closest(".collapsed")).forEach(draw);
  };
  window.addEventListener("beforeprint", () => print(true));
  window.addEventListener("afterprint", () => print(false));
  let width = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth === width || isPrinting) return;
    width = window.innerWidth;
    holders.filter((holder) => holder.plot).forEach(draw);
  });

  // Expand a collapsed section when a link leads to it.
  const open = () => {
    const section = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const details = section?.querySelector(":scope > details");
    if (details) details.open = true;
  };
  window.addEventListener("hashchange", open);
  for (const link of document.querySelectorAll("nav a")) {
    link.addEventListener("click", () => setTimeout(open));
  }
  open();

  // Filter tables that have a search field.
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
  document.getElementById("theme").hidden = false;
  redraw();
})();
