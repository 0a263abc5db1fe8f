// The player's page: a film's stream, its controls, keys and menus, and what may come between.

import { acts } from "./acts.js";
import { Captions } from "./captions.js";
import { Controls } from "./controls.js";
import { keepScreenOn, tellOfMedia } from "./device.js";
import { listen } from "./keys.js";
import { Memory } from "./memory.js";
import { Menus } from "./menus.js";
import { Place } from "./place.js";
import { States } from "./states.js";
import { Stream } from "./stream.js";
import { clock, filled } from "./words.js";

const root = document.querySelector("[data-player]");
const facts = root.dataset;
const words = JSON.parse(facts.words);
const $ = (name) => root.querySelector(`[data-${name}]`);
const video = $("video");
const memory = new Memory(facts.viewer);
const states = new States({ root, video, words });
const spoken = $("spoken");
const captions = new Captions({ video, box: $("captions"), said: $("captions-text"), isSpoken: () => spoken.checked });
const place = new Place({
  video,
  filmId: facts.film,
  viewer: facts.viewer,
  known: JSON.parse(facts.place),
  from: Number(facts.from),
});
const stream = new Stream({ video, filmId: facts.film, workerPath: facts.worker, wishes: () => menus.wishes() });
const menus = new Menus({ root, stream, memory, words, captions, setSpeed: (rate) => act.speed(rate) });
const act = acts({ root, video, menus, states, words });
const controls = new Controls({ root, video, words, act });

// Keys.
const letters = $("letters");
const ALWAYS = ["escape", "?", "f", "m"];
const STEP_VOLUME = 0.05;
const STEP_SPEED = 0.25;
listen({
  keys: {
    " ": act.play,
    k: act.play,
    j: () => act.jump(-10),
    l: () => act.jump(10),
    arrowleft: () => act.jump(-5),
    arrowright: () => act.jump(5),
    arrowup: () => act.volume(video.volume + STEP_VOLUME),
    arrowdown: () => act.volume(video.volume - STEP_VOLUME),
    m: act.mute,
    f: act.full,
    c: act.captions,
    "<": () => act.speed(video.playbackRate - STEP_SPEED),
    ">": () => act.speed(video.playbackRate + STEP_SPEED),
    0: (digit) => act.share(Number(digit)),
    "?": () => $("keys").togglePopover(),
    escape: () => location.assign(facts.back),
  },
  isOn(name) {
    if (name === "escape") return !document.fullscreenElement && !root.querySelector(":popover-open");
    if (/^[!-~]$/.test(name) && !letters.checked) return false;
    controls.wake();
    return !states.shown || ALWAYS.includes(name);
  },
});

// What is chosen in the menus and remembered.
for (const [box, name, usual] of [[letters, "letters", true], [spoken, "spoken", false]]) {
  box.checked = memory.get(name, usual);
  box.addEventListener("change", () => memory.set(name, box.checked));
}
for (const pop of root.querySelectorAll("[popover]")) {
  pop.addEventListener("toggle", ({ newState }) => {
    if (newState !== "open") controls.wake();
    else if (!pop.contains(document.activeElement)) pop.querySelector("input:checked").focus();
  });
}
video.volume = memory.get("volume", 1);
video.muted = memory.get("muted", false);
video.addEventListener("volumechange", () => {
  memory.set("volume", video.volume);
  memory.set("muted", video.muted);
});
video.playbackRate = video.defaultPlaybackRate = memory.get("speed", 1);
menus.showSpeed(video.playbackRate);
video.addEventListener("ratechange", () => {
  video.defaultPlaybackRate = video.playbackRate; // what a new source begins with
  memory.set("speed", video.playbackRate);
  menus.showSpeed(video.playbackRate);
});

// The beginning, and going on.
async function begin() {
  try {
    await video.play();
  } catch (error) {
    if (error.name === "NotAllowedError") states.show("start"); // the browser wants it to be asked for
  }
}
async function start(at) {
  states.show();
  busy();
  if (await stream.start(at)) await begin();
}
function busy() {
  states.busy(true, () => (stream.isWaiting || !navigator.onLine) && states.show("waiting"));
}

// What may come between.
video.addEventListener("waiting", () => !video.paused && busy());
for (const name of ["playing", "canplay", "pause"]) video.addEventListener(name, () => states.busy(false));
for (const [name, over] of [["canplay", ["waiting"]], ["playing", ["waiting", "start"]]]) {
  video.addEventListener(name, () => over.includes(states.shown) && states.show());
}
stream.addEventListener("waiting", () => video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA && states.show("waiting"));
stream.addEventListener("back", () => states.shown === "waiting" && states.show());
for (const name of ["denied", "signedout", "stopped", "limit", "broken"]) {
  stream.addEventListener(name, () => {
    video.pause();
    states.show(name);
  });
}
stream.addEventListener("limit", ({ detail }) => $("streams").replaceChildren(...detail.streams.map(stopping)));
video.addEventListener("ended", () => {
  stream.rest();
  states.show("ended");
});

/** A button that stops another device, to go on here. */
function stopping({ playback_id, device, started_at }) {
  const item = document.createElement("li");
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button" });
  const since = new Date(started_at).toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
  button.textContent = filled(words.stop_that, { device: device === "unknown device" ? words.some_device : device });
  const note = Object.assign(document.createElement("span"), { className: "soft" });
  note.textContent = filled(words.stop_since, { at: since });
  button.addEventListener("click", async () => {
    states.show();
    busy();
    if (await stream.stopThat(playback_id)) await begin();
  });
  item.append(button, note);
  return item;
}

const answers = {
  from: ({ dataset }) => start(Number(dataset.from)),
  again: () => start(stream.place),
  retry: () => stream.again(),
  begin: () => {
    states.show();
    begin();
  },
  anew: () => {
    video.currentTime = 0;
    start(0);
  },
};
for (const button of root.querySelectorAll("[data-answer]")) {
  button.addEventListener("click", () => answers[button.dataset.answer](button));
}

// Leaving, and coming back by the browser's memory of the page.
addEventListener("pagehide", () => {
  place.keep();
  stream.wanted = stream.place;
  stream.leave();
});
addEventListener("pageshow", (event) => event.persisted && start(stream.wanted));

tellOfMedia({ video, title: facts.title, poster: facts.poster, acts: { ...act, play: act.start } });
keepScreenOn(video);
const at = await place.begin();
if (at) {
  root.querySelector("[data-resume]").textContent = filled(words.resume, { at: clock(at) });
  root.querySelector('[data-answer="from"]').dataset.from = at;
  states.show("resume");
} else start(0);
