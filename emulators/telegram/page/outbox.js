// What the person sends, one at a time and in order; a failure is said in words.

const TEXT_WITHIN_MS = 15_000;
const FILE_WITHIN_MS = 120_000;

const REASONS = {
  400: "эмулятор этого не принял, возможно, файл не читается",
  404: "такого чата у эмулятора нет",
  413: "файл слишком большой",
  415: "такой файл не принимается",
};

/** The message is one Russian phrase. */
export class NotSent extends Error {}

export class Outbox {
  #chat;
  #before = Promise.resolve();

  constructor(chatId) {
    this.#chat = `chat/${encodeURIComponent(chatId)}`;
  }

  text(text) {
    return this.#inOrder("text", json({ text }), TEXT_WITHIN_MS);
  }

  /** `seconds` is what the clock showed; the recording itself may carry no length. */
  voice(blob, seconds) {
    const request = { body: blob, headers: { "Content-Type": blob.type } };
    return this.#inOrder(`voice?duration=${Math.max(1, Math.round(seconds))}`, request, FILE_WITHIN_MS);
  }

  /** `kind` is "photo" or "document". */
  file(kind, file, caption) {
    const body = new FormData();
    body.append(kind, file, file.name);
    body.append("caption", caption);
    return this.#inOrder(kind, { body }, FILE_WITHIN_MS);
  }

  /** A press does not wait behind a long upload: stopping must work at once. */
  press(messageId, data) {
    return post(`${this.#chat}/press`, json({ message_id: messageId, data }), TEXT_WITHIN_MS);
  }

  #inOrder(path, request, within) {
    const sent = this.#before.then(() => post(`${this.#chat}/${path}`, request, within));
    this.#before = sent.catch(() => undefined);
    return sent;
  }
}

function json(value) {
  return { body: JSON.stringify(value), headers: { "Content-Type": "application/json" } };
}

async function post(address, request, within) {
  let response;
  try {
    response = await fetch(address, { method: "POST", signal: AbortSignal.timeout(within), ...request });
  } catch (error) {
    throw new NotSent(error.name === "TimeoutError" ? "эмулятор не ответил вовремя" : "нет связи с эмулятором");
  }
  if (!response.ok) throw new NotSent(REASONS[response.status] ?? `эмулятор отказал (${response.status})`);
}
