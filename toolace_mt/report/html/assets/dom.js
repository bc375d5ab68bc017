"use strict";
// Shows the figures and dialogues that the page carries. All texts are data: they reach the page
// through textContent alone.
const $ = (id) => document.getElementById(id);
const OUTCOMES = ["accepted", "rejected", "undecided", "failed"];
// How an argument was found, see report/asked.py.
const WAYS = {
  told: "told by the user",
  output: "from an output, without a word",
  read: "read from an output, as asked",
  chosen: "chosen from an output, as asked",
  computed: "computed",
  known: "known of the user",
  schema: "from the tool's schema",
  nowhere: "nowhere",
};
const HEIGHT = 74; // of an item in the list, as in report.css
const number = (n) => n.toLocaleString("en-US");
const percent = (n) => (100 * n).toFixed(1) + "%";

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") element.className = value;
    else if (name === "width") element.style.width = value;
    else if (name === "height") element.style.height = value;
    else if (name === "grow") element.style.flexGrow = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const count = (counts) => Object.values(counts).reduce((a, b) => a + b, 0);

async function unpack(id) {
  const packed = Uint8Array.from(atob($(id).textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}
