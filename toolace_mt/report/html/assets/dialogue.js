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
  clear();
  $("dialogue").replaceChildren(...dialogue(entry));
  $("dialogue").scrollTop = 0;
  $("browser-view").classList.add("reading");
}

function dialogue(entry) {
  const back = make("button", { type: "button", id: "back", onclick: () => $("browser-view").classList.remove("reading") }, "back to the list");
  const head = make("h2", {}, make("span", { class: `dot ${entry.outcome}` }), `${entry.id}: ${entry.outcome}`);
  const whole = entry.findings.filter((f) => f.turn < 0).map(finding);
  const failure = entry.failure ? make("p", { class: "finding error" }, entry.failure) : null;
  const left = entry.left_out ? make("p", { class: "finding" }, make("b", {}, "no row"), ` ${entry.left_out}`) : null;
  entry.asked.forEach((each, at) => { each.number = at; });
  return [back, head, scenario(entry), failure, left, ...whole, plan(entry), ...turns(entry), tools(entry), edits(entry), answers(entry)].filter(Boolean);
}

function scenario(entry) {
  const facts = [["language", entry.language], ["today", entry.date], ["writes", entry.persona], ["injections", entry.injections.join(", ").replaceAll("_", " ")]].filter(([, text]) => text);
  return facts.length ? make("dl", { class: "facts" }, ...facts.map(([name, text]) => make("div", {}, make("dt", {}, name), make("dd", {}, text)))) : null;
}

function plan(entry) {
  if (!entry.plan.length) return null;
  return make("details", { class: "plan" }, make("summary", {}, `plan of ${entry.plan.length} sub-tasks`), make("ol", {}, ...entry.plan.map((sub) =>
    make("li", {}, sub.goal, " ", make("span", { class: "quiet" }, sub.steps.map((s) => s.join(" + ")).join(" \u2192 "))))));
}

function turns(entry) {
  const shown = [];
  entry.messages.forEach((message, at) => {
    if (!message || typeof message !== "object") return;
    const turn = entry.turn_of_message[at];
    const role = String(message.role || message.from || "");
    const known = entry.origins.filter((o) => o.turn === turn);
    const style = ["user", "assistant", "tool", "system"].includes(role) ? role : "system";
    const box = make("section", { class: `turn ${style}`, "data-turn": String(turn), "data-call": String(message.tool_call_id || "") });
    const content = typeof message.content === "string" ? message.content : message.content === undefined || message.content === null ? "" : JSON.stringify(message.content);
    if (role === "system") box.append(make("details", { open: "" }, make("summary", { class: "who" }, "system prompt"), make("div", { class: "text" }, content)));
    else box.append(who(entry, turn, role, message.name));
    if (typeof message.reasoning_content === "string" && message.reasoning_content) box.append(make("div", { class: "reasoning" }, make("span", { class: "who" }, "thinks "), message.reasoning_content));
    if (role === "tool") box.append(output(content));
    else if (content && role !== "system") box.append(marked(content, pieces(entry, turn, content, known)));
    (message.tool_calls || []).forEach((call, place) => box.append(called(call, place, entry, known)));
    const last = at + 1 >= entry.messages.length || entry.turn_of_message[at + 1] !== turn;
    if (last) entry.findings.filter((f) => f.turn === turn && turn >= 0).forEach((f) => box.append(finding(f)));
    shown.push(box);
  });
  return shown;
}

function who(entry, turn, role, name) {
  const rule = role === "assistant" && entry.named[turn];
  const kind = entry.injected[turn];
  return make("div", { class: "who" }, `${turn >= 0 ? turn + " " : ""}${role}${name ? " " + name : ""}`,
    kind ? make("span", { class: "badge" }, kind.replaceAll("_", " ")) : null,
    rule ? ruled(entry, rule) : null);
}

function ruled(entry, name) {
  const rule = entry.policy.find((each) => each.name === name);
  const origin = { kind: `policy rule \u201c${name}\u201d`, source: "system prompt" };
  const label = traced(`rule: ${name}`, rule.text, { origin });
  label.classList.add("badge");
  return label;
}

// Pieces of a text, each a start, an end and where it comes from or what is asked for by it.
function pieces(entry, turn, content, known) {
  const found = [];
  for (const origin of known) {
    const match = /^content\[(\d+):(\d+)\]$/.exec(origin.path);
    if (match) found.push([unit(content, match[1]), unit(content, match[2]), { origin }]);
  }
  const ends = new Map();
  for (const each of entry.asked.filter(({ told }) => told === turn)) {
    const words = whole(each.phrase);
    const pattern = new RegExp(new RegExp(words, "iu").test(content) ? words : escaped(each.phrase), "giu");
    pattern.lastIndex = ends.get(each.phrase)?.[1] || 0;
    const match = pattern.exec(content);
    if (match) {
      const piece = [match.index, match.index + match[0].length, { asked: [each] }];
      ends.set(each.phrase, piece);
      found.push(piece);
    } else ends.get(each.phrase)?.[2].asked.push(each);
  }
  return found.sort((a, b) => a[0] - b[0]);
}

// Origins count characters, JavaScript counts UTF-16 units.
function unit(content, characters) {
  let at = 0;
  for (let left = Number(characters); left > 0 && at < content.length; left--) at += content.codePointAt(at) > 0xffff ? 2 : 1;
  return at;
}

function marked(content, found) {
  const text = make("div", { class: "text" });
  let at = 0;
  for (const [from, to, origin] of found) {
    if (from < at || to <= from) continue;
    const piece = content.slice(from, to);
    text.append(content.slice(at, from), traced(piece, piece, origin));
    at = to;
  }
  text.append(content.slice(at));
  return text;
}

function called(call, place, entry, known) {
  const inner = call.function || call;
  const prefix = `calls[${place}].arguments`;
  const box = make("div", { class: "call" }, make("b", {}, String(inner.name)));
  let value = inner.arguments;
  if (typeof value === "string") try { value = JSON.parse(value); } catch { /* shown as it is */ }
  box.append(tree(value, prefix, (text, path, leaf) => {
    const origin = known.find((o) => o.path === path);
    const asked = origin && entry.asked.filter((each) => each.turn === origin.turn && each.path === path);
    return origin ? traced(text, leaf, { origin, asked: asked.length ? asked : undefined }) : document.createTextNode(text);
  }));
  return box;
}

function output(content) {
  let value = content;
  try { value = JSON.parse(content); } catch { return make("div", { class: "text" }, content); }
  const leaf = (text, path) => make("span", { "data-path": path }, text);
  return typeof value === "object" && value ? tree(value, "", leaf) : make("div", { class: "text" }, leaf(content, ""));
}

function tree(value, path, leaf = (text) => document.createTextNode(text), depth = 0) {
  if (value === null || typeof value !== "object" || depth > 40) return leaf(JSON.stringify(value) ?? "", path, value);
  const list = Array.isArray(value);
  const rows = Object.keys(value).map((name) => {
    const inner = value[name];
    const below = list ? `${path}[${name}]` : child(path, name);
    const nested = inner !== null && typeof inner === "object";
    if (!nested) return make("div", {}, make("span", { class: "quiet" }, `${name}: `), tree(inner, below, leaf, depth + 1));
    const size = Array.isArray(inner) ? `[${inner.length}]` : `{${Object.keys(inner).length}}`;
    return make("details", { "data-path": below, ...(depth < 2 ? { open: "" } : {}) }, make("summary", {}, `${name} `, make("span", { class: "quiet" }, size)), tree(inner, below, leaf, depth + 1));
  });
  return make("div", { class: "tree" }, ...(rows.length ? rows : [list ? "[]" : "{}"]));
}

// Paths are those of schemas/paths.py.
function child(path, name) {
  if (!/^[^.[\]"{}\s]+$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path ? `${path}.${name}` : name;
}
