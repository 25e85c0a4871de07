// One message as an element; an edit rebuilds it around the player, so that a sounding answer goes on.

import { fileSize, icon, make } from "./dom.js";
import { formatted } from "./entities.js";
import { openPhoto } from "./lightbox.js";
import { Player } from "./player.js";

const TIME = new Intl.DateTimeFormat("ru-RU", { hour: "2-digit", minute: "2-digit" });
const QUOTE_LENGTH = 120;

const KINDS = {
  voice: "Голосовое сообщение", audio: "Аудиозапись", photo: "Фото", document: "Документ", video: "Видео",
  video_note: "Видеосообщение", animation: "Анимация", sticker: "Стикер", location: "Место на карте", poll: "Опрос",
};

/** A line that stands for a message where there is no room for it. */
export function gist(message) {
  const words = (message.text || message.caption || "").replace(/\s+/g, " ").trim();
  const short = words.length > QUOTE_LENGTH ? `${words.slice(0, QUOTE_LENGTH)}…` : words;
  return short || KINDS[message.kind] || "Сообщение";
}

export class MessageView {
  #context;
  #player = null;
  #edited = false;
  #waiting = new Map(); // callback data of pressed buttons -> their elements

  /** `context`: command(text), press(message, data), find(id), goTo(id), unheard(message), names (whether to show them). */
  constructor(message, context) {
    this.#context = context;
    this.element = make("article", { class: "message", "data-message": message.message_id, tabindex: -1 });
    this.update(message);
  }

  get player() {
    return this.#player;
  }

  update(message) {
    // A change of the buttons alone is no change to the reader.
    const before = this.message;
    this.#edited ||= Boolean(message.edited || (before && (before.text !== message.text || before.caption !== message.caption)));
    this.message = message;
    const mine = message.from === "person";
    const at = new Date(message.date * 1000);
    this.element.classList.toggle("mine", mine);
    this.element.classList.toggle("bare", bare(message));
    this.element.setAttribute("aria-label", `${mine ? "Вы" : message.name || "Бот"}, ${TIME.format(at)}`);
    const meta = make(
      "span", { class: "meta" },
      this.#edited ? make("span", { class: "edited" }, "изменено ") : null,
      make("time", { datetime: at.toISOString(), title: at.toLocaleString("ru-RU") }, TIME.format(at)),
    );
    const words = message.text || message.caption;
    const focused = this.element.contains(document.activeElement) ? document.activeElement : null;
    this.element.replaceChildren(
      make(
        "div", { class: `bubble kind-${message.kind}` },
        this.#context.names && !mine ? make("p", { class: "name" }, message.name) : null,
        this.#quote(message),
        this.#media(message),
        words ? this.#words(message, words, meta) : make("div", { class: "meta-row" }, meta),
      ),
      ...this.#keyboard(message),
    );
    if (focused?.isConnected) focused.focus({ preventScroll: true });
  }

  /** The bot answered a press (or nobody did): the button can be pressed again. */
  answered(data) {
    for (const [pressed, button] of this.#waiting) {
      if (data !== undefined && data !== pressed) continue;
      button.classList.remove("waiting");
      button.removeAttribute("aria-busy");
      this.#waiting.delete(pressed);
    }
  }

  remove() {
    this.#player?.remove();
    this.element.remove();
  }

  #words(message, words, meta) {
    const entities = message.text ? message.entities : message.caption_entities ?? message.entities;
    return make("div", { class: "words", dir: "auto" }, formatted(words, entities, this.#context.command), meta);
  }

  #quote(message) {
    if (!message.reply_to) return null;
    const original = this.#context.find(message.reply_to);
    const name = original ? (original.from === "person" ? "Вы" : original.name || "Бот") : "Ответ";
    return make(
      "button",
      { type: "button", class: "quote", title: "Показать, на что это ответ", onclick: () => this.#context.goTo(message.reply_to) },
      make("span", { class: "quote-name" }, name),
      make("span", { class: "quote-text" }, original ? gist(original) : "сообщение удалено или не видно"),
    );
  }

  #media(message) {
    const url = message.file_url;
    if (!url) return message.kind === "text" || message.text ? null : make("p", { class: "other" }, KINDS[message.kind] ?? "Сообщение другого вида");
    switch (message.kind) {
      case "voice":
      case "audio":
        return this.#sound(message, url);
      case "photo":
      case "sticker":
        return photo(message, url);
      case "video_note":
      case "video":
      case "animation":
        return make("video", { class: message.kind, src: url, controls: true, preload: "metadata", playsinline: true });
      default:
        return file(message, url);
    }
  }

  #sound(message, url) {
    if (this.#player?.url !== url) {
      this.#player?.remove();
      this.#player = new Player({
        url,
        duration: message.duration,
        title: message.kind === "voice" ? "голосовое сообщение" : message.file_name || "аудиозапись",
        unheard: this.#context.unheard(message),
      });
    }
    const title = message.kind === "audio" && message.file_name ? make("p", { class: "file-name" }, message.file_name) : null;
    return make("div", { class: "sound" }, title, this.#player.element);
  }

  #keyboard(message) {
    this.#waiting.clear();
    if (!message.buttons?.length) return [];
    const rows = message.buttons.map((row) => make("div", { class: "row" }, row.map((button) => this.#button(message, button))));
    return [make("div", { class: "keyboard", role: "group", "aria-label": "Кнопки под сообщением" }, rows)];
  }

  #button(message, { text, data, url }) {
    if (url && /^https?:/i.test(url)) {
      return make("a", { class: "key", href: url, target: "_blank", rel: "noopener noreferrer" }, text);
    }
    const button = make("button", { type: "button", class: "key" }, make("span", {}, text));
    if (data === null || data === undefined) {
      // A key of a reply keyboard says its own text; other kinds (web_app, …) have nothing to do here.
      if (url) button.disabled = true;
      else button.addEventListener("click", () => this.#context.command(text));
      return button;
    }
    button.addEventListener("click", () => {
      if (this.#waiting.has(data)) return;
      this.#waiting.set(data, button);
      button.classList.add("waiting");
      button.setAttribute("aria-busy", "true");
      this.#context.press(message, data);
    });
    return button;
  }
}

/** A picture without words needs no bubble around it. */
function bare(message) {
  return ["photo", "sticker", "video_note"].includes(message.kind) && !message.caption && !message.reply_to;
}

function photo(message, url) {
  const image = make("img", { src: url, alt: message.caption ? "" : "Фото", loading: "lazy", decoding: "async" });
  const frame = make("button", { type: "button", class: "photo", "aria-label": "Открыть фото", onclick: () => openPhoto(url, message.caption) }, image);
  image.addEventListener("load", () => {
    // Tall and wide pictures keep their shape within bounds; the place is kept once the shape is known.
    frame.style.aspectRatio = `${image.naturalWidth} / ${image.naturalHeight}`;
  });
  image.addEventListener("error", () => frame.replaceWith(file({ ...message, file_name: message.file_name || "фото" }, url)), { once: true });
  return frame;
}

function file(message, url) {
  const name = message.file_name || "файл";
  return make(
    "a", { class: "file", href: url, download: name, title: `Скачать ${name}` },
    make("span", { class: "file-icon" }, icon("file"), make("span", {}, extension(name))),
    make(
      "span", { class: "file-words" },
      make("span", { class: "file-name" }, name),
      make("span", { class: "file-size" }, message.file_size ? `${fileSize(message.file_size)}, скачать` : "скачать"),
    ),
  );
}

function extension(name) {
  const found = /\.([a-zа-я0-9]{1,4})$/i.exec(name);
  return found ? found[1].toLowerCase() : "";
}
