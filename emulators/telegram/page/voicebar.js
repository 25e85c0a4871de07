// The row that takes the input's place while the microphone is on: cancel, clock, level, send.

import { clock, drawing, iconButton, make } from "./dom.js";
import { NoMicrophone, startRecording } from "./recorder.js";
import { draw, HEIGHT } from "./waveform.js";

const LEVELS = 40;
const LEVEL_MS = 70;
const LONGEST_S = 3600;
const SHORTEST_S = 0.4;

export class VoiceBar {
  #hooks;
  #recording = null;
  #timer = 0;
  #levels = [];
  #attempt = 0;

  /** `hooks` has begun(), over() (the input comes back), send(blob, seconds) and refused(text). */
  constructor(hooks) {
    this.#hooks = hooks;
    this.clock = make("span", { class: "record-clock", role: "timer" }, "0:00");
    this.meter = drawing("meter", LEVELS, HEIGHT);
    this.word = make("span", { class: "record-word", "aria-live": "polite" });
    this.sendButton = iconButton("send", "Отправить запись", "round primary", () => this.finish());
    this.element = make(
      "div",
      { class: "bar voice-bar", role: "group", "aria-label": "Запись голосового сообщения", hidden: true },
      iconButton("bin", "Отменить запись", "round quiet", () => this.cancel()),
      make("span", { class: "record-dot", "aria-hidden": "true" }),
      this.clock, this.meter, this.word, this.sendButton,
    );
    this.element.addEventListener("keydown", (event) => event.key === "Escape" && this.cancel());
  }

  async begin() {
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.#levels = Array.from({ length: LEVELS }, () => 0);
    this.#face("Жду разрешения на микрофон…", true);
    this.element.hidden = false;
    this.sendButton.focus();
    this.#hooks.begun();
    try {
      const recording = await startRecording();
      if (attempt !== this.#attempt) return recording.cancel(); // cancelled while the browser was asking
      this.#recording = recording;
      this.#face("", false);
      this.sendButton.focus();
      this.#timer = setInterval(() => this.#tick(), LEVEL_MS);
    } catch (refused) {
      if (!(refused instanceof NoMicrophone)) throw refused;
      if (attempt !== this.#attempt) return;
      this.#over();
      this.#hooks.refused(refused.message);
    }
  }

  async finish() {
    const recording = this.#recording;
    if (recording === null) return;
    this.#recording = null;
    this.#over();
    const { blob, seconds } = await recording.finish();
    if (seconds < SHORTEST_S || blob.size === 0) {
      this.#hooks.refused("Слишком коротко. Нажмите на микрофон, скажите и нажмите ещё раз.");
    } else {
      this.#hooks.send(blob, seconds);
    }
  }

  cancel() {
    this.#recording?.cancel();
    this.#recording = null;
    this.#over();
  }

  #over() {
    this.#attempt += 1;
    clearInterval(this.#timer);
    this.element.hidden = true;
    this.#hooks.over();
  }

  #tick() {
    const recording = this.#recording;
    if (recording.ended) this.#face("Микрофон отключился, записанное можно отправить", false);
    this.#levels.push(recording.level());
    this.#levels.shift();
    draw(this.meter, this.#levels);
    const shown = clock(recording.elapsed);
    if (this.clock.textContent !== shown) this.clock.textContent = shown;
    if (recording.elapsed >= LONGEST_S) this.finish();
  }

  #face(word, waiting) {
    this.word.textContent = word;
    this.word.hidden = word === "";
    this.meter.classList.toggle("gone", word !== "");
    this.clock.textContent = "0:00";
    this.element.classList.toggle("waiting", waiting);
    this.sendButton.disabled = waiting;
    draw(this.meter, this.#levels);
  }
}
