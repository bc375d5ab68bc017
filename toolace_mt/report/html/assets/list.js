// ---- the list of dialogues ----
let index, found = [], chosen = -1;

// Offers the values of a column; without any, or with the same for all, there is no choice.
function fill(id, values, name, names = {}) {
  const different = [...new Set(values)].sort();
  $(id).append(make("option", { value: "" }, name), ...different.map((value) => make("option", { value }, names[value] || value.replaceAll("_", " "))));
  $(id).parentElement.hidden = different.length === 0;
}

const SEVERAL = { kind: "kinds", domain: "domains", check: "checks", way: "ways", language: "languages", row: "rows" };

function filter() {
  const query = $("query").value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const [source, outcome] = ["source", "outcome"].map((id) => $(id).value);
  const wanted = Object.entries(SEVERAL).map(([id, column]) => [index[column], $(id).value]).filter(([, value]) => value);
  found = [];
  for (let i = 0; i < index.id.length; i++) {
    if (source && index.source[i] !== source) continue;
    if (outcome && index.outcome[i] !== outcome) continue;
    if (!wanted.every(([column, value]) => column[i].includes(value))) continue;
    if (query.every((word) => index.text[i].includes(word))) found.push(i);
  }
  $("count").textContent = `${number(found.length)} of ${number(index.id.length)} dialogues`;
  $("space").style.height = found.length * HEIGHT + "px";
  $("list").scrollTop = 0;
  drawList();
}

function drawList() {
  const list = $("list");
  const first = Math.max(0, Math.floor(list.scrollTop / HEIGHT) - 5);
  const last = Math.min(found.length, Math.ceil((list.scrollTop + list.clientHeight) / HEIGHT) + 5);
  list.querySelectorAll(".item").forEach((item) => item.remove());
  for (let place = first; place < last; place++) {
    const i = found[place];
    const item = make("div", { class: "item", role: "option", id: `item-${i}`, "aria-selected": String(i === chosen), onclick: () => choose(i) },
      make("b", {}, make("span", { class: `dot ${index.outcome[i]}`, title: index.outcome[i] }), index.id[i]),
      make("p", {}, index.preview[i] || "(no text)"),
      make("p", {}, `${index.turns[i]} turns, ${index.calls[i]} calls${index.kinds[i].length ? "; " + index.kinds[i].join(", ").replaceAll("_", " ") : ""}`));
    item.style.top = place * HEIGHT + "px";
    list.append(item);
  }
}

function step(event) {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  const place = Math.min(found.length - 1, Math.max(0, found.indexOf(chosen) + (event.key === "ArrowDown" ? 1 : -1)));
  if (found.length === 0) return;
  const list = $("list");
  const top = place * HEIGHT;
  if (top < list.scrollTop) list.scrollTop = top;
  if (top + HEIGHT > list.scrollTop + list.clientHeight) list.scrollTop = top + HEIGHT - list.clientHeight;
  choose(found[place]);
}
