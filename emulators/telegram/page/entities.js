// Message text with its entities (offsets and lengths in UTF-16 units, as JavaScript counts) as DOM nodes.

import { make } from "./dom.js";

const SAFE_LINK = /^(https?|mailto|tel):/i;
// What a client marks by itself where the message has no entity: web addresses and commands.
const PLAIN = /(https?:\/\/[^\s<>"«»]+[^\s<>"«».,;:!?)])|(?<![\w/])(\/[a-z][a-z0-9_]{0,31})(?![\w/])/gi;

const TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre" };

/** `onCommand(text)` is called when a command in the text is pressed. */
export function formatted(text, entities, onCommand) {
  const ordered = (entities ?? [])
    .filter((entity) => entity.length > 0 && entity.offset >= 0 && entity.offset < text.length)
    .sort((one, other) => one.offset - other.offset || other.length - one.length);
  const fragment = document.createDocumentFragment();
  fragment.append(...span(text, 0, text.length, ordered, onCommand, true));
  return fragment;
}

function span(text, start, end, entities, onCommand, mark) {
  const nodes = [];
  let at = start;
  let index = 0;
  while (index < entities.length) {
    const entity = entities[index];
    const from = Math.max(entity.offset, at);
    const to = Math.min(entity.offset + entity.length, end);
    let after = index + 1;
    while (after < entities.length && entities[after].offset < to) after += 1;
    if (to > from) {
      nodes.push(...plain(text.slice(at, from), onCommand, mark));
      const inside = entities.slice(index + 1, after);
      const markInside = mark && !/^(code|pre|url|text_link|bot_command|email|phone_number|mention)$/.test(entity.type);
      nodes.push(wrap(entity, text.slice(from, to), span(text, from, to, inside, onCommand, markInside), onCommand));
      at = to;
    }
    index = after;
  }
  nodes.push(...plain(text.slice(at, end), onCommand, mark));
  return nodes;
}

function plain(text, onCommand, mark) {
  if (!mark) return text ? [text] : [];
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(PLAIN)) {
    nodes.push(text.slice(at, match.index));
    nodes.push(match[1] ? link(match[0], [match[0]]) : command(match[0], [match[0]], onCommand));
    at = match.index + match[0].length;
  }
  nodes.push(text.slice(at));
  return nodes.filter((node) => node !== "");
}

function wrap(entity, text, children, onCommand) {
  switch (entity.type) {
    case "bold":
    case "italic":
    case "underline":
    case "strikethrough":
    case "code":
    case "pre":
      return make(TAGS[entity.type], {}, children);
    case "blockquote":
    case "expandable_blockquote":
      return make("blockquote", {}, children);
    case "spoiler":
      return spoiler(children);
    case "text_link":
      return link(entity.url ?? "", children);
    case "url":
      return link(/^[a-z]+:/i.test(text) ? text : `https://${text}`, children);
    case "email":
      return link(`mailto:${text}`, children);
    case "phone_number":
      return link(`tel:${text.replace(/[^\d+]/g, "")}`, children);
    case "bot_command":
      return command(text, children, onCommand);
    default:
      return make("span", {}, children);
  }
}

/** A link of any other scheme (javascript:, data:, tg:) stays text. */
function link(address, children) {
  if (!SAFE_LINK.test(address)) return make("span", {}, children);
  return make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, children);
}

function command(text, children, onCommand) {
  return make("button", { type: "button", class: "command-link", onclick: () => onCommand(text) }, children);
}

function spoiler(children) {
  const button = make(
    "button",
    { type: "button", class: "spoiler", "aria-label": "Показать скрытый текст" },
    make("span", {}, children),
  );
  button.addEventListener("click", () => button.replaceWith(...button.firstChild.childNodes), { once: true });
  return button;
}
