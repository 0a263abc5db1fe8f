// The player's page: controls, keys, menus and what is said, over a Stream.

import { Place, Stream } from "./stream.js";
import { clock, filled, speed, spoken } from "./words.js";

const root = document.querySelector("[data-player]");
const words = JSON.parse(root.dataset.words);
const facts = root.dataset;
const $ = (name) => root.querySelector(`[data-${name}]`);
const video = $("video");
const stream = new Stream({ video, filmId: facts.film, workerPath: facts.worker });
const chosen = remembered();
new Place({ video, filmId: facts.film });

// What is remembered on this device, for each viewer.
function remembered() {
  try {
    return JSON.parse(localStorage.getItem(`player-${facts.viewer}`)) ?? {};
  } catch {
    return {};
  }
}
function remember(name, value) {
  chosen[name] = value;
  try {
    localStorage.setItem(`player-${facts.viewer}`, JSON.stringify(chosen));
  } catch {
    // a browser that keeps nothing
  }
}

// Short notices, seen and spoken.
let fading = 0;
function say(text) {
  $("notice").textContent = text;
  clearTimeout(fading);
  fading = setTimeout(() => ($("notice").textContent = ""), 1600);
}

// Messages in the place of the picture.
function show(name) {
  for (const one of root.querySelectorAll("[data-state]")) one.hidden = one.dataset.state !== name;
  const shown = root.querySelector(`[data-state="${name}"]`);
  shown?.querySelector("button, a")?.focus({ preventScroll: true });
  if (name) wake();
}

// Acts.
const act = {
  play: () => (video.paused ? video.play().catch(() => {}) : video.pause()),
  jump(by) {
    video.currentTime = Math.min(Math.max(0, video.currentTime + by), video.duration || 0);
    say(clock(video.currentTime));
  },
  to(share) {
    video.currentTime = (video.duration || 0) * share;
    say(clock(video.currentTime));
  },
  volume(to) {
    video.muted = false;
    video.volume = Math.min(1, Math.max(0, to));
    say(filled(words.volume, { n: Math.round(video.volume * 100) }));
  },
  mute() {
    video.muted = !video.muted;
    say(video.muted ? words.muted : words.unmuted);
  },
  speed(rate) {
    video.playbackRate = Math.min(2, Math.max(0.5, rate));
    remember("speed", video.playbackRate);
    check("speed", String(video.playbackRate));
    say(speed(video.playbackRate));
  },
  full: () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen?.().catch(() => {})),
  async picture() {
    if (document.pictureInPictureElement) await document.exitPictureInPicture();
    else await video.requestPictureInPicture?.().catch(() => {});
  },
  captions() {
    const on = stream.hls && stream.hls.subtitleTrack < 0;
    subtitles(on ? preferredSubtitles() : -1);
    say(on ? words.captions_on : words.captions_off);
  },
};

const keys = {
  " ": act.play,
  k: act.play,
  j: () => act.jump(-10),
  l: () => act.jump(10),
  arrowleft: () => act.jump(-5),
  arrowright: () => act.jump(5),
  arrowup: () => act.volume(video.volume + 0.05),
  arrowdown: () => act.volume(video.volume - 0.05),
  m: act.mute,
  f: act.full,
  c: act.captions,
  "<": () => act.speed(video.playbackRate - 0.25),
  ">": () => act.speed(video.playbackRate + 0.25),
  "?": () => $("keys").showPopover(),
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
  if (event.key === "Escape" && !document.fullscreenElement && !root.querySelector(":popover-open")) {
    location.assign(facts.back);
    return;
  }
  const isPressed = event.target.closest("button, a, summary") && (event.key === " " || event.key === "Enter");
  const key = event.key.toLowerCase();
  const found = /^[0-9]$/.test(key) ? () => act.to(Number(key) / 10) : keys[key];
  if (isPressed || !found) return;
  event.preventDefault();
  found();
  wake();
});

for (const button of root.querySelectorAll("[data-act]")) {
  button.addEventListener("click", () => {
    const [name, by] = button.dataset.act.split(":");
    act[name](by ? Number(by) : undefined);
  });
}
video.addEventListener("click", act.play);
video.addEventListener("dblclick", act.full);

// Controls follow the film.
const line = $("line");
const loudness = $("volume");
line.addEventListener("input", () => (video.currentTime = Number(line.value)));
loudness.addEventListener("input", () => act.volume(Number(loudness.value) / 100));
function follow() {
  const { currentTime: now, duration } = video;
  if (!duration) return;
  line.max = Math.floor(duration);
  line.value = Math.floor(now);
  line.setAttribute("aria-valuetext", filled(words.place, { at: spoken(now), all: spoken(duration) }));
  $("at").textContent = clock(now);
  $("left").textContent = `−${clock(duration - now)}`;
}
for (const name of ["timeupdate", "durationchange", "seeking"]) video.addEventListener(name, follow);
video.addEventListener("volumechange", () => {
  loudness.value = video.muted ? 0 : Math.round(video.volume * 100);
  root.toggleAttribute("data-muted", video.muted || video.volume === 0);
  $("mute").setAttribute("aria-label", video.muted ? words.unmute : words.mute);
  remember("volume", video.volume);
});
for (const name of ["play", "pause"]) {
  video.addEventListener(name, () => {
    root.toggleAttribute("data-playing", !video.paused);
    $("play").setAttribute("aria-label", video.paused ? words.play : words.pause);
    say(video.paused ? words.paused : words.playing);
    screen(!video.paused);
    wake();
  });
}

// Hidden while nobody moves; never while the focus is in them.
let sleeping = 0;
function wake() {
  root.removeAttribute("data-idle");
  clearTimeout(sleeping);
  sleeping = setTimeout(() => {
    const isUsed = $("controls").contains(document.activeElement) || root.querySelector(":popover-open");
    if (!video.paused && !isUsed) root.setAttribute("data-idle", "");
  }, 3000);
}
for (const name of ["pointermove", "pointerdown", "focusin"]) root.addEventListener(name, wake);

// Buffering is told after half a second.
let buffering = 0;
for (const name of ["waiting", "stalled"]) {
  video.addEventListener(name, () => {
    clearTimeout(buffering);
    buffering = setTimeout(() => root.setAttribute("data-buffering", ""), 500);
  });
}
for (const name of ["playing", "canplay", "seeked"]) {
  video.addEventListener(name, () => {
    clearTimeout(buffering);
    root.removeAttribute("data-buffering");
    if (["waiting", "starting"].includes(current())) show("");
  });
}
const current = () => [...root.querySelectorAll("[data-state]")].find((one) => !one.hidden)?.dataset.state ?? "";

// The screen stays on while the film plays.
let lock = null;
async function screen(isOn) {
  if (isOn && !lock) lock = await navigator.wakeLock?.request("screen").catch(() => null);
  else if (!isOn && lock) {
    lock.release();
    lock = null;
  }
}

// Menus.
function fill(name, items, value, choose) {
  const box = $(`menu-${name}`);
  box.hidden = items.length < 2;
  const list = box.querySelector("[data-items]");
  list.replaceChildren(
    ...items.map(([id, label, lang]) => {
      const item = document.createElement("label");
      item.className = "player-item";
      const radio = Object.assign(document.createElement("input"), { type: "radio", name, value: String(id) });
      radio.checked = String(id) === String(value);
      radio.addEventListener("change", () => choose(id));
      const text = document.createElement("span");
      text.textContent = label;
      if (lang) text.lang = lang;
      item.append(radio, text);
      return item;
    }),
  );
}
function check(name, value) {
  for (const radio of root.querySelectorAll(`input[name="${name}"]`)) radio.checked = radio.value === value;
}
function subtitles(index) {
  stream.hls.subtitleTrack = index;
  remember("subtitles", index < 0 ? "" : stream.hls.subtitleTracks[index]?.lang);
  root.toggleAttribute("data-captions", index >= 0);
  check("subtitles", String(index));
}
function preferredSubtitles() {
  const tracks = stream.hls.subtitleTracks;
  const wanted = chosen.subtitles || document.documentElement.lang;
  return Math.max(0, tracks.findIndex((one) => one.lang === wanted));
}
function levels() {
  const { hls } = stream;
  if (!hls) return;
  const playing = hls.levels[hls.currentLevel]?.height;
  const auto = playing && hls.autoLevelEnabled ? `${words.auto} (${playing}p)` : words.auto;
  const items = [[-1, auto], ...hls.levels.map((one, index) => [index, `${one.height}p`]).reverse()];
  fill("quality", items, hls.autoLevelEnabled ? -1 : hls.currentLevel, (index) => (hls.currentLevel = index));
}
stream.addEventListener("level", levels);
stream.addEventListener("lists", () => {
  const { hls } = stream;
  levels();
  const voices = hls.audioTracks.map((one, index) => [index, one.name, one.lang]);
  const voice = hls.audioTracks.findIndex((one) => one.lang === (chosen.audio ?? document.documentElement.lang));
  if (voice >= 0 && !stream.isSet) hls.audioTrack = voice;
  fill("audio", voices, voice >= 0 ? voice : hls.audioTrack, (index) => {
    hls.audioTrack = index;
    remember("audio", hls.audioTracks[index].lang);
  });
  const texts = hls.subtitleTracks.map((one, index) => [index, one.name, one.lang]);
  fill("subtitles", [[-1, words.off], ...texts], hls.subtitleTrack, subtitles);
  $("captions").hidden = !texts.length;
  if (!stream.isSet && texts.length) subtitles(chosen.subtitles ? preferredSubtitles() : -1);
  stream.isSet = voices.length > 0;
});
const rates = [0.5, 0.75, 1, 1.25, 1.5, 2].map((rate) => [rate, speed(rate)]);
fill("speed", rates, 1, act.speed);
for (const select of root.querySelectorAll("[data-look]")) {
  select.value = chosen[select.dataset.look] ?? select.value;
  const put = () => {
    root.dataset[select.dataset.look] = select.value;
    remember(select.dataset.look, select.value);
  };
  select.addEventListener("change", put);
  put();
}

// Captions as text for who listens to the page.
const spokenCaptions = $("spoken");
spokenCaptions.checked = Boolean(chosen.spoken);
spokenCaptions.addEventListener("change", () => remember("spoken", spokenCaptions.checked));
video.textTracks.addEventListener("addtrack", ({ track }) =>
  track.addEventListener("cuechange", () => {
    if (!spokenCaptions.checked || track.mode !== "showing") return;
    $("captions-text").textContent = [...(track.activeCues ?? [])].map((cue) => cue.text).join(" ");
  }),
);

// What may come between.
stream.addEventListener("waiting", () => show("waiting"));
stream.addEventListener("back", () => current() === "waiting" && show(""));
stream.addEventListener("signedout", () => show("signedout"));
stream.addEventListener("broken", () => show("broken"));
stream.addEventListener("denied", () => {
  video.pause();
  show("denied");
});
stream.addEventListener("limit", ({ detail }) => {
  const list = $("streams");
  list.replaceChildren(
    ...detail.streams.map((one) => {
      const item = document.createElement("li");
      const button = Object.assign(document.createElement("button"), { type: "button", className: "button" });
      button.textContent = filled(words.stop_that, { device: one.device });
      button.addEventListener("click", async () => {
        show("starting");
        await stream.stopThat(one.playback_id);
        begin();
      });
      item.append(button);
      return item;
    }),
  );
  show("limit");
});
$("retry")?.addEventListener("click", () => start(stream.place()));
video.addEventListener("ended", () => show("ended"));

// Media keys.
if ("mediaSession" in navigator) {
  navigator.mediaSession.metadata = new MediaMetadata({ title: facts.title, artwork: [{ src: facts.poster }] });
  const handlers = { play: act.play, pause: act.play, seekbackward: () => act.jump(-10), seekforward: () => act.jump(10) };
  for (const [name, handler] of Object.entries(handlers)) navigator.mediaSession.setActionHandler(name, handler);
}

// The beginning.
const begin = () => video.play().catch(() => show("start"));
async function start(at) {
  show("starting");
  await stream.start(at);
  if (stream.playback) begin();
}
for (const button of root.querySelectorAll("[data-from]")) {
  button.addEventListener("click", () => start(Number(button.dataset.from)));
}
$("begin").addEventListener("click", () => {
  show("");
  begin();
});
$("anew").addEventListener("click", () => {
  show("");
  video.currentTime = 0;
  begin();
});
if (!document.pictureInPictureEnabled) $("picture").hidden = true;
if (!root.requestFullscreen) $("full").hidden = true;
video.volume = chosen.volume ?? 1;
video.addEventListener("loadedmetadata", () => (video.playbackRate = chosen.speed ?? 1));
check("speed", String(chosen.speed ?? 1));
if (root.querySelector('[data-state="resume"]')) show("resume");
else start(0);
