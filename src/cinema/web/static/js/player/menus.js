// The menus: quality, sound, subtitles and their look, speed. What is chosen is remembered.

import { speed } from "./words.js";

export const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2];
const page = document.documentElement.lang;

/** Radio buttons in a fieldset. Where only the texts change, the buttons stay, and the focus with them. */
class Choice {
  constructor(box, choose) {
    Object.assign(this, { box, choose, list: box.querySelector("[data-items]"), offered: "" });
  }

  /** `items`: [value, text, language?] */
  offer(items, value) {
    const offered = JSON.stringify(items.map(([one]) => one));
    if (offered !== this.offered) this.list.replaceChildren(...items.map(([one]) => this.item(String(one))));
    this.offered = offered;
    items.forEach(([, text, lang], index) => {
      const words = this.list.children[index].querySelector("span");
      if (words.textContent !== text) words.textContent = text;
      if (lang) words.lang = lang;
    });
    this.box.hidden = items.length < 2;
    this.check(value);
  }

  check(value) {
    for (const radio of this.list.querySelectorAll("input")) radio.checked = radio.value === String(value);
  }

  item(value) {
    const item = document.createElement("label");
    item.className = "player-item";
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: this.box.dataset.menu, value });
    radio.addEventListener("change", () => this.choose(Number(value)));
    item.append(radio, document.createElement("span"));
    return item;
  }
}

export class Menus {
  constructor({ root, stream, memory, words, captions, setSpeed }) {
    Object.assign(this, { root, stream, memory, words, captions });
    const choice = (name, choose) => new Choice(root.querySelector(`[data-menu="${name}"]`), choose);
    this.quality = choice("quality", (level) => this.chooseQuality(level));
    this.audio = choice("audio", (index) => this.chooseAudio(index));
    this.subtitles = choice("subtitles", (index) => this.chooseSubtitles(index));
    this.speed = choice("speed", setSpeed);
    this.button = root.querySelector('[data-act="captions"]');
    stream.addEventListener("attached", () => this.begin());
    stream.addEventListener("lists", () => this.fill());
    stream.addEventListener("level", () => this.fillQualities());
    this.looks();
  }

  /** What a stream should begin with. */
  wishes() {
    return { audioPreference: { lang: this.memory.get("audio", page) } };
  }

  /** Captions on or off; answers which. */
  toggleCaptions() {
    const { hls } = this.stream;
    const isOn = hls.subtitleTrack < 0;
    this.chooseSubtitles(isOn ? this.preferred(hls.subtitleTracks) : -1);
    return isOn;
  }

  get hasCaptions() {
    return Boolean(this.stream.hls?.subtitleTracks.length);
  }

  begin() {
    this.captions.follow(this.stream.hls);
    this.isQualitySet = this.areCaptionsSet = false;
  }

  fill() {
    const { audioTracks, audioTrack, subtitleTracks, subtitleTrack } = this.stream.hls;
    const items = (tracks) => tracks.map(({ name, lang }, index) => [index, name, lang]);
    this.fillQualities();
    this.audio.offer(items(audioTracks), audioTrack);
    this.subtitles.offer([[-1, this.words.off], ...items(subtitleTracks)], subtitleTrack);
    this.button.hidden = !subtitleTracks.length;
    if (!this.areCaptionsSet && subtitleTracks.length) {
      this.areCaptionsSet = true;
      this.chooseSubtitles(this.memory.get("captions") ? this.preferred(subtitleTracks) : -1);
    }
  }

  fillQualities() {
    const { hls } = this.stream;
    const height = this.memory.get("quality");
    const wanted = hls.levels.findIndex((one) => one.height === height);
    if (!this.isQualitySet && wanted >= 0) hls.loadLevel = wanted;
    this.isQualitySet ||= hls.levels.length > 0;
    const plays = hls.levels[hls.currentLevel]?.height;
    const auto = plays && hls.autoLevelEnabled ? `${this.words.auto} · ${plays}p` : this.words.auto;
    const levels = hls.levels.map((one, index) => [index, `${one.height}p`]).reverse();
    this.quality.offer([[-1, auto], ...levels], hls.autoLevelEnabled ? -1 : hls.loadLevel);
  }

  chooseQuality(level) {
    const { hls } = this.stream;
    hls.nextLevel = level;
    this.memory.set("quality", hls.levels[level]?.height ?? null);
    this.fillQualities();
  }

  chooseAudio(index) {
    const { hls } = this.stream;
    hls.audioTrack = index;
    this.memory.set("audio", hls.audioTracks[index].lang);
  }

  chooseSubtitles(index) {
    const { hls } = this.stream;
    hls.subtitleTrack = index;
    this.memory.set("captions", index >= 0);
    if (index >= 0) this.memory.set("subtitles", hls.subtitleTracks[index].lang);
    this.captions.choose(hls.subtitleTracks[index]);
    this.button.setAttribute("aria-pressed", String(index >= 0));
    this.subtitles.check(index);
  }

  preferred(tracks) {
    const wanted = this.memory.get("subtitles", page);
    return Math.max(0, tracks.findIndex(({ lang }) => lang === wanted));
  }

  /** The speed that plays; one between the offered ones checks none. */
  showSpeed(rate) {
    this.speed.offer(RATES.map((one) => [one, speed(one)]), rate);
  }

  looks() {
    for (const box of this.root.querySelectorAll("[data-look]")) {
      const name = box.dataset.look;
      const put = (value) => (this.root.dataset[name] = value);
      for (const radio of box.querySelectorAll("input")) {
        radio.checked = radio.value === this.memory.get(name, box.dataset.usual);
        if (radio.checked) put(radio.value);
        radio.addEventListener("change", () => {
          put(radio.value);
          this.memory.set(name, radio.value);
        });
      }
    }
  }
}
