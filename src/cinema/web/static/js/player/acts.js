// What a viewer does with the film. Each act says what it did.

import { clock, filled, percent, speed } from "./words.js";

const SLOWEST = 0.5;
const FASTEST = 2;

export function acts({ root, video, menus, states, words }) {
  const say = (text) => states.say(text);
  const goTo = (seconds) => {
    video.currentTime = Math.min(Math.max(0, seconds), video.duration || 0);
    say(clock(video.currentTime));
  };
  const act = {
    start: () => video.play().catch(() => {}),
    pause: () => video.pause(),
    play() {
      say(video.paused ? words.playing : words.paused);
      return video.paused ? act.start() : act.pause();
    },
    to: goTo,
    jump: (by) => goTo(video.currentTime + by),
    share: (tenth) => goTo((video.duration * tenth) / 10),
    volume(to) {
      video.muted = false;
      video.volume = Math.round(Math.min(1, Math.max(0, to)) * 100) / 100;
      say(filled(words.volume, { n: percent(video.volume) }));
    },
    mute() {
      video.muted = !video.muted;
      say(video.muted ? words.muted : words.unmuted);
    },
    speed(rate) {
      video.playbackRate = Math.min(FASTEST, Math.max(SLOWEST, rate));
      say(speed(video.playbackRate));
    },
    captions() {
      if (menus.hasCaptions) say(menus.toggleCaptions() ? words.captions_on : words.captions_off);
    },
    full() {
      if (document.fullscreenElement) document.exitFullscreen();
      else if (root.requestFullscreen) root.requestFullscreen().catch(() => {});
      else video.webkitEnterFullscreen?.();
    },
    picture() {
      if (document.pictureInPictureElement) document.exitPictureInPicture();
      else video.requestPictureInPicture().catch(() => {});
    },
  };
  return act;
}
