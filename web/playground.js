/* The playground: two pictures between two noises, and a texture without end. All is computed in this browser. */
"use strict";

const SIZE = 256, TILE = 128, STEP = 32;
const page = document.documentElement;
const words = JSON.parse(document.getElementById("words").textContent);
const $ = (id) => document.getElementById(id);

/* Data comes in scripts that call this: a page opened from a file may not fetch its neighbours. */
const arrived = new Map();
window.lab = { data: (name, text) => arrived.get(name)(text) };
const asked = new Map();

/** The bytes of data/NAME.js, which holds them gzipped in base64. */
function load(name) {
  if (!asked.has(name)) {
    asked.set(name, new Promise((resolve, reject) => {
      arrived.set(name, resolve);
      const script = document.createElement("script");
      script.src = `data/${name}.js`;
      script.onerror = () => { asked.delete(name); reject(new Error(`data/${name}.js`)); };
      document.head.append(script);
    }).then((text) => {
      const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
      return new Response(stream).arrayBuffer();
    }));
  }
  return asked.get(name);
}

/** A worker with ONNX Runtime in it; `do` answers one job. */
class Engine {
  constructor(url, start) {
    this.waiting = new Map();
    this.known = new Set();
    this.count = 0;
    this.worker = new Worker(url);
    this.worker.onmessage = ({ data }) => {
      const { resolve, reject } = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      data.error ? reject(new Error(data.error)) : resolve(data);
    };
    this.ready = this.send({ start });
  }
  get load() { return this.waiting.size; }
  send(message) {
    return new Promise((resolve, reject) => {
      this.waiting.set(++this.count, { resolve, reject });
      this.worker.postMessage({ id: this.count, ...message });
    });
  }
  async do(job) {
    const weights = this.known.has(job.model) ? undefined : new Uint8Array(await load(job.model));
    this.known.add(job.model);
    return this.send({ job: { ...job, weights } });
  }
}

let engines = [];

async function begin(device) {
  const kind = device === "webgpu" ? "webgpu" : "wasm";
  const [script, glue, wasm, graph] = await Promise.all(
    [`ort-${kind}`, `ort-${kind}-glue`, `ort-${kind}-binary`, "graph"].map(load));
  const url = URL.createObjectURL(new Blob([script, "\n", $("worker").textContent], { type: "text/javascript" }));
  const start = { graph: new Uint8Array(graph), shape: words.shape, device, glue, wasm };
  const many = device === "webgpu" ? 1 : Math.min(2, navigator.hardwareConcurrency || 1);
  engines = Array.from({ length: many }, () => new Engine(url, start));
  await engines[0].do({ kind: "plane", model: state.model, seed: 0, left: 0, top: 0, size: 32 });
  page.dataset.device = device;
  $("device").textContent = words[device];
}

async function open() {
  const asked = new URLSearchParams(location.search).get("device");
  let gpu = null;
  if (asked !== "wasm" && navigator.gpu) gpu = await navigator.gpu.requestAdapter().catch(() => null);
  if (gpu && (asked === "webgpu" || !gpu.info?.isFallbackAdapter)) {
    try { return await begin("webgpu"); } catch (error) {
      console.info(error);
      engines.forEach((engine) => engine.worker.terminate());
    }
  }
  return begin("wasm");
}

/** The least busy engine does it. */
const render = (job) => engines.reduce((a, b) => (b.load < a.load ? b : a)).do(job);

const state = { model: words.models[0], seed: 0, lam: 0.5, x: 0, y: 0 };

function show(canvas, { pixels, size }) {
  canvas.getContext("2d").putImageData(new ImageData(pixels, size, size), 0, 0);
  canvas.dataset.drawn = Number(canvas.dataset.drawn || 0) + 1;
}

/* Of what is asked for while a picture is made, only the latest is made next. Both pictures show one λ. */
let busy = false, again = false;
async function drawPair() {
  if (busy) { again = true; return; }
  busy = true;
  do {
    again = false;
    const { model, seed, lam } = state;
    const both = [false, true].map((straight) => render({ kind: "pair", model, seed, lam, straight, size: SIZE }));
    const [plain, straight] = await Promise.all(both);
    show($("plain"), plain);
    show($("straight"), straight);
  } while (again);
  busy = false;
}

/* The plane is made of tiles; a tile is the same wherever it is seen from. */
const tiles = new Map();
let working = 0;

function visible() {
  const { width, height } = $("plane"), found = [];
  for (let row = Math.floor(state.y / TILE); row * TILE < state.y + height; row++)
    for (let column = Math.floor(state.x / TILE); column * TILE < state.x + width; column++) found.push([column, row]);
  const cx = (state.x + width / 2) / TILE - 0.5, cy = (state.y + height / 2) / TILE - 0.5;
  return found.sort((a, b) => Math.hypot(a[0] - cx, a[1] - cy) - Math.hypot(b[0] - cx, b[1] - cy));
}
const nameOf = (column, row) => [state.model, state.seed, column, row].join();

function paint() {
  const canvas = $("plane"), context = canvas.getContext("2d");
  let missing = 0;
  for (const [column, row] of visible()) {
    const tile = tiles.get(nameOf(column, row)), at = [column * TILE - state.x, row * TILE - state.y];
    if (tile instanceof HTMLCanvasElement) context.drawImage(tile, ...at);
    else { context.clearRect(...at, TILE, TILE); missing++; }
  }
  canvas.dataset.missing = missing;
  $("place").textContent = `x = ${state.x}, y = ${state.y}`;
  fill();
}

async function fill() {
  while (engines.length && working < engines.length) {
    const next = visible().find(([column, row]) => !tiles.has(nameOf(column, row)));
    if (!next) return;
    const name = nameOf(...next), { model, seed } = state, tile = document.createElement("canvas");
    tile.width = tile.height = TILE;
    tiles.set(name, "asked");
    if (tiles.size > 600) tiles.delete(tiles.keys().next().value);
    working++;
    render({ kind: "plane", model, seed, left: next[0] * TILE, top: next[1] * TILE, size: TILE }).then((made) => {
      show(tile, made);
      tiles.set(name, tile);
      working--;
      paint();
    }, fail);
  }
}

function fail(error) {
  console.error(error);
  $("status").textContent = words.failed + " " + error.message;
}

async function renew() {
  $("exemplar").src = `gallery/${state.model}-exemplar.jpg`;
  paint();
  await drawPair();
  page.dataset.ready = `${state.model} ${state.seed}`;
}

function move(dx, dy) {
  state.x += dx;
  state.y += dy;
  requestAnimationFrame(paint);
}

function wire() {
  const slider = $("lam");
  slider.oninput = () => {
    state.lam = Number(slider.value);
    const text = state.lam.toLocaleString(page.lang, { minimumFractionDigits: 2 });
    $("value").textContent = text;
    slider.setAttribute("aria-valuetext", "λ = " + text);
    drawPair().catch(fail);
  };
  $("texture").onchange = () => { state.model = $("texture").value; renew().catch(fail); };
  $("renew").onclick = () => { state.seed++; renew().catch(fail); };
  for (const card of document.querySelectorAll("[data-model]"))
    card.onclick = () => {
      $("texture").value = state.model = card.dataset.model;
      renew().catch(fail);
      $("top").scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion)").matches ? "auto" : "smooth" });
    };
  for (const button of document.querySelectorAll("[data-save]"))
    button.onclick = () => $(button.dataset.save).toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `${state.model}_${state.seed}_${button.dataset.save}.png`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    });
  const plane = $("plane");
  let held = null;
  plane.onpointerdown = (event) => { plane.setPointerCapture(event.pointerId); held = [event.clientX, event.clientY]; };
  plane.onpointermove = (event) => {
    if (!held) return;
    const dx = Math.round(event.clientX - held[0]), dy = Math.round(event.clientY - held[1]);
    held = [held[0] + dx, held[1] + dy];
    move(-dx, -dy);
  };
  plane.onpointerup = plane.onpointercancel = () => { held = null; };
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  plane.onkeydown = (event) => {
    if (!(event.key in ways)) return;
    event.preventDefault();
    move(...ways[event.key].map((way) => way * STEP));
  };
  for (const button of document.querySelectorAll("[data-way]"))
    button.onclick = () => move(...ways[button.dataset.way].map((way) => way * STEP));
  new ResizeObserver(() => {
    plane.width = plane.clientWidth;
    plane.height = plane.clientHeight;
    paint();
  }).observe(plane);
}

lab.render = render;
lab.state = state;
$("texture").value = state.model; // browsers remember forms over a reload
$("lam").value = state.lam;
wire();
open().then(renew).then(() => { $("status").textContent = ""; }).catch(fail);
