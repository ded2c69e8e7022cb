/** Starts the page: reads the data beside it, and renders whenever the reader or the address says something else. */
import { h, render } from "preact";

import { type Packed, unpack } from "../pack.js";
import { App } from "./app.js";
import { formatHash, parseHash, type State } from "./state.js";

const data = document.getElementById("data");
const page = document.getElementById("page");
if (data === null || page === null) throw new Error("the page has lost its data");

const model = unpack(JSON.parse(data.textContent ?? "") as Packed);
let state = parseHash(location.hash);

function draw(): void {
  if (page !== null) render(h(App, { model, state, change }), page);
}

function change(part: Partial<State>): void {
  state = { ...state, ...part };
  history.replaceState(null, "", formatHash(state) || location.pathname + location.search);
  draw();
}

addEventListener("hashchange", () => {
  state = parseHash(location.hash);
  draw();
});
draw();
