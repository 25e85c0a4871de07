// The stream of what happens in one chat, reconnected until the page is closed.

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5000;

export class ChatEvents {
  #chatId;
  #listener;
  #source = null;
  #timer = 0;
  #pause = FIRST_PAUSE_MS;
  #last = 0;
  #first = null; // how the first event is known again: another one in its place means another server

  /** `listener` has event(event), state("connecting" | "live" | "lost") and restarted(). */
  constructor(chatId, listener) {
    this.#chatId = chatId;
    this.#listener = listener;
  }

  open() {
    this.close();
    this.#listener.state(this.#first === null ? "connecting" : "lost");
    // The history is read from its start each time: it is local and short, and an emulator that was
    // started anew counts from one again, which a stream from the last number would never show.
    this.#source = new EventSource(`chat/${encodeURIComponent(this.#chatId)}/events?after=0`);
    this.#source.onopen = () => {
      this.#pause = FIRST_PAUSE_MS;
      this.#listener.state("live");
    };
    this.#source.onmessage = ({ data }) => this.#take(data);
    this.#source.onerror = () => this.#retry();
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  /** Try at once instead of at the end of the pause (the network came back, the tab is looked at again). */
  hurry() {
    if (this.#source === null) this.open();
  }

  #take(data) {
    const event = JSON.parse(data);
    const { message_id: id, date, from, kind } = event.message ?? {};
    const mark = `${event.type} ${id} ${date} ${from} ${kind}`; // what an edit does not change
    if (this.#first === null || (event.number === this.#first.number && mark !== this.#first.mark)) {
      if (this.#first !== null) this.#listener.restarted();
      this.#first = { number: event.number, mark };
      this.#last = 0;
    }
    if (event.number <= this.#last) return;
    this.#last = event.number;
    this.#listener.event(event);
  }

  #retry() {
    this.close();
    this.#listener.state("lost");
    this.#timer = setTimeout(() => this.open(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
  }
}
