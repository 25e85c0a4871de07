// A menu that opens above its button: arrows move, Enter chooses, Escape gives the focus back.

import { icon, make } from "./dom.js";

export class Menu {
  #button;
  #fill;

  /** `fill()` gives [{title, hint, symbol, run}] each time the menu opens. */
  constructor(button, label, fill) {
    this.#button = button;
    this.#fill = fill;
    this.element = make("div", { class: "menu", role: "menu", "aria-label": label, hidden: true });
    button.setAttribute("aria-haspopup", "menu");
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => (this.element.hidden ? this.open() : this.close(true)));
    this.element.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("pointerdown", (event) => {
      const inside = this.element.contains(event.target) || button.contains(event.target);
      if (!this.element.hidden && !inside) this.close(false);
    });
  }

  open() {
    this.element.replaceChildren(...this.#fill().map((item) => this.#item(item)));
    this.element.hidden = false;
    this.#button.setAttribute("aria-expanded", "true");
    this.element.firstElementChild?.focus();
  }

  close(giveFocusBack) {
    this.element.hidden = true;
    this.#button.setAttribute("aria-expanded", "false");
    if (giveFocusBack) this.#button.focus();
  }

  #item({ title, hint, symbol, run }) {
    const choose = () => {
      this.close(true);
      run();
    };
    return make(
      "button",
      { type: "button", role: "menuitem", class: "menu-item", tabindex: -1, onclick: choose },
      symbol ? icon(symbol) : null,
      make("span", { class: "menu-title" }, title),
      hint ? make("span", { class: "menu-hint" }, hint) : null,
    );
  }

  #key(event) {
    const items = [...this.element.children];
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") this.close(event.key === "Escape");
    else if (to !== undefined) items[(to + items.length) % items.length]?.focus();
    else return;
    if (event.key !== "Tab") event.preventDefault();
  }
}
