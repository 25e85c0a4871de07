// The foot of the page: attach, commands, text, microphone or send.

import { Attachments } from "./attachments.js";
import { iconButton, make } from "./dom.js";
import { Menu } from "./menu.js";
import { Failures } from "./notices.js";
import { VoiceBar } from "./voicebar.js";

const LONGEST_TEXT = 4096; // Telegram counts UTF-16 units, as `length` does
const LONGEST_CAPTION = 1024;
const COUNT_FROM = 200;

export class Composer {
  #outbox = null;
  #commands = [];
  #onSpeak;

  /** `onSpeak()` is called when the person begins to record or sends something: the answers fall silent. */
  constructor(root, onSpeak) {
    this.#onSpeak = onSpeak;
    this.failures = new Failures();
    this.attachments = new Attachments(() => this.#refresh());
    this.voice = new VoiceBar({
      begun: () => this.#recording(true),
      over: () => this.#recording(false),
      send: (blob, seconds) => this.#deliver("Голосовое", (outbox) => outbox.voice(blob, seconds)),
      refused: (text) => this.failures.add(text),
    });
    this.#build(root);
    this.#dropAndPaste();
    this.#refresh();
  }

  /** Whom to write to, and what the «/» menu offers. */
  use(outbox, commands) {
    if (!this.voice.element.hidden) this.voice.cancel();
    this.#outbox = outbox;
    this.#commands = commands;
    this.commandButton.hidden = commands.length === 0;
  }

  command(text) {
    this.#deliver("Команда", (outbox) => outbox.text(text));
  }

  #build(root) {
    this.input = make("textarea", {
      class: "input", rows: 1, placeholder: "Сообщение", "aria-label": "Сообщение", enterkeyhint: "send", autocomplete: "off",
    });
    this.counter = make("span", { class: "counter", "aria-live": "polite", hidden: true });
    this.attachButton = iconButton("attach", "Приложить фото или документ", "round quiet");
    this.commandButton = iconButton("slash", "Команды бота", "round quiet slash");
    this.micButton = iconButton("mic", "Записать голосовое", "round primary", () => this.#record());
    this.sendButton = iconButton("send", "Отправить", "round primary", () => this.#send());
    const attachMenu = new Menu(this.attachButton, "Что приложить", () => [
      { title: "Фото", symbol: "photo", run: () => this.attachments.photoInput.click() },
      { title: "Документ", symbol: "file", run: () => this.attachments.documentInput.click() },
    ]);
    const commandMenu = new Menu(this.commandButton, "Команды бота", () => this.#commands.map(
      ({ command, description }) => ({ title: `/${command}`, hint: description, run: () => this.command(`/${command}`) }),
    ));
    this.bar = make(
      "div", { class: "bar" },
      this.attachButton, this.commandButton,
      make("div", { class: "field" }, this.input, this.counter),
      this.micButton, this.sendButton,
    );
    root.append(
      this.failures.element, this.attachments.element, attachMenu.element, commandMenu.element,
      this.bar, this.voice.element, this.attachments.photoInput, this.attachments.documentInput,
    );
    this.input.addEventListener("input", () => this.#refresh());
    this.input.addEventListener("keydown", (event) => this.#key(event));
  }

  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#send();
  }

  #dropAndPaste() {
    const withFiles = (event) => event.dataTransfer?.types.includes("Files");
    document.addEventListener("dragover", (event) => withFiles(event) && event.preventDefault());
    document.addEventListener("drop", (event) => {
      if (!withFiles(event)) return;
      event.preventDefault();
      this.attachments.addAny(event.dataTransfer.files);
    });
    this.input.addEventListener("paste", (event) => {
      if (event.clipboardData.files.length === 0) return;
      event.preventDefault();
      this.attachments.addAny(event.clipboardData.files);
    });
  }

  get #limit() {
    return this.attachments.count > 0 ? LONGEST_CAPTION : LONGEST_TEXT;
  }

  #refresh() {
    const text = this.input.value;
    const attached = this.attachments.count > 0;
    const left = this.#limit - text.trim().length;
    const something = attached || text.trim() !== "";
    const focused = document.activeElement;
    this.input.placeholder = attached ? "Подпись" : "Сообщение";
    this.input.setAttribute("aria-label", this.input.placeholder);
    this.micButton.hidden = something;
    this.sendButton.hidden = !something;
    this.sendButton.disabled = left < 0;
    this.counter.hidden = left > COUNT_FROM;
    this.counter.textContent = left < 0 ? `лишних знаков: ${-left}` : `осталось ${left}`;
    this.counter.classList.toggle("over", left < 0);
    if (focused === this.sendButton && this.sendButton.hidden) this.input.focus();
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight}px`;
  }

  #send() {
    if (this.sendButton.hidden || this.sendButton.disabled) return;
    const text = this.input.value.trim();
    const files = this.attachments.take();
    this.input.value = "";
    this.#refresh();
    this.input.focus();
    if (files.length === 0) this.#deliver("Сообщение", (outbox) => outbox.text(text));
    files.forEach(({ kind, file }, index) => {
      const caption = index === 0 ? text : "";
      this.#deliver(kind === "photo" ? "Фото" : "Документ", (outbox) => outbox.file(kind, file, caption));
    });
  }

  #record() {
    this.failures.clearWords();
    this.#onSpeak();
    this.voice.begin();
  }

  #recording(on) {
    this.bar.hidden = on;
    if (!on) this.micButton.focus();
  }

  /** Kept until it is sent or given up: after a failure it can be sent again, to the same chat. */
  async #deliver(what, attempt, outbox = this.#outbox) {
    if (outbox === null) return this.failures.add(`${what} не отправлено: нет связи с эмулятором.`);
    this.#onSpeak();
    try {
      await attempt(outbox);
    } catch (error) {
      this.failures.add(`${what} не отправлено: ${error.message}.`, () => this.#deliver(what, attempt, outbox));
    }
  }
}
