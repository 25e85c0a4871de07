// The messages of one chat: their order, days, groups, and where the eye stands.

import { byId, make } from "./dom.js";
import { MessageView } from "./render.js";

const NEAR_END_PX = 120;
const FLASH_MS = 1600;
const ACTION_MS = 6000; // Telegram shows an action for five seconds; a busy bot repeats it sooner

const ACTIONS = {
  typing: "печатает", record_voice: "записывает голосовое", upload_voice: "отправляет голосовое",
  record_video: "записывает видео", upload_video: "отправляет видео", record_video_note: "записывает видеосообщение",
  upload_video_note: "отправляет видеосообщение", upload_photo: "отправляет фото", upload_document: "отправляет документ",
  choose_sticker: "выбирает стикер", find_location: "ищет место на карте",
};

export class Log {
  #root = byId("log");
  #views = new Map();
  #hooks;
  #actionTimer = 0;
  #unseen = 0;
  #following = true;
  #top = 0;

  /** `hooks`: command, press, unheard (see MessageView), action(words or null), names(), empty() -> element. */
  constructor(hooks) {
    this.#hooks = hooks;
    this.action = make("div", { class: "action", "aria-hidden": "true", hidden: true }); // the status line says it aloud
    this.#root.append(this.action);
    this.#root.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    byId("to-end").addEventListener("click", () => this.toEnd());
    // Pictures and fonts arrive late and make the page longer: who was at the end stays there.
    new ResizeObserver(() => this.#following && this.toEnd(true)).observe(this.#root);
    this.#root.addEventListener("load", () => this.#following && this.toEnd(true), { capture: true });
  }

  clear() {
    for (const view of this.#views.values()) view.remove();
    this.#views.clear();
    this.doing(null);
    this.#root.replaceChildren(this.action);
    this.#unseen = 0;
    this.#following = true;
    this.#scrolled();
  }

  /** A new message; the view, so that its recording can be played. */
  add(message) {
    if (this.#views.has(message.message_id)) return this.change(message);
    this.#root.querySelector(".empty")?.remove();
    const view = new MessageView(message, {
      ...this.#hooks,
      names: this.#hooks.names(),
      find: (id) => this.#views.get(id)?.message,
      goTo: (id) => this.#goTo(id),
    });
    this.#place(view);
    this.#views.set(message.message_id, view);
    if (message.from === "bot") this.doing(null);
    if (this.#following || message.from === "person") this.toEnd(true);
    else this.#count(1);
    return view;
  }

  change(message) {
    const view = this.#views.get(message.message_id);
    if (!view) return this.add(message);
    view.update(message);
    if (this.#following) this.toEnd(true);
    return view;
  }

  drop(messageId) {
    const view = this.#views.get(messageId);
    if (!view) return;
    this.#views.delete(messageId);
    view.remove();
    this.#tidy();
  }

  /** A press was answered; without `messageId` every waiting button is let go. */
  answered(messageId, data) {
    const views = messageId === undefined ? this.#views.values() : [this.#views.get(messageId)];
    for (const view of views) view?.answered(data);
  }

  /** What the bot is doing right now; null when it is done. */
  doing(action) {
    clearTimeout(this.#actionTimer);
    const words = action === null ? null : `${ACTIONS[action] ?? "готовит ответ"}…`;
    this.action.hidden = words === null;
    this.#hooks.action(words);
    if (words === null) return;
    const pulse = make("span", { class: "pulse", "aria-hidden": "true" }, ...[1, 2, 3, 4].map(() => make("i")));
    this.action.replaceChildren(pulse, make("span", {}, words));
    this.#actionTimer = setTimeout(() => this.doing(null), ACTION_MS);
    if (this.#following) this.toEnd(true);
  }

  /** Shown when the history is known to be empty. */
  invite() {
    if (this.#views.size === 0 && !this.#root.querySelector(".empty")) this.#root.prepend(this.#hooks.empty());
  }

  toEnd(atOnce = false) {
    const calm = atOnce || matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#root.scrollTo({ top: this.#root.scrollHeight, behavior: calm ? "instant" : "smooth" });
    this.#count(-this.#unseen);
  }

  #place(view) {
    const day = dayOf(view.message);
    const previous = this.#lastView();
    if (!previous || dayOf(previous.message) !== day) {
      this.action.before(make("p", { class: "day", "data-day": day }, day));
    } else if (previous.message.from === view.message.from && previous.message.name === view.message.name) {
      view.element.classList.add("follows");
    }
    this.action.before(view.element);
  }

  #lastView() {
    return [...this.#views.values()].at(-1);
  }

  /** After a deletion: a day without messages loses its heading. */
  #tidy() {
    for (const heading of this.#root.querySelectorAll(".day")) {
      if (!heading.nextElementSibling?.classList.contains("message")) heading.remove();
    }
    this.invite();
  }

  #goTo(id) {
    const element = this.#views.get(id)?.element;
    if (!element) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    element.scrollIntoView({ block: "center", behavior: calm ? "instant" : "smooth" });
    element.focus({ preventScroll: true });
    element.classList.add("flash");
    setTimeout(() => element.classList.remove("flash"), FLASH_MS);
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.#root;
    // Only a move upwards leaves the end: the page growing or the foot getting taller does not.
    if (scrollHeight - scrollTop - clientHeight < NEAR_END_PX) this.#following = true;
    else if (scrollTop < this.#top) this.#following = false;
    this.#top = scrollTop;
    byId("to-end").hidden = this.#following;
    if (this.#following) this.#count(-this.#unseen);
  }

  #count(change) {
    this.#unseen += change;
    const badge = byId("unseen");
    badge.hidden = this.#unseen === 0;
    badge.textContent = this.#unseen > 99 ? "99+" : String(this.#unseen);
  }
}

const DAY = new Intl.DateTimeFormat("ru-RU", { day: "numeric", month: "long" });

function dayOf(message) {
  const day = DAY.format(new Date(message.date * 1000));
  const now = Date.now();
  if (day === DAY.format(now)) return "Сегодня";
  return day === DAY.format(now - 86_400_000) ? "Вчера" : day;
}
