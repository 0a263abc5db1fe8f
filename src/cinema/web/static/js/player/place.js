// How far the viewer is, kept on the server; what could not be sent is kept here until it can.

import { call } from "./api.js";

const EVERY_MS = 10_000;

export class Place {
  /** `known`: the position as the server has it, or {}; `from`: the second to go on from, where the film is under way. */
  constructor({ video, filmId, viewer, known, from }) {
    Object.assign(this, { video, filmId, known, from, name: `place-${viewer}-${filmId}`, kept: "" });
    setInterval(() => !video.paused && this.keep(), EVERY_MS);
    for (const name of ["pause", "ended"]) video.addEventListener(name, () => this.keep());
    document.addEventListener("visibilitychange", () => document.hidden && this.keep());
  }

  /** The second to go on from, or null where the film is not under way. */
  async begin() {
    const unsent = this.unsent();
    if (!unsent || unsent.after !== this.known.updated_at) return this.from; // none, or it went on elsewhere
    const answer = await this.send(unsent.body).catch(() => null);
    return answer?.in_row === false ? null : unsent.body.position_s;
  }

  async keep() {
    const body = { position_s: Math.floor(this.video.currentTime), duration_s: Math.floor(this.video.duration) };
    body.position_s = Math.min(body.position_s, body.duration_s);
    const text = JSON.stringify(body);
    if (!(body.duration_s > 0) || text === this.kept) return;
    this.kept = text;
    this.store({ body, after: this.known.updated_at });
    await this.send(body).catch(() => {
      this.kept = "";
      this.store({ body, after: this.known.updated_at });
    });
  }

  async send(body) {
    const answer = await call("PUT", `/v1/films/${this.filmId}/position`, body);
    this.known = answer;
    this.store(null);
    return answer;
  }

  unsent() {
    try {
      return JSON.parse(localStorage.getItem(this.name));
    } catch {
      return null;
    }
  }

  store(value) {
    try {
      if (value) localStorage.setItem(this.name, JSON.stringify(value));
      else localStorage.removeItem(this.name);
    } catch {
      // a browser that keeps nothing
    }
  }
}
