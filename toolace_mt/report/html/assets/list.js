// ---- the list of dialogues ----
let index, found = [], chosen = -1;

function fill(id, values, name) {
  $(id).append(make("option", { value: "" }, name), ...[...new Set(values)].sort().map((value) => make("option", { value }, value)));
}

function filter() {
  const query = $("query").value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const [source, outcome, kind, domain, check] = ["source", "outcome", "kind", "domain", "check"].map((id) => $(id).value);
  found = [];
  for (let i = 0; i < index.id.length; i++) {
    if (source && index.source[i] !== source) continue;
    if (outcome && index.outcome[i] !== outcome) continue;
    if (kind && !index.kinds[i].includes(kind)) continue;
    if (domain && !index.domains[i].includes(domain)) continue;
    if (check && !index.checks[i].includes(check)) continue;
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
      make("p", {}, `${index.turns[i]} turns, ${index.calls[i]} calls${index.kinds[i].length ? ", " + index.kinds[i].join(", ") : ""}`));
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
