// ---- figures ----
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

function overview(figures) {
  const total = Object.values(figures.outcomes).reduce((a, b) => a + b, 0);
  const tile = (value, name) => make("div", { class: "tile" }, make("b", {}, value), name);
  const tiles = [tile(number(total), "dialogues")];
  for (const name of OUTCOMES) if (figures.outcomes[name]) tiles.push(tile(number(figures.outcomes[name]), `${name} (${percent(figures.outcomes[name] / total)})`));
  return make("section", { class: "card wide" }, make("div", { class: "tiles" }, ...tiles), make("div", { class: "stack", "aria-hidden": "true" }, ...parts(figures.outcomes, total)));
}

function passed(title, rows) {
  return card(title, ...rows.map(([name, counts]) => {
    const total = Object.values(counts).reduce((a, b) => a + b, 0);
    return bar(name, 1, `${percent((counts.accepted || 0) / total)} of ${number(total)}`, parts(counts, total));
  }));
}

function cost(usage) {
  const head = ["stage", "calls", "prompt tokens", "cached", "output tokens"];
  const lines = Object.entries(usage).map(([stage, u]) => make("tr", {}, ...[stage, number(u.calls || 0), number(u.prompt_tokens || 0), u.prompt_tokens ? percent((u.cached_tokens || 0) / u.prompt_tokens) : "-", number(u.output_tokens || 0)].map((cell) => make("td", {}, cell))));
  return card("Model calls by stage", make("div", { class: "scroll" }, make("table", {}, make("tr", {}, ...head.map((name) => make("th", {}, name))), ...lines)));
}

function drawFigures(name, figures, alone) {
  const view = make("div", { class: "figures" }, alone ? null : make("h2", {}, name));
  $("figures-view").append(view);
  view.append(overview(figures));
  for (const [name, title] of [["injection", "Accepted, by injection"], ["domain", "Accepted, by domain"]]) if (figures.by[name].some(([kind]) => kind !== "none")) view.append(passed(title, figures.by[name]));
  if (figures.findings.length) view.append(card("Dialogues with a finding", make("p", { class: "quiet" }, "rule or expert, severity, side at fault"), ...bars(figures.findings.map(([check, severity, side, count]) => [`${check}: ${severity}, ${side}`, count]))));
  if (figures.failures.length) view.append(card("Why dialogues failed", ...bars(figures.failures)));
  if (Object.keys(figures.answers).length) view.append(card("Experts", ...Object.entries(figures.answers).map(([expert, counts]) => {
    const total = Object.values(counts).reduce((a, b) => a + b, 0);
    return bar(expert, 1, `${percent((counts.pass || 0) / total)} pass`, [["pass", "accepted"], ["fail", "rejected"], ["undecided", "undecided"]].map(([name, style]) => make("i", { class: style, width: (100 * (counts[name] || 0)) / total + "%", title: `${name}: ${counts[name] || 0}` })));
  })));
  if (figures.origins.length) view.append(card("Where argument values come from", ...bars(figures.origins)));
  view.append(card("Shape", ...Object.entries(figures.shape).map(([name, rows]) => histogram(name, rows))));
  if (Object.keys(figures.usage).length) view.append(cost(figures.usage));
  const tools = figures.tools;
  view.append(card("Tools", make("p", { class: "quiet" }, `${number(tools.called)} of ${number(tools.shown)} tools shown are called; dialogues that call each:`), ...bars(tools.most.slice(0, 20)), tools.never.length ? make("details", {}, make("summary", {}, "never called"), make("p", { class: "quiet" }, tools.never.join(", "))) : null));
  const variety = figures.variety;
  view.append(card("Variety of accepted texts", make("p", { class: "quiet" }, `over the first ${number(variety.words)} words`), ...[["entropy of words (bits)", variety.entropy.toFixed(2)], ...variety.distinct.map((share, n) => [`distinct-${n + 1}`, share.toFixed(3)]), ["self-BLEU", variety.self_bleu.toFixed(3)]].map(([name, figure]) => make("div", { class: "row" }, make("span", {}, name), make("span"), make("span", { class: "figure" }, figure)))));
}
