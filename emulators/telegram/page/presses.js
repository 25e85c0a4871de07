// Pressed inline buttons: each waits for the bot's answer, but not for ever.

import { toast } from "./notices.js";

const WITHIN_MS = 20_000;

export class Presses {
  #waiting = new Map(); // "message data" -> the timer that gives up
  #letGo;

  /** `letGo(messageId, data)` makes the button pressable again; undefined means every one. */
  constructor(letGo) {
    this.#letGo = letGo;
  }

  async press(outbox, messageId, data) {
    const key = `${messageId} ${data}`;
    clearTimeout(this.#waiting.get(key));
    this.#waiting.set(key, setTimeout(() => this.#giveUp(messageId, data, "Бот не ответил на нажатие."), WITHIN_MS));
    try {
      await outbox.press(messageId, data);
    } catch (error) {
      this.#giveUp(messageId, data, `Нажатие не дошло: ${error.message}.`);
    }
  }

  /** True when somebody here waited for this answer. */
  answered(messageId, data) {
    let waited = false;
    for (const [key, timer] of this.#waiting) {
      if (messageId !== undefined && !key.startsWith(`${messageId} `)) continue;
      if (data !== undefined && !key.endsWith(` ${data}`)) continue;
      clearTimeout(timer);
      this.#waiting.delete(key);
      waited = true;
    }
    this.#letGo(messageId, data);
    return waited;
  }

  #giveUp(messageId, data, words) {
    clearTimeout(this.#waiting.get(`${messageId} ${data}`));
    if (!this.#waiting.delete(`${messageId} ${data}`)) return;
    this.#letGo(messageId, data);
    toast(words);
  }
}
