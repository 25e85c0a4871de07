// Plays one recording; only one sounds at a time, new answers may follow each other by themselves.

import { clock, drawing, icon, make, memory } from "./dom.js";
import { BARS, draw, FLAT, HEIGHT, loudness } from "./waveform.js";

const SPEEDS = [1, 1.5, 2];
const MOST_QUEUED = 20;

let current = null;
let speed = SPEEDS.includes(Number(memory.read("speed", "1"))) ? Number(memory.read("speed", "1")) : 1;
const queue = [];
const players = new Set();

/** Play now, or after the answers that are sounding or waiting already. */
export function playNext(player) {
  queue.push(player);
  if (queue.length > MOST_QUEUED) queue.shift();
  if (current === null) queue.shift().play();
}

/** Silence: the person speaks, sends something or changes the chat. */
export function silence() {
  queue.length = 0;
  current?.pause();
}

const whenSeen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    whenSeen.unobserve(target);
    target.dispatchEvent(new Event("seen"));
  }
});

export class Player {
  #audio;
  #duration;
  #button;
  #seek;
  #time;
  #speed;
  #wave;
  #frame = 0;

  /** `duration` in seconds as the sender gave it; `unheard` puts a dot until it is played. */
  constructor({ url, duration, title, unheard }) {
    this.url = url;
    this.#duration = duration ?? 0;
    this.#audio = new Audio();
    this.#audio.preload = "none";
    this.#audio.src = url;
    this.#build(title ?? "голосовое сообщение", unheard);
    this.#listen();
    players.add(this);
  }

  async play() {
    if (current !== this) current?.pause();
    current = this;
    this.element.classList.remove("broken");
    this.#audio.playbackRate = speed;
    try {
      await this.#audio.play();
      this.element.classList.remove("unheard");
    } catch (refused) {
      // AbortError: paused meanwhile. NotAllowedError: the browser wants a press before the first sound of a page.
      if (refused.name === "NotAllowedError") queue.length = 0;
      if (refused.name === "NotSupportedError") this.#fail();
      this.#rest();
    }
  }

  pause() {
    this.#audio.pause();
    this.#rest();
  }

  remove() {
    this.pause();
    players.delete(this);
    this.#audio.removeAttribute("src");
  }

  #build(title, unheard) {
    this.#button = make("button", { type: "button", class: "play", "aria-label": `Слушать: ${title}` }, icon("play"));
    const base = drawing("bars", BARS, HEIGHT);
    const played = drawing("bars played", BARS, HEIGHT);
    this.#wave = { base, played };
    this.#show(FLAT);
    this.#seek = make("input", {
      type: "range", min: 0, max: 1000, step: 1, value: 0, class: "seek", "aria-label": `Место в записи: ${title}`,
    });
    this.#time = make("span", { class: "time" }, clock(this.#duration));
    this.#speed = make("button", { type: "button", class: "speed" });
    this.element = make(
      "div",
      { class: unheard ? "player unheard" : "player", role: "group", "aria-label": title },
      this.#button,
      make("div", { class: "wave" }, base, played, this.#seek),
      make("div", { class: "player-side" }, this.#time, this.#speed),
    );
    this.#tellSpeed();
    this.#progress();
  }

  #listen() {
    this.#button.addEventListener("click", () => (this.#audio.paused ? this.play() : silence()));
    this.#speed.addEventListener("click", () => {
      speed = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length];
      memory.write("speed", String(speed));
      for (const player of players) player.#tellSpeed();
    });
    this.#seek.addEventListener("input", () => {
      const { duration } = this.#audio;
      if (Number.isFinite(duration)) this.#audio.currentTime = (duration * this.#seek.value) / 1000;
      this.#progress();
    });
    this.#audio.addEventListener("playing", () => {
      this.#state(true);
      this.#tick();
    });
    this.#audio.addEventListener("loadedmetadata", () => {
      if (Number.isFinite(this.#audio.duration)) this.#duration = this.#audio.duration;
      const wanted = Number(this.#seek.value); // moved before the first press on play
      if (wanted > 0) this.#audio.currentTime = (this.#duration * wanted) / 1000;
    });
    this.#audio.addEventListener("ended", () => this.#ended());
    this.#audio.addEventListener("error", () => this.#audio.hasAttribute("src") && this.#fail());
    this.element.addEventListener("seen", async () => {
      const levels = await loudness(this.url);
      if (levels) this.#show(levels);
    });
    whenSeen.observe(this.element);
  }

  #show(levels) {
    draw(this.#wave.base, levels);
    draw(this.#wave.played, levels);
  }

  #tick() {
    cancelAnimationFrame(this.#frame);
    this.#progress();
    if (!this.#audio.paused) this.#frame = requestAnimationFrame(() => this.#tick());
  }

  #progress() {
    const at = this.#audio.currentTime;
    const total = this.#duration;
    const part = total > 0 ? Math.min(1, at / total) : 0;
    if (this.#audio.readyState > 0) this.#seek.value = Math.round(part * 1000);
    this.element.style.setProperty("--played", part.toFixed(4));
    const shown = clock(at > 0 ? at : total);
    if (this.#time.textContent !== shown) {
      this.#time.textContent = shown;
      this.#seek.setAttribute("aria-valuetext", `${clock(at)} из ${clock(total)}`);
    }
  }

  #state(playing) {
    this.#button.replaceChildren(icon(playing ? "pause" : "play"));
    const title = this.element.getAttribute("aria-label");
    this.#button.setAttribute("aria-label", `${playing ? "Пауза" : "Слушать"}: ${title}`);
    this.element.classList.toggle("playing", playing);
  }

  #rest() {
    cancelAnimationFrame(this.#frame);
    this.#state(false);
    if (current === this) current = null;
  }

  #ended() {
    this.#audio.currentTime = 0;
    this.#rest();
    this.#progress();
    queue.shift()?.play();
  }

  #fail() {
    this.#rest();
    this.element.classList.add("broken");
    this.#time.textContent = "не воспроизводится";
  }

  #tellSpeed() {
    this.#audio.playbackRate = speed;
    const text = `${String(speed).replace(".", ",")}×`;
    this.#speed.textContent = text;
    this.#speed.setAttribute("aria-label", `Скорость ${text}, сменить`);
  }
}
