// Times as people read and hear them, by the browser's own tables of the language.

const lang = document.documentElement.lang;
const unit = (name) => new Intl.NumberFormat(lang, { style: "unit", unit: name, unitDisplay: "long" });
const units = [[3600, unit("hour")], [60, unit("minute")], [1, unit("second")]];
const two = (n) => String(n).padStart(2, "0");

/** 1:02:03 */
export function clock(seconds) {
  const s = Math.max(0, Math.floor(seconds || 0));
  const h = Math.floor(s / 3600);
  const m = Math.floor((s % 3600) / 60);
  return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** 1 hour 2 minutes 3 seconds */
export function spoken(seconds) {
  let rest = Math.max(0, Math.floor(seconds || 0));
  const parts = [];
  for (const [size, format] of units) {
    const n = Math.floor(rest / size);
    rest -= n * size;
    if (n || (size === 1 && !parts.length)) parts.push(format.format(n));
  }
  return parts.join(" ");
}

/** 80 %, 80% */
export const percent = (share) => new Intl.NumberFormat(lang, { style: "percent" }).format(share);

/** 1.25× */
export const speed = (rate) => `${new Intl.NumberFormat(lang).format(rate)}×`;

/** "{a} of {b}" with its values. */
export const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
