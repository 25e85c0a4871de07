// Builds elements without ever parsing a string as HTML: text goes in as text, whatever it contains.

const SVG = "http://www.w3.org/2000/svg";

/** An element; attributes that are null, undefined or false are left out, `onclick: f` listens, strings become text. */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** One of the symbols at the top of index.html. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** An empty drawing of one path, stretched to its box; strokes keep their width. */
export function drawing(className, width, height) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", className);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS(SVG, "path"));
  return svg;
}

/** A square button with a picture; `label` is what a screen reader says and the tooltip shows. */
export function iconButton(name, label, className, onclick) {
  return make("button", { type: "button", class: className, "aria-label": label, title: label, onclick }, icon(name));
}

export const byId = (id) => document.getElementById(id);

/** Seconds as 0:07 or 1:02:03. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  const two = (number) => String(number).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes}:${two(whole % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

const SIZES = ["Б", "КБ", "МБ", "ГБ"];

/** Bytes as a person says them: 340 КБ, 2,4 МБ. */
export function fileSize(bytes) {
  let value = bytes;
  let step = 0;
  while (value >= 1024 && step < SIZES.length - 1) {
    value /= 1024;
    step += 1;
  }
  return `${value.toLocaleString("ru-RU", { maximumFractionDigits: value < 10 && step > 0 ? 1 : 0 })} ${SIZES[step]}`;
}

/** A setting kept between visits; a browser that keeps nothing gets the default. */
export const memory = {
  read(name, fallback) {
    try {
      return localStorage.getItem(name) ?? fallback;
    } catch {
      return fallback;
    }
  },
  write(name, value) {
    try {
      localStorage.setItem(name, value);
    } catch {
      // Private windows may refuse storage; the setting then lasts as long as the page.
    }
  },
};
