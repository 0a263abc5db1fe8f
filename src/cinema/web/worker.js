// The service worker. Without a connection it shows the page that says so, and it keeps nothing but that page with
// what it is made of: no page that somebody saw, no answer of the API, no film. NAME, PAGES and FILES stand above.

addEventListener("install", (event) => {
  const wanted = [...Object.values(PAGES), ...FILES].map((address) => new Request(address, { credentials: "omit" }));
  event.waitUntil(caches.open(NAME).then((kept) => kept.addAll(wanted)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  const tidy = async () => {
    for (const name of await caches.keys()) if (name !== NAME) await caches.delete(name);
    await registration.navigationPreload?.enable();
    await clients.claim();
  };
  event.waitUntil(tidy());
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  const language = pathname.match(/^\/([a-z]{2})\//)?.[1];
  if (request.mode === "navigate" && language in PAGES) event.respondWith(visit(event, PAGES[language]));
  else if (FILES.includes(pathname + search)) event.respondWith(file(request));
});

async function visit(event, page) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return (await caches.match(page, { cacheName: NAME })) ?? Response.error();
  }
}

async function file(request) {
  return (await caches.match(request, { cacheName: NAME })) ?? fetch(request);
}
