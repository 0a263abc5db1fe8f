// Waits for the truth about a payment: asks again after 1, 2, 3 seconds, then every 5, for a minute; then it rests.

const PAUSES_S = [1, 2, 3, 5];
const LIMIT_S = 60;
const region = document.querySelector("[data-payment]");
const said = document.querySelector("[data-said]");

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const state = () => region.querySelector("[data-state]");

// A name alone would be taken for one of a path here.
const leaves = (address) => /^https?:\/\//.test(address);

function take(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-state]");
  if (!fresh) return;
  if (fresh.dataset.go && leaves(fresh.dataset.go)) return location.replace(fresh.dataset.go);
  if (fresh.isEqualNode(state()) || fresh.dataset.state === state().dataset.state) return;
  region.replaceChildren(fresh);
  document.title = document.title.replace(/^.*( · )/, `${fresh.dataset.title}$1`);
  said.textContent = fresh.dataset.title;
}

async function look() {
  const answer = await fetch(location.href, { headers: { "HX-Request": "true" }, cache: "no-store" });
  if (answer.redirected) return location.replace(answer.url); // the session is over: to sign in, and back here
  if (answer.ok) take(await answer.text());
}

let waited = 0;
for (let turn = 0; "waits" in state().dataset && waited < LIMIT_S; turn += 1) {
  const seconds = PAUSES_S[Math.min(turn, PAUSES_S.length - 1)];
  await pause(seconds);
  waited += seconds;
  await look().catch(() => {}); // no network: the next turn asks again
}
