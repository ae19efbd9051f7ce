(() => {
  "use strict";
  const bar = document.getElementById("filters");
  if (bar) {
    const status = document.getElementById("filter-status");
    const further = document.getElementById("further");
    const segregation = document.getElementById("filter-segregation");
    const text = document.getElementById("filter-text");
    const tiers = [...bar.querySelectorAll("input[name=tier]")];
    const candidates = new Map();
    for (const element of document.querySelectorAll("[data-candidate]")) {
      const rank = element.dataset.candidate;
      if (!candidates.has(rank)) {
        candidates.set(rank, {
          elements: [],
          tier: element.dataset.tier,
          segregations: element.dataset.segregation.split("|"),
          text: "",
          folded: false,
        });
      }
      const candidate = candidates.get(rank);
      candidate.elements.push(element);
      candidate.text += " " + element.textContent.toLowerCase().replace(/\s+/g, " ");
      candidate.folded = Boolean(further && further.contains(element));
    }

    const apply = () => {
      const wanted = new Set(tiers.filter((box) => box.checked).map((box) => box.value));
      const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      let folded = 0;
      for (const candidate of candidates.values()) {
        const fits =
          wanted.has(candidate.tier) &&
          (!segregation.value || candidate.segregations.includes(segregation.value)) &&
          words.every((word) => candidate.text.includes(word));
        for (const element of candidate.elements) element.hidden = !fits;
        shown += fits ? 1 : 0;
        folded += fits && candidate.folded ? 1 : 0;
      }
      const active = shown < candidates.size;
      status.textContent = active ? `Filter active: ${shown} of ${candidates.size} candidates shown.` : "";
      if (further && active && folded) further.open = true;
    };

    bar.hidden = false;
    bar.addEventListener("input", apply);
    document.getElementById("filter-reset").addEventListener("click", () => {
      for (const box of tiers) box.checked = true;
      segregation.value = "";
      text.value = "";
      apply();
    });
    apply();
  }

  // The family column scrolls with the page until its end is seen, then stays.
  const family = document.getElementById("family");
  const follow = () => {
    family.style.top = `${Math.min(14, innerHeight - family.offsetHeight - 14)}px`;
    family.classList.add("follows");
  };
  new ResizeObserver(follow).observe(family);
  addEventListener("resize", follow);

  // A table that is wider than its place can be scrolled with the keyboard.
  const reachable = () => {
    for (const box of document.querySelectorAll(".scroll")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  reachable();
  addEventListener("resize", reachable);
  document.addEventListener("toggle", reachable, true);

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details.print-open:not([open])")];
    for (const fold of opened) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of opened) fold.open = false;
  });
})();
