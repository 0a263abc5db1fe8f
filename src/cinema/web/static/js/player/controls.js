// Buttons and sliders: they follow the film, and go out of sight while it plays and nobody needs them.

import { clock, filled, percent, spoken } from "./words.js";

const IDLE_AFTER_MS = 3000;

export class Controls {
  constructor({ root, video, words, act }) {
    Object.assign(this, { root, video, words, act, sleeping: 0 });
    this.line = root.querySelector("[data-line]");
    this.loudness = root.querySelector("[data-volume]");
    this.at = root.querySelector("[data-at]");
    this.left = root.querySelector("[data-left]");
    this.obey();
    this.follow();
    this.hide();
  }

  button(name) {
    return this.root.querySelector(`[data-act="${name}"]`);
  }

  obey() {
    for (const button of this.root.querySelectorAll("[data-act]")) {
      const [name, by] = button.dataset.act.split(":");
      button.addEventListener("click", () => this.act[name](by && Number(by)));
    }
    for (const one of this.root.querySelectorAll(".player-button")) {
      one.addEventListener("mousedown", (event) => event.preventDefault()); // a mouse leaves the focus where it is
    }
    this.line.addEventListener("input", () => (this.video.currentTime = Number(this.line.value)));
    this.loudness.addEventListener("input", () => this.act.volume(Number(this.loudness.value) / 100));
    for (const one of [this.line, this.loudness]) one.addEventListener("pointerup", () => one.blur());
    this.video.addEventListener("dblclick", () => this.act.full());
    this.video.addEventListener("click", ({ pointerType }) => (pointerType === "touch" ? this.turn() : this.act.play()));
    this.button("picture").hidden = !document.pictureInPictureEnabled;
    this.button("full").hidden = !this.root.requestFullscreen && !this.video.webkitEnterFullscreen;
  }

  follow() {
    const on = (names, look) => {
      for (const name of names) this.video.addEventListener(name, () => look.call(this));
      look.call(this);
    };
    on(["timeupdate", "durationchange", "seeking", "progress"], this.showPlace);
    on(["volumechange"], this.showVolume);
    on(["play", "pause"], this.showPlaying);
    on(["enterpictureinpicture", "leavepictureinpicture"], this.showPicture);
    document.addEventListener("fullscreenchange", () => this.showFull());
  }

  showPlace() {
    const { currentTime: now, duration, buffered } = this.video;
    if (!duration) return;
    this.line.max = Math.floor(duration);
    this.line.value = Math.floor(now);
    this.line.setAttribute("aria-valuetext", filled(this.words.place, { at: spoken(now), all: spoken(duration) }));
    this.at.textContent = clock(now);
    this.left.textContent = `−${clock(duration - now)}`;
    const ends = Array.from(buffered, (_, index) => index).filter((index) => buffered.start(index) <= now + 1);
    const loaded = ends.length ? buffered.end(ends.at(-1)) : now;
    this.line.style.setProperty("--done", `${(100 * now) / duration}%`);
    this.line.style.setProperty("--loaded", `${(100 * loaded) / duration}%`);
  }

  showVolume() {
    const isMuted = this.video.muted || this.video.volume === 0;
    const level = isMuted ? 0 : Math.round(this.video.volume * 100);
    this.loudness.value = level;
    this.loudness.style.setProperty("--done", `${level}%`);
    this.loudness.setAttribute("aria-valuetext", isMuted ? this.words.muted : percent(this.video.volume));
    this.root.toggleAttribute("data-muted", isMuted);
    this.name("mute", isMuted ? this.words.unmute : this.words.mute);
  }

  showPlaying() {
    this.root.toggleAttribute("data-playing", !this.video.paused);
    this.name("play", this.video.paused ? this.words.play : this.words.pause);
    this.wake();
  }

  showPicture() {
    this.button("picture").setAttribute("aria-pressed", String(document.pictureInPictureElement === this.video));
  }

  showFull() {
    this.name("full", document.fullscreenElement ? this.words.window : this.words.full);
  }

  name(button, text) {
    const one = this.button(button);
    one.setAttribute("aria-label", text);
    one.title = one.dataset.key ? `${text} (${one.dataset.key})` : text;
  }

  hide() {
    for (const name of ["pointermove", "pointerdown", "focusin"]) {
      this.root.addEventListener(name, (event) => {
        const isTouched = event.pointerType === "touch" && event.target === this.video;
        if (!isTouched) this.wake();
      });
    }
  }

  /** Shows the controls for three seconds; longer while the film stands still, or the focus or a menu is in them. */
  wake() {
    this.root.removeAttribute("data-idle");
    clearTimeout(this.sleeping);
    this.sleeping = setTimeout(() => this.sleep(), IDLE_AFTER_MS);
  }

  sleep() {
    const isUsed = this.root.querySelector("[data-controls] :focus, [data-top] :focus, :popover-open");
    if (!this.video.paused && !isUsed && !this.root.dataset.shown) this.root.setAttribute("data-idle", "");
  }

  /** A finger on the picture brings the controls, and sends them away. */
  turn() {
    if (this.root.hasAttribute("data-idle")) this.wake();
    else this.sleep();
  }
}
