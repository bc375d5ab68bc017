// ---- bars and tables ----
function card(title, ...children) {
  return make("section", { class: "card" }, make("h2", {}, title), ...children);
}

function parts(counts, total) {
  return OUTCOMES.filter((name) => counts[name]).map((name) =>
    make("i", { class: name, width: (100 * counts[name]) / total + "%", title: `${name}: ${counts[name]}` }));
}

function bar(name, share, figure, inside) {
  const filled = inside || [make("i", { width: 100 * share + "%" })];
  return make("div", { class: "row" }, make("span", { class: "name" }, name), make("span", { class: "bar" }, ...filled), make("span", { class: "figure" }, figure));
}

function bars(rows) {
  const most = Math.max(1, ...rows.map(([, count]) => count));
  return rows.map(([name, count]) => bar(String(name), count / most, number(count)));
}

function histogram(name, rows) {
  if (!rows.length) return null;
  const counts = new Map(rows);
  const [low, high] = [rows[0][0], rows[rows.length - 1][0]];
  const most = Math.max(...counts.values());
  const columns = [];
  const step = Math.max(1, Math.ceil((high - low + 1) / 60));
  for (let at = low; at <= high; at += step) {
    let count = 0;
    for (let inner = at; inner < at + step; inner++) count += counts.get(inner) || 0;
    columns.push(make("i", { height: Math.min(100, (100 * count) / most) + "%", title: `${at}: ${count}` }));
  }
  let total = 0, sum = 0;
  for (const [value, count] of rows) { total += count; sum += value * count; }
  return make("div", {}, make("h3", {}, `${name}, mean ${(sum / total).toFixed(1)}`),
    make("div", { class: "histogram", role: "img", "aria-label": `${name} from ${low} to ${high}` }, ...columns),
    make("div", { class: "scale" }, make("span", {}, String(low)), make("span", {}, String(high))));
}

function shares(rows) {
  const total = Math.max(1, rows.reduce((sum, [, n]) => sum + n, 0));
  return rows.map(([name, n]) => bar(name, n / total, `${number(n)} (${percent(n / total)})`));
}

function quiet(text) {
  return make("p", { class: "quiet" }, text);
}

function table(head, lines) {
  const rows = [make("tr", {}, ...head.map((name) => make("th", {}, name))), ...lines.map((cells) => make("tr", {}, ...cells.map((cell) => make("td", {}, cell))))];
  return make("div", { class: "scroll", tabindex: "0" }, make("table", {}, ...rows));
}

// Columns over the time of a run; a dashed line where a driver ended and another went on.
function series(name, samples, value, most, shown) {
  const whole = samples.reduce((sum, [, seconds]) => sum + seconds, 0);
  const columns = samples.map((sample, at) => {
    const [time, seconds] = sample;
    const last = at ? samples[at - 1][0] + samples[at - 1][1] : time;
    const paused = time - last > Math.max(10, 2 * seconds) ? "paused" : "";
    return make("i", { class: paused, grow: seconds, height: Math.min(100, (100 * value(sample)) / (most || 1)) + "%", title: shown(value(sample)) });
  });
  const mean = samples.reduce((sum, sample) => sum + value(sample) * sample[1], 0) / whole;
  return make("div", {}, make("h3", {}, `${name}, mean ${shown(mean)}`),
    make("div", { class: "histogram series", role: "img", "aria-label": `${name} over ${lasting(whole)}, mean ${shown(mean)}, full height ${shown(most)}` }, ...columns),
    make("div", { class: "scale" }, make("span", {}, "0 s"), make("span", {}, `full height ${shown(most)}`), make("span", {}, lasting(whole))));
}

function lasting(seconds) {
  return seconds < 100 ? `${seconds.toFixed(0)} s` : seconds < 6000 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
