// ---- what else is known of a dialogue ----
function finding(f) {
  return make("p", { class: `finding ${f.severity}` }, make("b", {}, `${f.severity} ${f.check}`), ` ${f.path ? f.path + ": " : ""}${f.message}`);
}

function tools(entry) {
  if (!entry.tools.length) return null;
  return make("details", {}, make("summary", {}, `${entry.tools.length} tools`), ...entry.tools.map((tool) => {
    const inner = (tool && tool.function) || tool || {};
    return make("details", {}, make("summary", {}, String(inner.name)), make("p", {}, String(inner.description || "")), tree(inner.parameters ?? null, ""));
  }));
}

function edits(entry) {
  if (!entry.edits.length) return null;
  return make("details", {}, make("summary", {}, `${entry.edits.length} edits`), ...entry.edits.map((edit) => {
    const reason = edit.reason ? `: ${edit.reason}` : "";
    const head = `round ${edit.round} ${edit.kind}, turn ${edit.turns.join(", ")}: ${edit.adopted ? "adopted" : "kept the old"} (${edit.choice}${reason})`;
    return make("div", { class: "edit" }, make("div", {}, head), make("div", { class: "text" }, ...difference(written(edit.before), written(edit.after))));
  }));
}

function written(messages) {
  if (!Array.isArray(messages)) return String(messages);
  return messages.map((m) => `${m.role}: ${[m.content || "", ...(m.tool_calls || []).map((c) => `${c.function.name}(${JSON.stringify(c.function.arguments)})`)].filter(Boolean).join(" ")}`).join("\n");
}

// Words of two texts, those of their longest common subsequence shown once.
function difference(before, after) {
  const [a, b] = [before, after].map((text) => text.match(/\s+|[^\s]+/g) || []);
  if (a.length * b.length > 400000) return [make("del", {}, before), "\n", make("ins", {}, after)];
  const common = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) for (let j = b.length - 1; j >= 0; j--)
    common[i][j] = a[i] === b[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
  const runs = [];
  const add = (tag, word) => { const last = runs[runs.length - 1]; if (last && last[0] === tag) last[1] += word; else runs.push([tag, word]); };
  let i = 0, j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) { add("", a[i]); i++; j++; }
    else if (j >= b.length || (i < a.length && common[i + 1][j] >= common[i][j + 1])) add("del", a[i++]);
    else add("ins", b[j++]);
  }
  return runs.map(([tag, text]) => (tag ? make(tag, {}, text) : text));
}

function answers(entry) {
  if (!entry.answers.length) return null;
  return make("div", {}, make("h3", {}, "experts"), ...entry.answers.map((a) => make("p", { class: "quiet" }, `${a.expert}: ${a.outcome} ${a.reason || ""}`)));
}
