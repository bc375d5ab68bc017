// ---- where a value came from: shown on hover and focus, marked where it stands ----
// An origin `at` has the record of the origin, what was asked for, and the value.
// A span, not a button: a phrase breaks over lines like the text around it. A press goes to the
// place and keeps the marks until the focus goes or Escape: scrolling moves the pointer elsewhere.
let kept = false;

function traced(text, value, at) {
  const said = told(at);
  const point = () => { clear(); show(value, at, said); };
  const enter = () => { if (!kept) point(); };
  const leave = () => { if (!kept) clear(); };
  const go = () => { point(); kept = true; reveal(); };
  const press = (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); go(); } else if (event.key === "Escape") clear(); };
  const asked = at.asked ? { "data-asked": at.asked.map((each) => each.number).join(" ") } : {};
  const events = { onmouseenter: enter, onmouseleave: leave, onfocus: point, onblur: clear, onclick: go, onkeydown: press };
  return make("span", { role: "button", tabindex: "0", class: `value ${at.origin?.way || at.origin?.kind || "asked"}`, "aria-label": [text, ...said].join(", "), ...asked, ...events }, text);
}

function told({ origin, asked }) {
  const lines = [];
  if (origin) {
    const source = (origin.source || "").replace(/ ?\[[\w-]+\]$/, "");
    const name = WAYS[origin.way] || origin.kind;
    lines.push(asked || !source ? name : `${name}: ${source}`);
  }
  for (const { phrase, formula, kind, reads } of asked || []) {
    if (!origin) lines.push(`${WAYS[kind] || kind}`);
    lines.push(`\u201c${phrase}\u201d`);
    if (formula) lines.push(`${formula}${reads > 1 ? ` (${reads} outputs)` : ""}`);
  }
  return [...new Set(lines)];
}

function clear() {
  kept = false;
  document.querySelectorAll("#dialogue .source, #dialogue .on").forEach((each) => each.classList.remove("source", "on"));
  document.querySelectorAll("#dialogue mark.here").forEach((mark) => { const around = mark.parentNode; mark.replaceWith(...mark.childNodes); around.normalize(); });
  $("origin")?.remove();
}

function show(value, { origin, asked }, said) {
  const [first, ...rest] = said;
  document.body.append(make("div", { id: "origin", role: "status" }, make("b", {}, first), ...rest.map((line) => make("span", {}, line))));
  for (const each of asked || []) {
    outline(each.told);
    document.querySelectorAll(`#dialogue [data-asked~="${each.number}"]`).forEach((node) => node.classList.add("on"));
    for (const [call, path] of each.places) light(leaves(call).filter((node) => node.dataset.path === path));
  }
  if (!origin) return;
  const source = String(origin.source || "");
  for (const [, turn] of source.matchAll(/\bturn (\d+)/g)) {
    const box = outline(Number(turn));
    if (!box) continue;
    if (!box.matches(".tool")) markWords(box.querySelector(".text"), value);
    else if (!asked?.some((each) => each.places.length)) light(holding(Number(turn), source, value));
  }
  if (source.startsWith("system prompt")) markWords(outline(-1)?.querySelector(".text"), value);
}

function outline(turn) {
  const boxes = document.querySelectorAll(`#dialogue .turn[data-turn="${Number(turn)}"]`);
  boxes.forEach((box) => box.classList.add("source"));
  return boxes[0];
}

const leaves = (call) => [...document.querySelectorAll("#dialogue .turn.tool")].filter((box) => box.dataset.call === call).flatMap((box) => [...box.querySelectorAll("[data-path]")]);

// The leaves of a tool turn at the path that a source names, or else with that very value.
function holding(turn, source, value) {
  const all = [...document.querySelectorAll(`#dialogue .turn.tool[data-turn="${turn}"] [data-path]`)];
  const path = /^turn \d+: (\S+)/.exec(source)?.[1];
  const there = all.filter((node) => node.dataset.path === path);
  const same = (there.length ? there : all).filter((node) => node.textContent === JSON.stringify(value));
  return same.length ? same : there;
}

function light(nodes) {
  for (const node of nodes) {
    node.classList.add("on");
    for (let box = node.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  }
}

function markWords(element, value) {
  const words = typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : "";
  if (!element || !words) return;
  const pattern = new RegExp(whole(words), "iu");
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const match = pattern.exec(node.data);
    if (!match) continue;
    const range = document.createRange();
    range.setStart(node, match.index);
    range.setEnd(node, match.index + match[0].length);
    range.surroundContents(make("mark", { class: "here" }));
    return;
  }
}

const whole = (words) => `(?<![\\p{L}\\p{N}])${escaped(words)}(?![\\p{L}\\p{N}])`;
const escaped = (words) => words.replace(/[\\^$.*+?()[\]{}|\/-]/g, "\\$&");

// The value in an output says most, then words that are marked, then the turn alone.
function reveal() {
  const places = ["[data-path].on", "mark.here", ".turn.user .on", ".turn.source"];
  const there = places.map((place) => document.querySelector(`#dialogue ${place}`)).find(Boolean);
  there?.scrollIntoView({ block: "center" });
}
