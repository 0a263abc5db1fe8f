// What a viewer has chosen, remembered on this device.

/** A record by `viewer`; what is set is kept, where the browser keeps anything. */
export class Memory {
  constructor(viewer) {
    this.name = `player-${viewer}`;
    try {
      this.chosen = JSON.parse(localStorage.getItem(this.name)) ?? {};
    } catch {
      this.chosen = {};
    }
  }

  get(name, otherwise) {
    return this.chosen[name] ?? otherwise;
  }

  set(name, value) {
    this.chosen[name] = value;
    try {
      localStorage.setItem(this.name, JSON.stringify(this.chosen));
    } catch {
      // a browser that keeps nothing
    }
  }
}
