// Captions: drawn above the controls, where size and ground can be chosen, and as text for who listens to the page.

/** Shows the cues of the chosen track in `box`; in a browser's own full screen the browser shows them. */
export class Captions {
  constructor({ video, box, said, isSpoken }) {
    Object.assign(this, { video, box, said, isSpoken, tracks: new Map(), chosen: null, shown: "" });
    for (const [name, mode] of [["webkitbeginfullscreen", "showing"], ["webkitendfullscreen", "hidden"]]) {
      video.addEventListener(name, () => this.chosen && (this.chosen.track.mode = mode));
    }
  }

  /** Takes the cues that a stream finds in its files. */
  follow(hls) {
    hls.on(globalThis.Hls.Events.CUES_PARSED, (_, { cues, subtitleTrack }) => {
      if (subtitleTrack) this.add(this.trackOf(subtitleTrack), cues);
    });
  }

  /** `subtitleTrack`: one of the stream's, or undefined for none. */
  choose(subtitleTrack) {
    if (this.chosen) this.chosen.track.mode = "disabled";
    this.chosen = subtitleTrack ? this.trackOf(subtitleTrack) : null;
    if (this.chosen) {
      this.chosen.track.mode = "hidden";
      this.box.lang = subtitleTrack.lang ?? "";
    }
    this.draw();
  }

  /** A track cannot be taken away again, so there is one for each name. */
  trackOf({ name, lang }) {
    const key = `${lang} ${name}`;
    if (!this.tracks.has(key)) {
      const track = this.video.addTextTrack("subtitles", name, lang);
      track.mode = "disabled";
      track.addEventListener("cuechange", () => this.draw());
      this.tracks.set(key, { track, known: new Set() });
    }
    return this.tracks.get(key);
  }

  add({ track, known }, cues) {
    const { mode } = track;
    if (mode === "disabled") track.mode = "hidden"; // else it takes none
    for (const cue of cues) {
      const key = `${cue.startTime} ${cue.endTime} ${cue.text}`;
      if (!known.has(key)) track.addCue(cue);
      known.add(key); // the same file may be read again
    }
    track.mode = mode;
    this.draw();
  }

  draw() {
    const cues = [...(this.chosen?.track.activeCues ?? [])];
    const text = cues.map((cue) => cue.text).join("\n");
    if (text === this.shown) return;
    this.shown = text;
    this.box.replaceChildren(
      ...cues.map((cue) => {
        const line = document.createElement("p");
        const words = document.createElement("span");
        words.append(cue.getCueAsHTML());
        line.append(words);
        return line;
      }),
    );
    this.said.textContent = this.isSpoken() ? this.box.textContent : "";
  }
}
