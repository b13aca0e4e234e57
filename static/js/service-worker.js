// Reading without network, sending when it is back, notifications. `CNED` is written before by the portal.
// Pages of « Mon espace » are kept only on devices where the person asked for it, for one account at a time.
const SHELL_CACHE = `cned-socle-${CNED.version}`;
const PATIENCE = 5000;
const FRESH = 15 * 60 * 1000;
const HASHED = /\.[0-9a-f]{12}\.\w+$/;

const pagesOf = (account) => `cned-espace-${account}`;
const documentsOf = (account) => `cned-documents-${account}`;
const isPersonal = (name) => name.startsWith("cned-espace-") || name.startsWith("cned-documents-");

const forgetOthers = async (account) => {
  const mine = account ? [pagesOf(account), documentsOf(account)] : [];
  const names = await caches.keys();
  return Promise.all(names.filter((name) => isPersonal(name) && !mine.includes(name)).map((name) => caches.delete(name)));
};

const keeps = async () => {
  const account = await outbox.setting("account");
  return account && (await outbox.setting(`keep-${account}`)) ? account : "";
};

// The copy says when it was made, as the date of the document: pages show it.
const stamped = (response) => {
  const headers = new Headers(response.headers);
  headers.set("Last-Modified", new Date().toUTCString());
  return new Response(response.body, { status: response.status, headers });
};

const isKept = (url) => CNED.pages.includes(url.pathname) || url.pathname.startsWith(CNED.space);

const storePage = async (account, address, response) => {
  if (response.ok && !response.redirected && (response.headers.get("Content-Type") || "").startsWith("text/html")) {
    const cache = await caches.open(pagesOf(account));
    await cache.put(address, stamped(response));
  }
};

// Fetches ahead what is kept, at once when the person has just asked for it, else a few times an hour.
const warm = async (isAsked) => {
  const account = await keeps();
  const last = (await outbox.setting(`warmed-${account}`)) || 0;
  if (account && (isAsked || Date.now() - last > FRESH)) {
    await outbox.set(`warmed-${account}`, Date.now());
    await Promise.allSettled(
      CNED.pages.map(async (page) => storePage(account, page, await fetch(page, { credentials: "same-origin" }))),
    );
  }
};

const showPage = async (event, url) => {
  const account = isKept(url) ? await keeps() : "";
  const copy = account ? await (await caches.open(pagesOf(account))).match(url.href, { ignoreVary: true }) : undefined;
  const live = fetch(event.request).then((response) => {
    if (account) {
      event.waitUntil(storePage(account, url.href, response.clone()));
    }
    return response;
  });
  const late = copy && new Promise((resolve) => setTimeout(() => resolve(copy), PATIENCE));
  try {
    return await (late ? Promise.race([live, late]) : live);
  } catch {
    return copy || (await caches.match(CNED.offline, { ignoreVary: true })) || Response.error();
  }
};

const showDocument = async (event, url) => {
  try {
    return await fetch(event.request);
  } catch {
    const account = await outbox.setting("account");
    return (account && (await (await caches.open(documentsOf(account))).match(url.href))) || Response.error();
  }
};

const showStatic = async (event) => {
  const cache = await caches.open(SHELL_CACHE);
  const copy = await cache.match(event.request, { ignoreVary: true });
  if (copy && HASHED.test(new URL(event.request.url).pathname)) {
    return copy;
  }
  try {
    const response = await fetch(event.request);
    if (response.ok) {
      event.waitUntil(cache.put(event.request, response.clone()));
    }
    return response;
  } catch {
    return copy || Response.error();
  }
};

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(SHELL_CACHE)
      .then((cache) => cache.addAll(CNED.shell))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const renew = async () => {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith("cned-socle-") && name !== SHELL_CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(renew());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin) {
    return;
  }
  if (event.request.method === "POST" && url.pathname === CNED.logout) {
    event.waitUntil(forgetOthers("").then(() => outbox.set("account", "")));
  }
  if (event.request.method !== "GET") {
    return;
  }
  if (url.pathname.startsWith(CNED.static)) {
    event.respondWith(showStatic(event));
  } else if (url.pathname.startsWith(CNED.space) && url.pathname.endsWith("/telecharger/")) {
    event.respondWith(showDocument(event, url));
  } else if (event.request.mode === "navigate") {
    event.respondWith(showPage(event, url));
  }
});

self.addEventListener("message", (event) => {
  const { type, account, asked } = event.data || {};
  if (type === "account") {
    event.waitUntil(outbox.set("account", account).then(() => forgetOthers(account)));
  } else if (type === "warm") {
    event.waitUntil(warm(asked));
  } else if (type === "forget") {
    event.waitUntil(forgetOthers(""));
  }
});

const tellPages = async (taken) => {
  for (const page of await self.clients.matchAll()) {
    page.postMessage({ type: "sent", taken });
  }
};

self.addEventListener("sync", (event) => {
  if (event.tag === "cned-outbox") {
    event.waitUntil(outbox.send(CNED.token).then(tellPages));
  }
});

self.addEventListener("push", (event) => {
  let told;
  try {
    told = event.data.json();
  } catch {
    told = {};
  }
  const shown = {
    lang: "fr",
    tag: told.fait || "cned",
    icon: CNED.icon,
    data: told.adresse || CNED.space,
  };
  event.waitUntil(self.registration.showNotification(told.titre || "Du nouveau dans votre espace", shown));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data, self.location.origin);
  const address = url.origin === self.location.origin ? url.href : CNED.space;
  const show = async () => {
    for (const page of await self.clients.matchAll({ type: "window" })) {
      if (page.url === address) {
        return page.focus();
      }
    }
    return self.clients.openWindow(address);
  };
  event.waitUntil(show());
});
