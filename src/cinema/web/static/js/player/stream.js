// The stream of one film: a playback by right, kept alive, its lists and its errors. It knows no page.

const JSON_TYPE = { "Content-Type": "application/json" };

/** Calls our API; answers its JSON. Throws {status, problem}; status 0: no network. */
export async function call(method, path, body, headers = {}) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: { ...(body ? JSON_TYPE : {}), "Accept-Language": document.documentElement.lang, ...headers },
      body: body ? JSON.stringify(body) : undefined,
      keepalive: method === "PUT",
    });
  } catch {
    throw { status: 0, problem: {} };
  }
  const text = await answer.text();
  const found = text ? JSON.parse(text) : {};
  if (!answer.ok) throw { status: answer.status, problem: found };
  return found;
}

/** Plays one film in `video`. Tells of itself by events: lists, level, waiting, denied, limit, signedout, broken, back. */
export class Stream extends EventTarget {
  constructor({ video, filmId, workerPath }) {
    super();
    Object.assign(this, { video, filmId, workerPath, playback: null, hls: null, timer: 0, tries: 0 });
    addEventListener("online", () => this.isWaiting && this.start(this.place()));
    addEventListener("pagehide", () => this.stop());
    addEventListener("pageshow", (event) => event.persisted && this.start(this.place()));
  }

  place() {
    return this.video.currentTime || this.wanted || 0;
  }

  async start(at) {
    this.wanted = at;
    this.isWaiting = false;
    try {
      this.playback = await call("POST", `/v1/films/${this.filmId}/playback`, null, {
        "Idempotency-Key": crypto.randomUUID(),
      });
    } catch (trouble) {
      return this.refused(trouble);
    }
    this.load(at);
    this.beatSoon();
  }

  async stop() {
    clearTimeout(this.timer);
    this.hls?.destroy();
    this.hls = null;
    const { playback } = this;
    this.playback = null;
    if (playback) await fetch(`/v1/playback/${playback.id}`, { method: "DELETE", keepalive: true }).catch(() => {});
  }

  async stopThat(playbackId) {
    await call("DELETE", `/v1/playback/${playbackId}`).catch(() => {});
    await this.start(this.place());
  }

  load(at) {
    this.hls?.destroy();
    if (!globalThis.Hls?.isSupported()) {
      this.video.src = this.playback.manifest_url;
      this.video.addEventListener("loadedmetadata", () => (this.video.currentTime = at), { once: true });
      this.video.addEventListener("error", () => this.tell("broken", { code: "no-codec" }), { once: true });
      return;
    }
    const { Events, ErrorTypes } = globalThis.Hls;
    const hls = new globalThis.Hls({ workerPath: this.workerPath, startPosition: at, renderTextTracksNatively: true });
    this.hls = hls;
    hls.on(Events.MANIFEST_PARSED, () => this.tell("lists"));
    hls.on(Events.AUDIO_TRACKS_UPDATED, () => this.tell("lists"));
    hls.on(Events.SUBTITLE_TRACKS_UPDATED, () => this.tell("lists"));
    hls.on(Events.LEVEL_SWITCHED, () => this.tell("level"));
    hls.on(Events.FRAG_BUFFERED, () => this.isWaiting && this.came());
    hls.on(Events.ERROR, (_, data) => {
      const code = data.response?.code ?? 0;
      if ([401, 403, 410].includes(code)) return this.anew();
      if (!data.fatal) return;
      if (data.type === ErrorTypes.NETWORK_ERROR) return this.wait();
      if (data.type === ErrorTypes.MEDIA_ERROR && this.tries++ < 2) return hls.recoverMediaError();
      this.tell("broken", { code: "no-codec" });
    });
    hls.loadSource(this.playback.manifest_url);
    hls.attachMedia(this.video);
  }

  /** The grant is over: another one, unseen, at the same place; not again and again. */
  anew() {
    if (this.isAnew) return;
    this.isAnew = true;
    setTimeout(() => (this.isAnew = false), 5000);
    this.start(this.place());
  }

  wait() {
    this.isWaiting = true;
    this.tell("waiting");
    clearTimeout(this.again);
    this.again = setTimeout(() => this.isWaiting && this.start(this.place()), 4000);
  }

  came() {
    this.isWaiting = false;
    this.tell("back");
  }

  beatSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.beat(), this.playback.heartbeat_every_s * 1000);
  }

  async beat() {
    if (!this.playback) return;
    try {
      this.playback = await call("POST", `/v1/playback/${this.playback.id}/heartbeat`);
    } catch (trouble) {
      if (trouble.status === 410 || trouble.status === 404) return this.anew();
      if (trouble.status === 401 || trouble.status === 403) return this.refused(trouble);
    }
    this.beatSoon();
  }

  refused({ status, problem }) {
    if (status === 401) return this.tell("signedout");
    if (status === 409 && problem.code === "stream-limit") return this.tell("limit", problem);
    if (status === 403 || status === 404) {
      this.hls?.destroy();
      this.hls = null;
      return this.tell("denied", problem);
    }
    this.wait();
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** Keeps the place on the server, every ten seconds of playing and at each pause. */
export class Place {
  constructor({ video, filmId }) {
    Object.assign(this, { video, filmId, kept: -1 });
    setInterval(() => !video.paused && this.keep(), 10_000);
    video.addEventListener("pause", () => this.keep());
    video.addEventListener("ended", () => this.keep());
    addEventListener("pagehide", () => this.keep());
  }

  async keep() {
    const position = Math.floor(this.video.currentTime);
    const duration = Math.floor(this.video.duration);
    if (!(duration > 0) || position === this.kept) return;
    this.kept = position;
    const body = { position_s: Math.min(position, duration), duration_s: duration };
    await call("PUT", `/v1/films/${this.filmId}/position`, body).catch(() => (this.kept = -1));
  }
}
