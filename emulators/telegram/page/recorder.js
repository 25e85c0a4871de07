// The microphone: opens it, measures the level, gives the recording back as one blob.

const FORMATS = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];
const BITS_PER_SECOND = 32000;
const SLICE_MS = 1000;
const STOP_MS = 3000;
const QUIETEST_DB = -55;

const REFUSALS = {
  NotAllowedError:
    "Браузер не пускает к микрофону. Разрешите микрофон для этой страницы (значок слева от адреса) и нажмите ещё раз.",
  NotFoundError: "Микрофон не найден. Подключите его и нажмите ещё раз.",
  NotReadableError: "Микрофон занят другой программой. Закройте её и нажмите ещё раз.",
  AbortError: "Микрофон не включился. Нажмите ещё раз.",
};

/** The message says what the person can do. */
export class NoMicrophone extends Error {}

/** A recording that has begun; throws NoMicrophone when there will be none. */
export async function startRecording() {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new NoMicrophone("Браузер даёт микрофон только по адресу http://127.0.0.1 или https. Откройте страницу по такому адресу.");
  }
  const format = globalThis.MediaRecorder && FORMATS.find((name) => MediaRecorder.isTypeSupported(name));
  if (!format) throw new NoMicrophone("Этот браузер не умеет записывать звук. Подойдут Chrome, Edge, Firefox или Safari новее.");
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true } });
    return new Recording(stream, format);
  } catch (refused) {
    const known = refused instanceof DOMException;
    throw new NoMicrophone((known && REFUSALS[refused.name]) || "Микрофон не включился. Проверьте его и нажмите ещё раз.");
  }
}

class Recording {
  #stream;
  #recorder;
  #context;
  #analyser;
  #samples;
  #slices = [];
  #startedAt;
  #stopped;
  #stoppedAt = null;

  constructor(stream, format) {
    this.#stream = stream;
    this.#context = new AudioContext();
    this.#analyser = this.#context.createAnalyser();
    this.#analyser.fftSize = 1024;
    this.#samples = new Float32Array(this.#analyser.fftSize);
    this.#context.createMediaStreamSource(stream).connect(this.#analyser);
    this.#recorder = new MediaRecorder(stream, { mimeType: format, audioBitsPerSecond: BITS_PER_SECOND });
    this.#recorder.ondataavailable = ({ data }) => data.size > 0 && this.#slices.push(data);
    this.#stopped = new Promise((resolve) => {
      this.#recorder.onstop = () => {
        this.#stoppedAt ??= performance.now();
        resolve();
      };
    });
    this.#recorder.start(SLICE_MS);
    this.#startedAt = performance.now();
  }

  /** Seconds recorded so far. */
  get elapsed() {
    return ((this.#stoppedAt ?? performance.now()) - this.#startedAt) / 1000;
  }

  /** The microphone went away (unplugged, taken by a call); what was said until then can still be sent. */
  get ended() {
    return this.#recorder.state === "inactive";
  }

  /** Loudness of this moment, 0..1 over the range that speech has. */
  level() {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const power = this.#samples.reduce((sum, value) => sum + value * value, 0) / this.#samples.length;
    const decibels = 10 * Math.log10(power + 1e-12);
    return Math.min(1, Math.max(0, 1 - decibels / QUIETEST_DB));
  }

  /** {blob, seconds}; the microphone is off afterwards. */
  async finish() {
    this.#stop();
    await Promise.race([this.#stopped, new Promise((resolve) => setTimeout(resolve, STOP_MS))]);
    this.#release();
    const type = this.#recorder.mimeType.split(";")[0];
    return { blob: new Blob(this.#slices, { type }), seconds: this.elapsed };
  }

  cancel() {
    this.#stop();
    this.#release();
  }

  #stop() {
    this.#stoppedAt ??= performance.now();
    if (!this.ended) this.#recorder.stop();
  }

  #release() {
    for (const track of this.#stream.getTracks()) track.stop();
    if (this.#context.state !== "closed") this.#context.close();
  }
}
