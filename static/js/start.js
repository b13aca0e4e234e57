// Runs before the first paint: tells the style sheets that scripts work, applies the chosen theme without a flash, asks
// for the typeface of the portal, leads to what is wrong on a page sent back.
// `scheme` in the local storage is written by the design system's display settings.
(() => {
  const { typeface } = document.currentScript.dataset;
  const root = document.documentElement;
  root.classList.add("js");
  let scheme = root.getAttribute("data-fr-scheme");
  try {
    scheme = localStorage.getItem("scheme") || scheme;
  } catch {
    // storage refused: the system's theme applies
  }
  const dark = scheme === "dark" || (scheme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.setAttribute("data-fr-theme", dark ? "dark" : "light");

  // The first page of a visit shows its words in a typeface of the device, so that none waits for 130 kB of fonts; the
  // next pages wait for the sheet, which the cache has.
  const askTypeface = (blocking) => {
    const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: typeface });
    if (blocking) {
      sheet.setAttribute("blocking", "render");
    }
    document.head.append(sheet);
  };
  let isKnown = true;
  try {
    isKnown = sessionStorage.getItem("typeface") === typeface;
    sessionStorage.setItem("typeface", typeface);
  } catch {
    // storage refused: as if the cache had it
  }
  if (isKnown || !globalThis.PerformanceObserver?.supportedEntryTypes?.includes("paint")) {
    askTypeface(true);
  } else {
    new PerformanceObserver((paints, observer) => {
      if (paints.getEntriesByName("first-contentful-paint").length) {
        observer.disconnect();
        askTypeface(false);
      }
    }).observe({ type: "paint", buffered: true });
  }

  // A page sent back with something wrong opens at its top: go to what is wrong, a few screens down on a phone.
  // Without scripts the title of the page says « Erreur ».
  addEventListener("DOMContentLoaded", () => document.querySelector("main [role=alert][tabindex='-1']")?.focus());

  // Paper is white: print in light whatever the screen shows.
  let shown;
  addEventListener("beforeprint", () => {
    shown = root.getAttribute("data-fr-theme");
    root.setAttribute("data-fr-theme", "light");
  });
  addEventListener("afterprint", () => root.setAttribute("data-fr-theme", shown));
})();
