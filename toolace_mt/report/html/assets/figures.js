// ---- figures ----
function overview(figures) {
  const total = count(figures.outcomes);
  const tile = (value, name) => make("div", { class: "tile" }, make("b", {}, value), name);
  const tiles = [tile(number(total), "dialogues")];
  for (const name of OUTCOMES) if (figures.outcomes[name]) tiles.push(tile(number(figures.outcomes[name]), `${name} (${percent(figures.outcomes[name] / total)})`));
  return make("section", { class: "card wide" }, make("div", { class: "tiles" }, ...tiles), make("div", { class: "stack", "aria-hidden": "true" }, ...parts(figures.outcomes, total)));
}

function passed(title, rows) {
  if (!rows.some(([kind]) => kind !== "none")) return null;
  return card(title, ...rows.map(([name, counts]) => {
    const total = count(counts);
    return bar(name, 1, `${percent((counts.accepted || 0) / total)} of ${number(total)}`, parts(counts, total));
  }));
}

function faults(figures) {
  return figures.findings.length ? card("Dialogues with a finding", quiet("rule or expert, severity, side at fault"), ...bars(figures.findings.map(([check, severity, side, n]) => [`${check}: ${severity}, ${side}`, n]))) : null;
}

function opinions(answers) {
  if (!Object.keys(answers).length) return null;
  return card("Experts", ...Object.entries(answers).map(([expert, counts]) => {
    const total = count(counts);
    const inside = [["pass", "accepted"], ["fail", "rejected"], ["undecided", "undecided"]].map(([name, style]) => make("i", { class: style, width: (100 * (counts[name] || 0)) / total + "%", title: `${name}: ${counts[name] || 0}` }));
    return bar(expert, 1, `${percent((counts.pass || 0) / total)} pass`, inside);
  }));
}

function ways(figures) {
  if (!figures.ways.length) return null;
  const reads = figures.reads.map(([outputs, n]) => `${number(n)} from ${outputs} ${outputs === 1 ? "output" : "outputs"}`).join(", ");
  return card("Where argument values come from", ...shares(figures.ways.map(([way, n]) => [WAYS[way], n])), reads ? quiet(`asked for, by how many outputs have to be read: ${reads}`) : null);
}

function given(rows) {
  const titles = { language: "languages", persona: "personas", policy: "policy rules that replies name" };
  const shown = Object.entries(titles).filter(([name]) => rows[name]);
  return shown.length ? card("What dialogues were given", ...shown.flatMap(([name, title]) => [make("h3", {}, title), ...bars(rows[name].map(([text, n]) => [text.split(":")[0], n]))])) : null;
}

function without(rows) {
  return rows.length ? card("Accepted, yet no row", quiet("left out when the dataset was written"), ...bars(rows)) : null;
}

function cost(usage) {
  const lines = Object.entries(usage).map(([stage, u]) => [stage, number(u.calls || 0), number(u.prompt_tokens || 0), u.prompt_tokens ? percent((u.cached_tokens || 0) / u.prompt_tokens) : "-", number(u.output_tokens || 0)]);
  return lines.length ? card("Model calls by stage", quiet("in tokens"), table(["stage", "calls", "prompt", "cached", "output"], lines)) : null;
}

function roles(run, accepted) {
  if (!run.costs || !run.costs.length) return null;
  const money = (n) => (n === null ? "-" : n.toLocaleString("en-US", { maximumSignificantDigits: 4 }));
  const short = (n) => n.toLocaleString("en-US", { notation: "compact", maximumSignificantDigits: 3 });
  const lines = run.costs.map(({ role, model, paid, cost }) => [make("div", {}, role || "unknown", make("div", { class: "quiet", title: model }, model.split("/").pop())), money(cost), short(paid.calls), short(paid.prompt), paid.prompt ? percent(paid.cached / paid.prompt) : "-", short(paid.output)]);
  const each = run.total !== null && accepted ? `, ${money(run.total / accepted)} for each accepted dialogue` : "";
  return card("Cost by role", run.total === null ? null : quiet(`${money(run.total)} in all${each}; in tokens`), table(["role", "cost", "calls", "prompt", "cached", "output"], lines));
}

function occupancy(samples) {
  if (!samples || samples.length < 2) return null;
  const top = (at) => Math.max(...samples.map((sample) => sample[at]));
  const plain = (n) => number(Math.round(n * 10) / 10);
  return card("Occupancy over time",
    series("requests in engines", samples, (s) => s[2], top(3), plain),
    series("calls a second", samples, (s) => s[4], top(4), plain),
    series("output tokens a second", samples, (s) => s[5], top(5), (n) => number(Math.round(n))),
    series("cached share of prompts", samples, (s) => s[6], 1, percent));
}

function coverage(tools) {
  return card("Tools", quiet(`${number(tools.called)} of ${number(tools.shown)} tools shown are called; dialogues that call each:`), ...bars(tools.most.slice(0, 20)), tools.never.length ? make("details", {}, make("summary", {}, "never called"), quiet(tools.never.join(", "))) : null);
}

function diversity(variety) {
  const rows = [["entropy of words (bits)", variety.entropy.toFixed(2)], ...variety.distinct.map((share, n) => [`distinct-${n + 1}`, share.toFixed(3)]), ["self-BLEU", variety.self_bleu.toFixed(3)]];
  if (variety.near_usage !== null) rows.push(["3-grams from usage examples", percent(variety.near_usage)]);
  return card("Variety of accepted texts", quiet(`over the first ${number(variety.words)} words`), ...rows.map(([name, figure]) => make("div", { class: "row pair" }, make("span", {}, name), make("span", { class: "figure" }, figure))));
}

function drawFigures(name, figures, alone) {
  const view = make("div", { class: "figures" }, alone ? null : make("h2", {}, name));
  $("figures-view").append(view);
  const cards = [
    overview(figures),
    ways(figures),
    passed("Accepted, by injection", figures.by.injection),
    passed("Accepted, by domain", figures.by.domain),
    faults(figures),
    figures.failures.length ? card("Why dialogues failed", ...bars(figures.failures)) : null,
    without(figures.left_out),
    opinions(figures.answers),
    given(figures.given),
    card("Shape", ...Object.entries(figures.shape).map(([title, rows]) => histogram(title, rows))),
    occupancy(figures.run.samples),
    roles(figures.run, figures.outcomes.accepted),
    cost(figures.usage),
    coverage(figures.tools),
    diversity(figures.variety),
  ];
  view.append(...cards.filter(Boolean));
}
