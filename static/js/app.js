// The portal as an application: its service worker, the state of the network, what is kept and sent later.
// Everything here comes on top of pages that work without it.
(() => {
  if (!("serviceWorker" in navigator) || !self.indexedDB) {
    return;
  }
  const account = document.querySelector("meta[name=compte]")?.content || "";
  const TOKEN = "/mon-espace/application/jeton/";
  const PATIENCE = 4000;
  const NO_NETWORK = "network";
  const SIGNED_OUT = "session";
  const later = { waiting: "à envoyer", refused: "refusé" };

  const dated = (moment) =>
    new Intl.DateTimeFormat("fr-FR", { dateStyle: "long", timeStyle: "short" }).format(new Date(moment));

  const element = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) {
      made.setAttribute(key, value);
    }
    return made;
  };

  const say = (text, kind = "info") => {
    document.getElementById("etat-application")?.remove();
    const notice = element("div", "", { class: `fr-alert fr-alert--${kind} fr-alert--sm`, id: "etat-application" });
    notice.setAttribute("role", "status");
    notice.append(element("p", text));
    document.getElementById("contenu")?.prepend(notice);
    notice.classList.add("fr-container", "fr-mt-2w");
  };

  const tell = (message) => navigator.serviceWorker.ready.then((registration) => registration.active?.postMessage(message));

  // What waits goes out when the network is back, at each page, and from the worker where the browser can.
  const sendWaiting = async () => {
    if (!account || !navigator.onLine) {
      return;
    }
    try {
      const taken = await outbox.send(TOKEN);
      if (taken) {
        say(taken > 1 ? `${taken} envois en attente sont partis.` : "Votre envoi en attente est parti.", "success");
      }
      await showWaiting();
    } catch {
      // no network after all: another occasion will come
    }
  };

  const keepForm = async (form, reason) => {
    const names = JSON.parse(form.dataset.offlineFields);
    const fields = [...new FormData(form)]
      .filter(([name, value]) => name in names && !(value instanceof File && !value.size))
      .map(([name, value]) => [names[name], value]);
    const item = {
      key: crypto.randomUUID(),
      account,
      url: form.dataset.offline,
      label: form.dataset.offlineLabel || document.title,
      fields,
      kept_at: Date.now(),
      state: "waiting",
    };
    await outbox.keep(item);
    try {
      // Not `ready`, which waits for ever where the browser refuses the worker
      const registration = await navigator.serviceWorker.getRegistration();
      await registration.sync.register("cned-outbox");
    } catch {
      // the pages will send it
    }
    form.replaceWith(element("p", "", { id: "garde", tabindex: "-1" }));
    if (reason === SIGNED_OUT) {
      say("Vous n’êtes plus connecté : votre envoi est gardé sur cet appareil, et partira quand vous le serez de nouveau.");
      const address = `/compte/login/?next=${encodeURIComponent(location.pathname)}`;
      document.querySelector("#etat-application p").append(" ", element("a", "Me reconnecter", { href: address }));
    } else {
      say("Pas de réseau : votre envoi est gardé sur cet appareil. Il partira, une seule fois, au retour du réseau.");
    }
    document.getElementById("garde").focus();
  };

  // Why what is sent now would be lost: no network, or a session that is over or somebody else's; nothing when it is safe.
  const hindrance = async () => {
    if (!navigator.onLine) {
      return NO_NETWORK;
    }
    try {
      const answer = await fetch(TOKEN, { signal: AbortSignal.timeout(PATIENCE), credentials: "same-origin" });
      if (!answer.ok) {
        return NO_NETWORK;
      }
      return !answer.redirected && (await answer.json()).compte === account ? undefined : SIGNED_OUT;
    } catch {
      return NO_NETWORK;
    }
  };

  for (const form of account ? document.querySelectorAll("form[data-offline]") : []) {
    form.addEventListener("submit", async (event) => {
      if (form.dataset.sending) {
        return;
      }
      event.preventDefault();
      const { submitter } = event;
      const reason = await hindrance();
      if (reason) {
        await keepForm(form, reason);
      } else {
        form.dataset.sending = "1";
        form.requestSubmit(submitter);
        delete form.dataset.sending;
      }
    });
  }

  // Documents kept for reading without network
  const documents = () => caches.open(`cned-documents-${account}`);

  const showKept = async (button) => {
    const isKept = Boolean(await (await documents()).match(button.dataset.keep));
    button.textContent = isKept ? "Ne plus garder sur cet appareil" : "Garder sur cet appareil";
    button.setAttribute("aria-pressed", String(isKept));
  };

  for (const button of account ? document.querySelectorAll("button[data-keep]") : []) {
    button.hidden = false;
    showKept(button);
    button.addEventListener("click", async () => {
      const cache = await documents();
      if (await cache.match(button.dataset.keep)) {
        await cache.delete(button.dataset.keep);
        await outbox.set(`document-${button.dataset.keep}`, null);
      } else {
        try {
          await cache.add(button.dataset.keep);
          await outbox.set(`document-${button.dataset.keep}`, button.dataset.keepLabel);
        } catch {
          say("Ce document n’a pas pu être gardé : réessayez avec du réseau.", "error");
        }
      }
      await showKept(button);
    });
  }

  // The page « Application »
  const place = document.getElementById("sur-cet-appareil");

  const line = (text, actions) => {
    const item = element("li", text);
    for (const [label, act] of actions) {
      const button = element("button", label, { type: "button", class: "fr-btn fr-btn--sm fr-btn--tertiary fr-ml-2w" });
      button.addEventListener("click", act);
      item.append(button);
    }
    return item;
  };

  const showWaiting = async () => {
    const list = document.getElementById("en-attente");
    if (!list) {
      return;
    }
    const items = (await outbox.items()).filter((item) => item.account === account);
    list.replaceChildren(
      ...items.map((item) =>
        line(`${item.label}, ${later[item.state]}, gardé le ${dated(item.kept_at)}. ${item.problem || ""}`, [
          ["Supprimer", () => outbox.remove(item.key).then(showWaiting)],
        ]),
      ),
    );
    document.getElementById("rien-en-attente").hidden = items.length > 0;
  };

  const showDocuments = async () => {
    const list = document.getElementById("documents-gardes");
    const kept = await (await documents()).keys();
    const lines = await Promise.all(
      kept.map(async ({ url }) => {
        const path = new URL(url).pathname;
        const item = element("li", "");
        item.append(element("a", (await outbox.setting(`document-${path}`)) || path, { href: path, class: "fr-link" }));
        return item;
      }),
    );
    list.replaceChildren(...lines);
    document.getElementById("aucun-document").hidden = kept.length > 0;
  };

  const setUpPush = async () => {
    const button = document.getElementById("prevenir");
    if (!button || !("PushManager" in self)) {
      return;
    }
    button.hidden = false;
    button.addEventListener("click", async () => {
      if ((await Notification.requestPermission()) !== "granted") {
        say("Votre navigateur refuse les notifications de ce site : changez ce choix dans ses réglages.", "warning");
        return;
      }
      try {
        const registration = await navigator.serviceWorker.ready;
        const key = Uint8Array.from(atob(button.dataset.key.replaceAll("-", "+").replaceAll("_", "/")), (c) =>
          c.charCodeAt(0),
        );
        const wanted = { userVisibleOnly: true, applicationServerKey: key };
        const { endpoint, keys } = (await registration.pushManager.subscribe(wanted)).toJSON();
        const { csrf } = await (await fetch(TOKEN)).json();
        const label = navigator.userAgentData
          ? `${navigator.userAgentData.platform || "Appareil"}, ${navigator.userAgentData.brands.at(-1)?.brand || ""}`
          : "Cet appareil";
        const body = new URLSearchParams({ endpoint, p256dh: keys.p256dh, auth: keys.auth, label });
        const answer = await fetch(button.dataset.url, { method: "POST", body, headers: { "X-CSRFToken": csrf } });
        if (answer.ok) {
          location.reload();
        } else {
          say((await answer.json()).detail, "error");
        }
      } catch {
        say("L’abonnement aux notifications n’a pas abouti : réessayez plus tard.", "error");
      }
    });
  };

  const setUpPage = async () => {
    if (!place) {
      return;
    }
    place.hidden = false;
    const box = document.getElementById("garder");
    box.checked = Boolean(await outbox.setting(`keep-${account}`));
    box.addEventListener("change", async () => {
      await outbox.set(`keep-${account}`, box.checked);
      await tell({ type: box.checked ? "warm" : "forget", asked: true });
      say(box.checked ? "Votre espace est gardé sur cet appareil." : "Rien n’est plus gardé sur cet appareil.", "success");
      await showDocuments();
    });
    await Promise.all([showWaiting(), showDocuments(), setUpPush()]);
  };

  const start = async () => {
    if (!account && !(await navigator.serviceWorker.getRegistration())) {
      return; // a visitor downloads nothing for an application they do not have
    }
    await navigator.serviceWorker.register("/service-worker.js");
    await tell({ type: "account", account });
    if (!account) {
      // The device may be shared: the former account's notifications end with its session.
      const registration = await navigator.serviceWorker.ready;
      await (await registration.pushManager?.getSubscription())?.unsubscribe();
      return;
    }
    if (matchMedia("(display-mode: standalone)").matches && (await outbox.setting(`keep-${account}`)) === undefined) {
      await outbox.set(`keep-${account}`, true); // an installed application is on the person's own device
    }
    if (navigator.onLine && location.pathname.startsWith("/mon-espace/")) {
      await tell({ type: "warm" });
    }
  };

  if (!navigator.onLine && account) {
    say(`Vous êtes hors ligne : cette page a été gardée le ${dated(document.lastModified)}.`);
  }
  addEventListener("online", () => {
    say("Le réseau est revenu.", "success");
    sendWaiting();
  });
  addEventListener("offline", () => say("Vous êtes hors ligne : ce que vous enverrez partira au retour du réseau."));
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    if (data?.type === "sent" && data.taken) {
      say("Votre envoi en attente est parti.", "success");
      showWaiting();
    }
  });
  addEventListener("load", () => {
    start().catch(() => {});
    setUpPage().catch(() => {});
    sendWaiting();
  });
})();
