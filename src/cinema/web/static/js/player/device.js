// What the device does beside the page: media keys and the picture of what plays, and a screen that stays on.

/** `acts`: {play, pause, jump(by), to(seconds)}. */
export function tellOfMedia({ video, title, poster, acts }) {
  const session = navigator.mediaSession;
  if (!session) return;
  session.metadata = new MediaMetadata({ title, artwork: [{ src: poster, sizes: "any", type: "image/svg+xml" }] });
  const handlers = {
    play: acts.play,
    pause: acts.pause,
    seekbackward: ({ seekOffset }) => acts.jump(-(seekOffset ?? 10)),
    seekforward: ({ seekOffset }) => acts.jump(seekOffset ?? 10),
    seekto: ({ seekTime }) => acts.to(seekTime),
  };
  for (const [name, handler] of Object.entries(handlers)) {
    try {
      session.setActionHandler(name, handler);
    } catch {
      // a browser that knows no such key
    }
  }
  const tell = () => {
    session.playbackState = video.paused ? "paused" : "playing";
    const { duration, currentTime: position, playbackRate } = video;
    if (Number.isFinite(duration) && position <= duration) session.setPositionState?.({ duration, position, playbackRate });
  };
  for (const name of ["play", "pause", "seeked", "ratechange", "durationchange"]) video.addEventListener(name, tell);
}

/** While the film plays and is looked at. The browser lets the lock go when the page is out of sight. */
export function keepScreenOn(video) {
  let lock = null;
  async function look() {
    const isWanted = !video.paused && !document.hidden;
    if (isWanted && (!lock || lock.released)) {
      lock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
      if (video.paused) look(); // it was paused meanwhile
    } else if (!isWanted && lock) {
      lock.release();
      lock = null;
    }
  }
  for (const name of ["play", "pause", "ended"]) video.addEventListener(name, look);
  document.addEventListener("visibilitychange", look);
}
