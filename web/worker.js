/* Runs a generator: noise in, pixels out. Lives in a Web Worker behind ort.*.min.js, which defines `ort`. */
"use strict";

const SCALES = 6;
let graph, shape, device;
const sessions = new Map(); // the generator by its name
const noises = new Map(); // wrapped noises by seed, scale and size

/** Uniform on [0, 1), 24 bits: a function of the place alone, so that a plane of noise has no end and no memory. */
function uniform(seed, scale, channel, row, column) {
  let h = Math.imul(seed, 0x9e3779b1) ^ Math.imul(scale * 3 + channel + 1, 0x7feb352d);
  h = mix(h ^ Math.imul(row, 0x85ebca6b));
  h = mix(h ^ Math.imul(column, 0xc2b2ae35));
  return (h >>> 8) / 16777216;
}

function mix(h) {
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return h ^ (h >>> 16);
}

/** (3, side, side) of scale k around the square of `size` pixels at (left, top); on a torus when `wrap`. */
function noise(seed, k, left, top, size, wrap) {
  const margin = shape.margins[k], n = size >> k, side = n + 2 * margin;
  const z = new Float32Array(3 * side * side);
  const modulo = (i) => (wrap ? ((i % n) + n) % n : i);
  for (let c = 0, at = 0; c < 3; c++)
    for (let i = 0; i < side; i++) {
      const row = modulo((top >> k) + i - margin);
      for (let j = 0; j < side; j++) z[at++] = uniform(seed, k, c, row, modulo((left >> k) + j - margin));
    }
  return z;
}

function torus(seed, k, size) {
  const name = [seed, k, size].join();
  if (!noises.has(name)) {
    if (noises.size > 48) noises.clear();
    noises.set(name, noise(seed, k, 0, 0, size, true));
  }
  return noises.get(name);
}

/** redresse of textures/noise.py: the law of (1 − λ)U + λV back to uniform. */
function straighten(z, lam) {
  lam = Math.min(lam, 1 - lam);
  if (lam < 1e-6) return z;
  return z.map((value) => {
    const t = Math.min(value, 1 - value);
    const below = t <= lam ? (t * t) / (2 * lam * (1 - lam)) : (t - lam / 2) / (1 - lam);
    return value <= 0.5 ? below : 1 - below;
  });
}

function pyramid(job) {
  return Array.from({ length: SCALES }, (_, k) => {
    if (job.kind === "plane") return noise(job.seed, k, job.left, job.top, job.size, false);
    const a = torus(2 * job.seed, k, job.size), b = torus(2 * job.seed + 1, k, job.size);
    const z = a.map((value, i) => (1 - job.lam) * value + job.lam * b[i]);
    return job.straight ? straighten(z, job.lam) : z;
  });
}

async function run(job) {
  if (job.weights && !sessions.has(job.model)) {
    const options = { executionProviders: [device], externalData: [{ path: "weights", data: job.weights }] };
    sessions.set(job.model, await ort.InferenceSession.create(graph, options));
  }
  const z = pyramid(job), feeds = {};
  z.forEach((data, k) => {
    const side = (job.size >> k) + 2 * shape.margins[k];
    feeds["z" + k] = new ort.Tensor("float32", data, [1, 3, side, side]);
  });
  const { image } = await sessions.get(job.model).run(feeds);
  const values = image.data, n = job.size * job.size, pixels = new Uint8ClampedArray(4 * n);
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = 255 * values[c * n + i]; // clamped and rounded by the array
    pixels[4 * i + 3] = 255;
  }
  return { pixels, size: job.size, ...(job.raw ? { values: Float32Array.from(values), noise: z } : {}) };
}

let last = Promise.resolve(); // a session runs one job at a time

onmessage = ({ data }) => {
  last = last.then(async () => {
    try {
      if (data.start) {
        ({ graph, shape, device } = data.start);
        ort.env.wasm.numThreads = 1; // more need headers that a folder of files cannot send
        ort.env.wasm.wasmBinary = data.start.wasm;
        ort.env.wasm.wasmPaths = { mjs: URL.createObjectURL(new Blob([data.start.glue], { type: "text/javascript" })) };
        postMessage({ id: data.id });
      } else postMessage({ id: data.id, ...(await run(data.job)) });
    } catch (error) {
      postMessage({ id: data.id, error: String(error) });
    }
  });
};
