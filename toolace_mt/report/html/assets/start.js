// ---- the page ----
function view(name) {
  for (const each of ["figures", "browser"]) {
    $(`${each}-view`).hidden = each !== name;
    $(`show-${each}`).setAttribute("aria-pressed", String(each === name));
  }
  if (name === "browser") drawList();
}

async function start() {
  document.documentElement.classList.toggle("dark", matchMedia("(prefers-color-scheme: dark)").matches);
  $("theme").onclick = () => document.documentElement.classList.toggle("dark");
  $("show-figures").onclick = () => view("figures");
  $("show-browser").onclick = () => view("browser");
  const sources = await unpack("figures");
  for (const [name, figures] of sources) drawFigures(name, figures, sources.length === 1);
  index = await unpack("index");
  fill("source", sources.map(([name]) => name), "any source");
  $("source").parentElement.hidden = sources.length === 1;
  fill("outcome", index.outcome, "any outcome");
  fill("kind", index.kinds.flat(), "any injection");
  fill("domain", index.domains.flat(), "any domain");
  fill("check", index.checks.flat(), "any finding");
  fill("way", index.ways.flat(), "any argument", WAYS);
  fill("language", index.languages.flat(), "any language");
  fill("row", index.rows.flat(), "row or not");
  $("filters").addEventListener("input", filter);
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("list").addEventListener("scroll", drawList);
  $("list").addEventListener("keydown", step);
  addEventListener("resize", drawList);
  filter();
  document.documentElement.dataset.ready = "yes";
}
start();
