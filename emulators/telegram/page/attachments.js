// Files chosen, pasted or dropped, and shown with a cross until they are sent.

import { fileSize, icon, iconButton, make } from "./dom.js";

const MOST = 10;
const PHOTO = /^image\/(jpeg|png|webp|gif|bmp|heic|heif|avif)$/;

export class Attachments {
  #files = []; // {kind, file, chip, preview}
  #changed;

  /** `changed()` is called whenever the list became longer or shorter. */
  constructor(changed) {
    this.#changed = changed;
    this.element = make("ul", { class: "attachments", "aria-label": "Приложено", hidden: true });
    this.photoInput = this.#input("image/*", "photo");
    this.documentInput = this.#input(null, "document");
  }

  get count() {
    return this.#files.length;
  }

  /** What a dropped or pasted file is: a picture goes as a photo, the rest as a document. */
  addAny(files) {
    for (const file of files) this.#add(PHOTO.test(file.type) ? "photo" : "document", file);
  }

  /** [{kind, file}] in the order chosen; the list is empty afterwards. */
  take() {
    const taken = this.#files.map(({ kind, file }) => ({ kind, file }));
    for (const { preview } of this.#files) if (preview) URL.revokeObjectURL(preview);
    this.#files = [];
    this.#show();
    return taken;
  }

  #input(accept, kind) {
    const input = make("input", { type: "file", accept, multiple: true, hidden: true, "data-kind": kind, tabindex: -1 });
    input.addEventListener("change", () => {
      for (const file of input.files) this.#add(kind, file);
      input.value = "";
    });
    return input;
  }

  #add(kind, file) {
    if (this.#files.length >= MOST) return;
    const entry = { kind, file, preview: kind === "photo" ? URL.createObjectURL(file) : null };
    entry.chip = make(
      "li",
      { class: "chip" },
      entry.preview ? picture(entry.preview) : icon("file"),
      make("span", { class: "chip-name" }, file.name),
      make("span", { class: "chip-size" }, fileSize(file.size)),
      iconButton("close", `Убрать ${file.name}`, "quiet", () => this.#drop(entry)),
    );
    this.#files.push(entry);
    this.#show();
  }

  #drop(entry) {
    if (entry.preview) URL.revokeObjectURL(entry.preview);
    this.#files = this.#files.filter((other) => other !== entry);
    this.#show();
  }

  #show() {
    this.element.replaceChildren(...this.#files.map(({ chip }) => chip));
    this.element.hidden = this.#files.length === 0;
    this.#changed();
  }
}

/** A picture the browser can not show (HEIC, a broken one) is sent all the same. */
function picture(url) {
  const image = make("img", { src: url, alt: "" });
  image.addEventListener("error", () => image.replaceWith(icon("photo")), { once: true });
  return image;
}
