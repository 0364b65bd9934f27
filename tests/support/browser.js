// Stand-ins for what the page needs of a browser and of a node, around the page's own script.
// GIVEN: the access of the node, the token that counts, whether everything is closed, its health.
"use strict";

const said = {asked: [], stored: {}};
const as_of = {block_number: 9, block_hash: "0x9", finalized: true};
const unit = {unit: "CN:CEA-2021:7", state: "HELD", used_abroad: false, owner: null, steps: []};
const mark = {subject: "CN 0x12"};

function answer(path, header) {
  if (path === "/v1/health") return [200, {data: {status: GIVEN.status}, as_of}];
  if (header && header !== `Bearer ${GIVEN.token}`) {
    return [401, {detail: "The token does not count.", hint: "It may be expired."}];
  }
  if (!path.startsWith("/v1/units")) return [200, {data: [], as_of, next_cursor: null}];
  if (GIVEN.closed && !header) return [401, {detail: "This is not public.", hint: "Send a header."}];
  if (GIVEN.closed) return [403, {detail: "Registry CN is not open.", hint: "Ask for another."}];
  if (!header) return [200, {data: {...unit, withheld: true}, as_of}];
  return [200, {data: {...unit, withheld: false}, disputed: [mark], as_of}];
}

class Element {
  dataset = {};
  children = [];
  handlers = {};
  value = "";
  hidden = false;
  append(...nodes) { this.children.push(...nodes); }
  replaceChildren(...nodes) { this.children = nodes; }
  addEventListener(name, handler) { this.handlers[name] = handler; }
  set textContent(text) { this.children = [text]; }
  get textContent() {
    return this.children.map((c) => (c instanceof Element ? c.textContent : c)).join("");
  }
}

const elements = new Map();
const body = new Element();
body.dataset.access = GIVEN.access;
globalThis.document = {
  body,
  createElement: () => new Element(),
  getElementById: (id) => elements.get(id) || elements.set(id, new Element()).get(id),
};
globalThis.sessionStorage = {
  getItem: (name) => said.stored[name] ?? null,
  setItem: (name, value) => { said.stored[name] = value; },
  removeItem: (name) => { delete said.stored[name]; },
};
const forbidden = new Proxy({}, {get() { throw new Error("no place for a token"); }});
globalThis.localStorage = globalThis.history = forbidden;
globalThis.location = {hash: "#CN%3ACEA-2021%3A7"};
globalThis.addEventListener = globalThis.setInterval = () => 0;
globalThis.fetch = async (path, options = {}) => {
  const header = options.headers?.authorization ?? null;
  said.asked.push([path, header]);
  const [status, content] = answer(path, header);
  return {ok: status < 400, status, json: async () => content};
};

const settled = () => new Promise((resolve) => setTimeout(resolve, 20));
async function enter(text) {
  $("token").value = text;
  $("enter").handlers.submit({preventDefault() {}});
  await settled();
}
function tell() {
  for (const id of ["who", "life", "as-of"]) said[id] = $(id).textContent;
  said.field = !$("access").hidden;
  said.left = $("token").value;
  console.log(JSON.stringify(said));
}
