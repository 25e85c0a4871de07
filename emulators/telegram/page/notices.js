// Short words that come and go: answers to pressed buttons, and what could not be sent.

import { byId, iconButton, make } from "./dom.js";

const TOAST_MS = 5000;
const ALERT_MS = 15000;
const MOST_TOASTS = 3;
const MOST_FAILURES = 5;

/** A line over the chat that leaves by itself; `important` stays longer. Pressing it closes it. */
export function toast(text, important = false) {
  const toasts = byId("toasts");
  const line = make("button", { type: "button", class: "toast", title: "Закрыть" }, text);
  const leave = () => line.remove();
  line.addEventListener("click", leave);
  setTimeout(leave, important ? ALERT_MS : TOAST_MS);
  toasts.append(line);
  while (toasts.children.length > MOST_TOASTS) toasts.firstChild.remove();
}

/** The place above the input for what went wrong; every line can be closed, some can be tried again. */
export class Failures {
  constructor() {
    this.element = make("div", { class: "failures", role: "alert" });
  }

  add(text, again = null) {
    const line = make("div", { class: "failure" }, make("p", {}, text));
    if (again) {
      line.append(make("button", { type: "button", class: "again", onclick: () => {
        line.remove();
        again();
      } }, "Повторить"));
    }
    line.append(iconButton("close", "Убрать", "quiet", () => line.remove()));
    this.element.append(line);
    while (this.element.children.length > MOST_FAILURES) this.element.firstChild.remove();
  }

  /** Takes away what was only said; what can be sent again stays. */
  clearWords() {
    for (const line of [...this.element.children]) if (!line.querySelector(".again")) line.remove();
  }
}
