// The stream of one film: a playback by right that is kept alive, and its files. It knows no page.

import { call } from "./api.js";

const AGAIN_MS = 4000;
const REPAIRS_MAX = 3; // in a row, without a file that came
const MEDIA = /\/media\/[^/]+\//; // the beginning of a file's address, with the token of its playback
const SAID_NO = [401, 403, 410];

/**
 * Plays one film in `video`. Tells of itself by events:
 *   lists    what there is to choose from is known     level   another quality plays
 *   waiting  there is no network; it tries again       back    it has come back
 *   limit    {streams}: too many devices play          stopped another device has stopped this one
 *   denied   the right is gone                         signedout, broken, attached
 */
export class Stream extends EventTarget {
  constructor({ video, filmId, workerPath, wishes }) {
    super();
    Object.assign(this, { video, filmId, workerPath, wishes, playback: null, hls: null, repairs: 0, spoiled: 0 });
    addEventListener("online", () => this.isWaiting && this.again());
  }

  /** Where the film is, or will begin. */
  get place() {
    return this.video.currentTime || this.wanted || 0;
  }

  /** Asks for a playback and goes on at `at`; false where that is refused, which an event tells. */
  start(at = this.place) {
    this.wanted = at;
    this.starting ??= this.ask().finally(() => (this.starting = null));
    return this.starting;
  }

  async ask() {
    clearTimeout(this.waking);
    try {
      const headers = { "Idempotency-Key": crypto.randomUUID() };
      this.playback = await call("POST", `/v1/films/${this.filmId}/playback`, null, headers);
    } catch (trouble) {
      this.refused(trouble);
      return false;
    }
    this.beatSoon();
    this.load();
    return true;
  }

  /** Gives up the place among the devices; what is loaded stays. */
  rest() {
    clearTimeout(this.timer);
    clearTimeout(this.waking);
    this.hls?.stopLoad();
    if (this.playback) call("DELETE", `/v1/playback/${this.playback.id}`).catch(() => {});
    this.playback = null;
  }

  leave() {
    this.rest();
    this.hls?.destroy();
    this.hls = null;
  }

  /** Stops another device, and goes on here. */
  async stopThat(playbackId) {
    await call("DELETE", `/v1/playback/${playbackId}`).catch(() => {});
    return this.start();
  }

  load() {
    if (!globalThis.Hls?.isSupported()) this.loadNatively();
    else if (!this.hls) this.attach();
    else if (this.hls.levels.length) this.hls.startLoad();
    else this.hls.loadSource(this.playback.manifest_url);
  }

  attach() {
    const { Events } = globalThis.Hls;
    const hls = new globalThis.Hls({
      workerPath: this.workerPath,
      startPosition: this.wanted,
      renderTextTracksNatively: false, // its own way needs a `data:` file for each track
      xhrSetup: (xhr, url) => xhr.open("GET", this.addressed(url)),
      ...this.wishes(),
    });
    this.hls = hls;
    for (const name of ["MANIFEST_PARSED", "AUDIO_TRACKS_UPDATED", "SUBTITLE_TRACKS_UPDATED"]) {
      hls.on(Events[name], () => this.tell("lists"));
    }
    hls.on(Events.LEVEL_SWITCHED, () => this.tell("level"));
    hls.on(Events.FRAG_BUFFERED, () => this.came());
    hls.on(Events.ERROR, (_, error) => this.failed(error));
    this.tell("attached");
    hls.loadSource(this.playback.manifest_url);
    hls.attachMedia(this.video);
  }

  /** Where the browser plays lists itself, it also chooses what it shows. */
  loadNatively() {
    const { video } = this;
    const at = this.place;
    video.src = this.playback.manifest_url;
    video.addEventListener("loadedmetadata", () => (video.currentTime = at), { once: true });
    video.onerror = () => this.repair();
    video.onplaying = () => this.came();
  }

  /** The address of a file by the newest playback: one grant follows the other, and nothing is loaded anew. */
  addressed(url) {
    return url.replace(MEDIA, this.playback?.manifest_url.match(MEDIA)?.[0] ?? "$&");
  }

  failed({ fatal, type, response }) {
    const { ErrorTypes } = globalThis.Hls;
    if (SAID_NO.includes(response?.code)) this.repair();
    else if (!fatal) return;
    else if (type === ErrorTypes.NETWORK_ERROR) this.wait();
    else if (type === ErrorTypes.MEDIA_ERROR && this.spoiled++ < REPAIRS_MAX) this.hls.recoverMediaError();
    else this.tell("broken");
  }

  /** A file was refused: the next sign of life says why, or brings a fresh address. */
  async repair() {
    if (this.repairing) return;
    this.repairing = true;
    if (this.repairs++ < REPAIRS_MAX) {
      if (await this.beat()) this.load();
    } else this.halt("broken");
    this.repairing = false;
  }

  wait() {
    this.isWaiting = true;
    this.tell("waiting");
    clearTimeout(this.waking);
    this.waking = setTimeout(() => this.again(), AGAIN_MS);
  }

  again() {
    if (this.playback) this.load();
    else this.start();
  }

  came() {
    this.repairs = 0;
    if (!this.isWaiting) return;
    this.isWaiting = false;
    clearTimeout(this.waking);
    this.tell("back");
  }

  beatSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.beat(), this.playback.heartbeat_every_s * 1000);
  }

  /** Gives a sign of life; false where the playback does not go on as it was. */
  async beat() {
    const { playback } = this;
    if (!playback) return false;
    try {
      const fresh = await call("POST", `/v1/playback/${playback.id}/heartbeat`);
      if (this.playback !== playback) return false;
      this.playback = fresh;
    } catch (trouble) {
      if (this.playback !== playback) return false;
      const { status, problem } = trouble;
      if (status === 410 && problem.reason === "stopped") return this.halt("stopped");
      if (status === 410 || status === 404) {
        this.start(); // it was silent for too long, and nobody meant to end it
        return false;
      }
      if (status === 401 || status === 403) return this.refused(trouble);
    }
    this.beatSoon();
    return true;
  }

  refused({ status, problem }) {
    if (status === 401) return this.halt("signedout");
    if (status === 409 && problem.code === "stream-limit") return this.halt("limit", problem);
    if (status === 403 || status === 404) return this.halt("denied");
    this.wait();
    return false;
  }

  /** Nothing more is loaded; the picture stays. */
  halt(name, detail) {
    clearTimeout(this.timer);
    clearTimeout(this.waking);
    this.isWaiting = false;
    this.playback = null;
    this.hls?.stopLoad();
    this.tell(name, detail);
    return false;
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
