// Loudness as bars: read from a recording, drawn as one SVG path.

export const BARS = 48;
const HEIGHT = 32;
const RATE = 8000; // loudness needs no more, and ten minutes then take 19 MB instead of 115
const LARGEST_BYTES = 12 * 1024 * 1024;
const AT_ONCE = 2;

let running = 0;
const waiting = [];

/** Peaks 0..1 of the recording at `url`, BARS of them; null when it can not be decoded here. */
export async function loudness(url) {
  if (running >= AT_ONCE) await new Promise((resolve) => waiting.push(resolve));
  running += 1;
  try {
    return await decoded(url);
  } catch {
    return null; // the player works without a picture; a broken file says so when it is played
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

async function decoded(url) {
  const response = await fetch(url);
  if (!response.ok) return null;
  const bytes = await response.arrayBuffer();
  if (bytes.byteLength === 0 || bytes.byteLength > LARGEST_BYTES) return null;
  const sound = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(bytes);
  return normalised(peaks(sound.getChannelData(0)));
}

function peaks(samples) {
  const step = Math.max(1, samples.length / BARS);
  return Array.from({ length: BARS }, (_, bar) => {
    let sum = 0;
    const from = Math.floor(bar * step);
    const to = Math.min(samples.length, Math.floor((bar + 1) * step));
    for (let at = from; at < to; at += 1) sum += samples[at] * samples[at];
    return Math.sqrt(sum / Math.max(1, to - from));
  });
}

function normalised(levels) {
  const loudest = Math.max(...levels, 1e-4);
  return levels.map((level) => Math.sqrt(level / loudest));
}

/** Puts `levels` (0..1) into a drawing made by dom.drawing(…, levels.length, HEIGHT). */
export function draw(svg, levels) {
  const bars = levels.map((level, index) => {
    const half = Math.max(0.06, level) * (HEIGHT / 2 - 2);
    return `M${index + 0.5} ${(HEIGHT / 2 - half).toFixed(1)}V${(HEIGHT / 2 + half).toFixed(1)}`;
  });
  svg.firstChild.setAttribute("d", bars.join(""));
}

export const FLAT = Object.freeze(Array.from({ length: BARS }, () => 0));
export { HEIGHT };
