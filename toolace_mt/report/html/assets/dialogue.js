// ---- one dialogue ----
const blocks = new Map();

async function choose(i) {
  chosen = i;
  drawList();
  $("list").setAttribute("aria-activedescendant", `item-${i}`);
  const number = Math.floor(i / index.block);
  if (!blocks.has(number)) {
    if (blocks.size > 20) blocks.delete(blocks.keys().next().value);
    blocks.set(number, unpack(`block-${number}`));
  }
  const entry = (await blocks.get(number))[i % index.block];
  if (chosen !== i) return;
  $("dialogue").replaceChildren(...dialogue(entry));
  $("dialogue").scrollTop = 0;
  $("browser-view").classList.add("reading");
}

function dialogue(entry) {
  const back = make("button", { type: "button", id: "back", onclick: () => $("browser-view").classList.remove("reading") }, "back to the list");
  const head = make("h2", {}, make("span", { class: `dot ${entry.outcome}` }), `${entry.id}: ${entry.outcome}`);
  const whole = entry.findings.filter((f) => f.turn < 0).map(finding);
  const failure = entry.failure ? make("p", { class: "finding error" }, entry.failure) : null;
  return [back, head, failure, ...whole, plan(entry), ...turns(entry), tools(entry), edits(entry), answers(entry)].filter(Boolean);
}

function plan(entry) {
  if (!entry.plan.length) return null;
  return make("details", { open: "" }, make("summary", {}, "plan"), make("ol", {}, ...entry.plan.map((sub) =>
    make("li", {}, sub.goal, " ", make("span", { class: "quiet" }, sub.steps.map((s) => s.join(" + ")).join(" → "))))));
}

function turns(entry) {
  const shown = [];
  entry.messages.forEach((message, at) => {
    if (!message || typeof message !== "object") return;
    const turn = entry.turn_of_message[at];
    const role = String(message.role || message.from || "");
    const known = entry.origins.filter((o) => o.turn === turn);
    const style = ["user", "assistant", "tool", "system"].includes(role) ? role : "system";
    const box = make("section", { class: `turn ${style}`, "data-turn": String(turn) }, make("div", { class: "who" }, `${turn >= 0 ? turn + " " : ""}${role}${message.name ? " " + message.name : ""}`));
    const content = typeof message.content === "string" ? message.content : message.content === undefined || message.content === null ? "" : JSON.stringify(message.content);
    if (role === "tool") box.append(output(content));
    else if (content) box.append(marked(content, known));
    (message.tool_calls || []).forEach((call, place) => box.append(called(call, place, known)));
    const last = at + 1 >= entry.messages.length || entry.turn_of_message[at + 1] !== turn;
    if (last) entry.findings.filter((f) => f.turn === turn && turn >= 0).forEach((f) => box.append(finding(f)));
    shown.push(box);
  });
  return shown;
}

function marked(content, known) {
  const text = make("div", { class: "text" });
  const points = Array.from(content); // origins count characters, not UTF-16 units
  const pieces = known.map((o) => [/^content\[(\d+):(\d+)\]$/.exec(o.path), o]).filter(([m]) => m).map(([m, o]) => [Number(m[1]), Number(m[2]), o]).sort((a, b) => a[0] - b[0]);
  let at = 0;
  for (const [from, to, origin] of pieces) {
    if (from < at) continue;
    text.append(points.slice(at, from).join(""), traced(points.slice(from, to).join(""), origin));
    at = to;
  }
  text.append(points.slice(at).join(""));
  return text;
}

function traced(text, origin) {
  const said = `from ${origin.source || origin.kind} (${origin.kind})`;
  const source = /^turn (\d+)/.exec(origin.source || "");
  const point = (on) => {
    document.querySelectorAll(".turn.source").forEach((box) => box.classList.remove("source"));
    $("origin")?.remove();
    if (!on) return;
    document.body.append(make("div", { id: "origin", role: "status" }, said));
    if (source) document.querySelector(`.turn[data-turn="${source[1]}"]`)?.classList.add("source");
  };
  return make("button", { type: "button", class: "value", "aria-label": `${text}, ${said}`, onmouseenter: () => point(true), onmouseleave: () => point(false), onfocus: () => point(true), onblur: () => point(false) }, text);
}

function called(call, place, known) {
  const inner = call.function || call;
  const prefix = `calls[${place}].arguments`;
  const box = make("div", { class: "call" }, make("b", {}, String(inner.name)));
  let value = inner.arguments;
  if (typeof value === "string") try { value = JSON.parse(value); } catch { /* shown as it is */ }
  box.append(tree(value, prefix, known));
  return box;
}

function output(content) {
  let value = content;
  try { value = JSON.parse(content); } catch { return make("div", { class: "text" }, content); }
  return typeof value === "object" && value ? tree(value, "", []) : make("div", { class: "text" }, content);
}

function tree(value, path, known, depth = 0) {
  if (value === null || typeof value !== "object" || depth > 40) {
    const text = JSON.stringify(value) ?? "";
    const origin = known.find((o) => o.path === path);
    return origin ? traced(text, origin) : document.createTextNode(text);
  }
  const list = Array.isArray(value);
  const names = Object.keys(value);
  const rows = names.map((name) => {
    const inner = value[name];
    const below = list ? `${path}[${name}]` : path ? `${path}.${name}` : name;
    const nested = inner !== null && typeof inner === "object";
    if (!nested) return make("div", {}, make("span", { class: "quiet" }, `${name}: `), tree(inner, below, known, depth + 1));
    const size = Array.isArray(inner) ? `[${inner.length}]` : `{${Object.keys(inner).length}}`;
    return make("details", { ...(depth < 2 ? { open: "" } : {}) }, make("summary", {}, `${name} `, make("span", { class: "quiet" }, size)), tree(inner, below, known, depth + 1));
  });
  return make("div", { class: "tree" }, ...(rows.length ? rows : [list ? "[]" : "{}"]));
}

function finding(f) {
  return make("p", { class: `finding ${f.severity}` }, make("b", {}, `${f.severity} ${f.check}`), ` ${f.path ? f.path + ": " : ""}${f.message}`);
}

function tools(entry) {
  if (!entry.tools.length) return null;
  return make("details", {}, make("summary", {}, `${entry.tools.length} tools`), ...entry.tools.map((tool) => {
    const inner = (tool && tool.function) || tool || {};
    return make("details", {}, make("summary", {}, String(inner.name)), make("p", {}, String(inner.description || "")), tree(inner.parameters ?? null, "", []));
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
