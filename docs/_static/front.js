// The moving picture of the front page: play it again, or hold it.
(() => {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return; // it is a still
  for (const hero of document.querySelectorAll("figure.hero")) {
    const controls = hero.querySelector(".hero-controls");
    const [again, pause] = controls.querySelectorAll("button");
    const hold = (held) => {
      hero.classList.toggle("held", held);
      pause.textContent = held ? "Go on" : "Pause";
    };
    pause.addEventListener("click", () => hold(!hero.classList.contains("held")));
    again.addEventListener("click", () => {
      hold(false);
      hero.classList.remove("playing");
      void hero.offsetWidth; // the browser must see it without, to begin anew
      hero.classList.add("playing");
    });
    controls.hidden = false;
  }
})();
