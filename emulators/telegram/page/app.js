// START HERE: asks who the bot is, shows the chat, joins the stream of events to the log and the composer to the outbox.

import { Composer } from "./composer.js";
import { byId, make, memory } from "./dom.js";
import { ChatEvents } from "./events.js";
import { prepareLightbox } from "./lightbox.js";
import { Log } from "./log.js";
import { toast } from "./notices.js";
import { Outbox } from "./outbox.js";
import { playNext, silence } from "./player.js";
import { Presses } from "./presses.js";

const STATE_WITHIN_MS = 10_000;
const AGAIN_MS = 2000;
const SETTLED_MS = 400; // the history has been replayed when nothing came for so long

const openedAt = Date.now() / 1000;
const STATES = { connecting: "подключаюсь…", live: "на связи", lost: "нет связи, подключаюсь снова…" };

let bot = { commands: [] };
let chats = [];
let chat = null;
let outbox = null;
let stream = null;
let connection = "connecting";
let settling = 0;
let settled = false; // what comes from now on happens now; before it was the history
let doing = null;

const composer = new Composer(byId("composer"), silence);
const log = new Log({
  command: (text) => composer.command(text),
  press,
  unheard: fresh,
  action: (words) => {
    doing = words;
    showStatus();
  },
  names: () => chat?.type !== "private",
  empty: invitation,
});

const presses = new Presses((messageId, data) => log.answered(messageId, data));

/** Sent while this page is open, not replayed from the history. */
function fresh(message) {
  return message.from === "bot" && message.date >= openedAt - 1;
}

async function start() {
  prepareLightbox();
  prepareAutoplay();
  addEventListener("online", () => stream?.hurry());
  document.addEventListener("visibilitychange", () => document.hidden || stream?.hurry());
  const state = await askState();
  showBot(state);
  chats = state.chats;
  const remembered = chats.find(({ id }) => String(id) === memory.read("chat", ""));
  enter(remembered ?? chats[0]);
}

/** The bot and its chats; null while there is no emulator, or nobody in it yet. */
async function tryState() {
  try {
    const response = await fetch("chat/state", { signal: AbortSignal.timeout(STATE_WITHIN_MS) });
    const state = response.ok ? await response.json() : null;
    return state?.chats.length > 0 ? state : null;
  } catch {
    return null; // the status line says that there is no connection
  }
}

/** The emulator may start after the page: asked again until it answers. */
async function askState() {
  for (;;) {
    const state = await tryState();
    if (state) return state;
    connection = "lost";
    showStatus();
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

function showBot(state) {
  bot = { ...bot, ...state.bot };
  const name = bot.first_name ?? bot.name ?? "Бот";
  byId("bot-name").textContent = name;
  document.title = `${name} · чат с ботом`;
  if (state.banner) byId("banner").textContent = state.banner;
}

function enter(next) {
  chat = next;
  memory.write("chat", String(chat.id));
  stream?.close();
  silence();
  log.clear();
  settled = false;
  outbox = new Outbox(chat.id);
  composer.use(outbox, bot.commands ?? []);
  showChats();
  stream = new ChatEvents(chat.id, { event: take, state: connected, restarted });
  stream.open();
}

function showChats() {
  const nav = byId("chats");
  nav.hidden = chats.length < 2;
  nav.replaceChildren(...chats.map((one) => make(
    "button",
    { type: "button", class: "chat-tab", "aria-current": one === chat ? "true" : null, onclick: () => enter(one) },
    one.title,
  )));
}

function connected(state) {
  connection = state;
  showStatus();
  settle();
  if (state === "lost") leaveLostChat();
}

/** A stream also breaks when the emulator was started again without this chat. */
async function leaveLostChat() {
  const state = await tryState();
  if (state && !state.chats.some(({ id }) => id === chat.id)) adopt(state);
}

/** Another server answers at this address now: its bot, its chats, its history. */
async function restarted() {
  log.clear();
  adopt(await askState());
  composer.use(outbox, bot.commands ?? []);
}

/** Stays in the same chat when there still is one. */
function adopt(state) {
  showBot(state);
  chats = state.chats;
  const same = chats.find(({ id }) => id === chat.id);
  if (!same) return enter(chats[0]);
  chat = same;
  showChats();
}

function showStatus() {
  const status = byId("status");
  status.dataset.state = connection;
  status.textContent = connection === "live" && doing ? doing : STATES[connection];
}

function settle() {
  clearTimeout(settling);
  settling = setTimeout(() => {
    if (connection !== "live") return;
    settled = true;
    byId("log").setAttribute("aria-live", "polite");
    log.invite();
  }, SETTLED_MS);
}

function take(event) {
  const { type, message } = event;
  if (type === "message") {
    const { player } = log.add(message);
    if (player && fresh(message) && autoplay()) playNext(player);
  } else if (type === "edit") {
    log.change(message);
  } else if (type === "delete") {
    log.drop(message.message_id);
  } else if (type === "action" && settled) {
    log.doing(event.action ?? message?.action);
  } else if (type === "callback_answer") {
    answered(event);
  }
  settle();
}

function press(message, data) {
  silence();
  presses.press(outbox, message.message_id, data);
}

function answered(event) {
  const { message_id: id, data, text, show_alert: important } = { ...event.message, ...event };
  const waited = presses.answered(id, data);
  if (text && (waited || settled)) toast(text, important);
}

function autoplay() {
  return byId("autoplay").getAttribute("aria-pressed") === "true";
}

function prepareAutoplay() {
  const toggle = byId("autoplay");
  toggle.setAttribute("aria-pressed", String(memory.read("autoplay", "on") === "on"));
  toggle.addEventListener("click", () => {
    const on = !autoplay();
    toggle.setAttribute("aria-pressed", String(on));
    memory.write("autoplay", on ? "on" : "off");
    if (!on) silence();
    toast(on ? "Новые голосовые ответы звучат сразу." : "Голосовые ответы ждут вашего нажатия.");
  });
}

function invitation() {
  const known = new Set((bot.commands ?? []).map(({ command }) => command));
  const first = known.has("voice_chat") ? "/voice_chat" : "/start";
  return make(
    "div", { class: "empty" },
    make("img", { src: "icon.svg", alt: "", width: 72, height: 72 }),
    make("h2", {}, "Здесь пока пусто"),
    make("p", {}, "Начните разговор, а потом говорите, пишите или присылайте фото."),
    make("button", { type: "button", class: "begin", onclick: () => composer.command(first) }, "Начать разговор"),
  );
}

start();
