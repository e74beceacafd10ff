/* Comfort, never a condition: every page works without this file. */
(function () {
  "use strict";
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));

  /* 1. Problems first: focus the error summary (autofocus fails after a fragment); its links show the label, not only the box. */
  const summary = document.getElementById("error-summary");
  if (summary) {
    window.addEventListener("load", () => setTimeout(() => {
      if (document.activeElement === document.body) summary.focus();
    }, 100));
    summary.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#']");
      const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
      if (!field) return;
      event.preventDefault();
      (field.closest(".field") || field).scrollIntoView({ block: "start" });
      field.focus({ preventScroll: true });
    });
  }

  /* 2. One press, one send. The server is idempotent as well; this only spares the second press. */
  const busy = "data-busy";
  all("form[method='post']").forEach((form) => {
    if (form.hasAttribute("data-many") || form.closest("#session-warning")) return;
    form.addEventListener("submit", (event) => {
      if (form.hasAttribute(busy)) { event.preventDefault(); return; }
      form.setAttribute(busy, "");
      if (summary) history.replaceState(null, "", window.location.href); /* Back then shows it, without asking to send it again */
      const button = event.submitter;
      if (!button || button.classList.contains("as-link")) return;
      button.dataset.words = button.textContent;
      button.setAttribute("aria-disabled", "true");
      button.textContent = button.dataset.sending || "Sending";
    });
  });
  window.addEventListener("pageshow", () => all("form[" + busy + "]").forEach((form) => { /* Back brings it back as it was */
    form.removeAttribute(busy);
    all("[data-words]", form).forEach((button) => {
      button.textContent = button.dataset.words;
      button.removeAttribute("aria-disabled");
    });
  }));

  /* 3. How many characters are left, announced only when the typing rests. */
  all("textarea[maxlength], textarea[data-count]").forEach((box) => {
    const most = Number(box.dataset.count || box.getAttribute("maxlength"));
    const seen = document.createElement("p"), said = document.createElement("p");
    seen.className = "count"; seen.setAttribute("aria-hidden", "true");
    said.className = "hide"; said.setAttribute("role", "status");
    box.after(seen, said);
    let rest = 0;
    const tell = () => {
      const left = most - box.value.replace(/\r?\n/g, "\r\n").length; /* as the server counts them */
      seen.textContent = "You have " + Math.abs(left).toLocaleString("en-GB") + (Math.abs(left) === 1 ? " character " : " characters ") + (left < 0 ? "too many" : "left");
      seen.classList.toggle("count-over", left < 0);
      clearTimeout(rest);
      rest = setTimeout(() => { if (left < most / 5) said.textContent = seen.textContent; }, 1000);
    };
    box.addEventListener("input", tell); tell();
  });

  /* 4. Long work: ask again after 2 s, then slower to 10 s; speak on a new step or every 15 s. */
  const live = document.querySelector("[data-poll]");
  if (live) {
    let wait = 2000, best = -1, step = live.dataset.step, spoken = Date.now();
    const part = (name) => live.querySelector("[data-live='" + name + "']");
    const show = (job) => {
      const bar = live.querySelector("progress");
      part("sentence").textContent = job.sentence;
      part("time").textContent = [job.elapsed, job.remaining].filter(Boolean).join(", ");
      if (job.total) { bar.max = job.total; bar.value = job.done; }
      all("[data-live='steps'] > li", live).forEach((line, place) => {
        const now = job.steps[place];
        if (!now) return;
        line.className = "is-" + now.state;
        line.querySelector("[data-live='state']").textContent = now.said;
        line.querySelector("[data-live='count']").textContent = now.count;
      });
      if (job.step !== step || Date.now() - spoken > 15000) {
        step = job.step; spoken = Date.now();
        live.querySelector("[role='status']").textContent = job.sentence;
      }
    };
    const done = () => { /* finished, failed or stopped: show that page, unless something is being typed on this one */
      if (all("textarea").every((box) => box.value === box.defaultValue)) { window.location.reload(); return; }
      part("sentence").textContent = live.querySelector("[role='status']").textContent = live.dataset.over;
    };
    const ask = async () => {
      try {
        const answer = await fetch(live.dataset.poll, { headers: { Accept: "application/json" } });
        if (answer.redirected || !answer.ok) { window.location.reload(); return; } /* signed out, or gone */
        const job = await answer.json();
        if (!job.working) { done(); return; }
        wait = job.done > best ? 2000 : Math.min(wait * 1.5, 10000);
        if (job.done >= best) { best = job.done; show(job); } /* a number never goes down */
      } catch (problem) { wait = Math.min(wait * 1.5, 10000); } /* a lost connection is waited out */
      setTimeout(ask, wait);
    };
    setTimeout(ask, wait);
  }

  /* 5. Two minutes before the visit ends, offer to stay. Times are the server's; the wait is ours. */
  const warning = document.getElementById("session-warning");
  if (warning && warning.showModal) {
    let timer = 0;
    const plan = (seconds) => { timer = setTimeout(() => warning.showModal(), Math.max(0, seconds - 120) * 1000); };
    warning.querySelector("form").addEventListener("submit", async (event) => {
      event.preventDefault();
      const form = event.target;
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } }).catch(() => null);
      if (!answer || !answer.ok) { warning.querySelector("p").textContent = warning.dataset.failed; return; }
      clearTimeout(timer);
      plan((await answer.json()).seconds_left);
      warning.close();
    });
    plan(Number(warning.dataset.ends) - Number(warning.dataset.now));
  }
})();
