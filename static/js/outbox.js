// What waits on the device to be sent, and the device's settings, in IndexedDB. Read by pages and by the service worker.
// An item carries its own key: the portal acts once for it however often it is sent.
self.outbox = (() => {
  const REFUSED = [400, 404, 409, 413, 415, 422];

  const open = () =>
    new Promise((resolve, reject) => {
      const request = indexedDB.open("cned", 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("settings");
        request.result.createObjectStore("items", { keyPath: "key" });
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });

  const run = async (store, mode, act) => {
    const base = await open();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = base.transaction(store, mode);
        const request = act(transaction.objectStore(store));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onerror = transaction.onabort = () => reject(transaction.error);
      });
    } finally {
      base.close();
    }
  };

  const setting = (name) => run("settings", "readonly", (store) => store.get(name));
  const set = (name, value) => run("settings", "readwrite", (store) => store.put(value, name));
  const items = () => run("items", "readonly", (store) => store.getAll());
  const keep = (item) => run("items", "readwrite", (store) => store.put(item));
  const remove = (key) => run("items", "readwrite", (store) => store.delete(key));

  const post = (item, csrf) => {
    const body = new FormData();
    for (const [name, value] of item.fields) {
      body.append(name, value);
    }
    const headers = { "X-CSRFToken": csrf, "Idempotency-Key": item.key, Accept: "application/json" };
    return fetch(item.url, { method: "POST", body, headers, credentials: "same-origin" });
  };

  const sentence = async (answer) => {
    try {
      const told = await answer.json();
      return [told.detail, ...Object.values(told.errors || {}).flat()].filter(Boolean).join(" ");
    } catch {
      return `Le portail a répondu ${answer.status}.`;
    }
  };

  // Sends what waits for the account that is signed in; the number of items taken. One sender at a time.
  const send = (tokenUrl) => {
    const act = async () => {
      const waiting = (await items()).filter((item) => item.state === "waiting");
      if (!waiting.length) {
        return 0;
      }
      const answer = await fetch(tokenUrl, { credentials: "same-origin", headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) {
        return 0;
      }
      const { compte, csrf } = await answer.json();
      let taken = 0;
      for (const item of waiting.filter((one) => one.account === compte)) {
        const told = await post(item, csrf);
        if (told.ok) {
          await remove(item.key);
          taken += 1;
        } else if (REFUSED.includes(told.status)) {
          await keep({ ...item, state: "refused", problem: await sentence(told) });
        } else {
          break;
        }
      }
      return taken;
    };
    return navigator.locks ? navigator.locks.request("cned-outbox", act) : act();
  };

  return { setting, set, items, keep, remove, send };
})();
