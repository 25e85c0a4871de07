// A photo over the whole window; Escape, the cross or a press beside it closes.

import { byId } from "./dom.js";

export function openPhoto(url, caption) {
  const dialog = byId("lightbox");
  const image = byId("lightbox-image");
  image.src = url;
  image.alt = caption || "Фото";
  byId("lightbox-caption").textContent = caption ?? "";
  byId("lightbox-download").href = url;
  dialog.showModal();
}

export function prepareLightbox() {
  const dialog = byId("lightbox");
  byId("lightbox-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => byId("lightbox-image").removeAttribute("src"));
}
