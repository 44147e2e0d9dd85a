{
  const study = JSON.parse(document.getElementById("trials").textContent);
  const canvas = document.getElementById("lines");
  const arm = document.getElementById("arm");
  const ends = [document.getElementById("least"), document.getElementById("most")];
  const count = document.getElementById("count");
  const ARM = 0, STATE = study.head.indexOf("state"), SCORE = study.head.indexOf("macro_f1");
  const ROW = 52, TOP = 26, SIDE = 14, SHADES = 24;
  // Viridis between its ends, so that neither is lost on white or on black.
  const STOPS = [[72, 40, 120], [49, 104, 142], [33, 145, 140], [53, 183, 121], [170, 205, 60]];

  const scored = study.rows.filter(row => row[STATE] !== "failed" && row[SCORE] !== "");
  for (const row of scored) row[SCORE] = +row[SCORE];
  let low = Infinity, high = -Infinity;
  for (const row of scored) { low = Math.min(low, row[SCORE]); high = Math.max(high, row[SCORE]); }
  const score = place => low + (high - low) * place / 1000;

  function place(axis, value) {
    if (value === "") return null;
    if (axis.kind === "choices") return axis.values.indexOf(value) / Math.max(axis.values.length - 1, 1);
    const scale = axis.kind === "log" ? Math.log : Number;
    return (scale(value) - scale(axis.low)) / (scale(axis.high) - scale(axis.low) || 1);
  }

  function colour(share) {
    const at = Math.min(share, 0.9999) * (STOPS.length - 1), i = Math.floor(at), part = at - i;
    return `rgb(${STOPS[i].map((c, k) => Math.round(c + part * (STOPS[i + 1][k] - c))).join(" ")})`;
  }

  function draw() {
    const axes = [{name: "macro-F1", column: SCORE, kind: "linear", low, high,
      marks: [0, 0.5, 1].map(at => [at, (low + at * (high - low)).toFixed(3)])}, ...study.arms[arm.value]];
    const from = score(Math.min(ends[0].value, ends[1].value)), to = score(Math.max(ends[0].value, ends[1].value));
    const rows = scored.filter(row => row[ARM] === arm.value);
    const shown = rows.filter(row => row[SCORE] >= from - 1e-9 && row[SCORE] <= to + 1e-9);
    count.textContent = `${shown.length} of ${rows.length} trials: macro-F1 ${from.toFixed(3)} to ${to.toFixed(3)}`;

    const width = canvas.parentElement.clientWidth, height = TOP + ROW * (axes.length - 1) + 30;
    const ratio = window.devicePixelRatio || 1, style = getComputedStyle(canvas);
    canvas.width = width * ratio; canvas.height = height * ratio;
    canvas.style.height = height + "px";
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const x = at => SIDE + at * (width - 2 * SIDE), y = i => TOP + ROW * i;

    const paths = Array.from({length: SHADES}, () => new Path2D());
    for (const row of shown) {
      const share = high > low ? (row[SCORE] - low) / (high - low) : 1;
      const path = paths[Math.min(Math.floor(share * SHADES), SHADES - 1)];
      let began = false;
      axes.forEach((axis, i) => {
        const at = place(axis, row[axis.column]);
        // A value that meant nothing there is left out; the line goes on to the next axis.
        if (at === null) return;
        if (began) path.lineTo(x(at), y(i)); else path.moveTo(x(at), y(i));
        began = true;
      });
    }
    pen.lineWidth = 1.2;
    pen.globalAlpha = Math.max(0.12, Math.min(0.9, 40 / Math.sqrt(shown.length + 1) / 6));
    paths.forEach((path, shade) => { pen.strokeStyle = colour((shade + 0.5) / SHADES); pen.stroke(path); });

    pen.globalAlpha = 1;
    pen.strokeStyle = pen.fillStyle = style.color;
    pen.font = `12px ${style.fontFamily}`;
    const ground = style.getPropertyValue("--ground");
    axes.forEach((axis, i) => {
      pen.fillRect(x(0), y(i) - 0.5, x(1) - x(0), 1);
      words(pen, axis.name, x(0), y(i) - 8, "left", ground, true);
      let free = -Infinity;
      axis.marks.forEach(([at, says], n) => {
        const size = pen.measureText(says).width;
        const align = at < 0.05 ? "left" : at > 0.95 ? "right" : "center";
        const begins = x(at) - (align === "left" ? 0 : align === "right" ? size : size / 2);
        pen.fillRect(x(at) - 0.5, y(i) - 3, 1, 6);
        if (begins < free) return;
        words(pen, says, x(at), y(i) + 15, align, ground, false);
        free = begins + size + 6;
      });
    });
  }

  function words(pen, says, x, y, align, ground, bold) {
    const font = pen.font;
    if (bold) pen.font = "600 " + font;
    pen.textAlign = align;
    pen.save();
    pen.strokeStyle = ground; pen.lineWidth = 4; pen.lineJoin = "round";
    pen.strokeText(says, x, y);
    pen.restore();
    pen.fillText(says, x, y);
    pen.font = font;
  }

  let waiting = false;
  function later() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  }
  for (const name of Object.keys(study.arms)) arm.add(new Option(name, name, false, name === study.first));
  for (const control of [arm, ...ends]) control.addEventListener("input", later);
  addEventListener("resize", later);
  for (const kind of ["print", "(prefers-color-scheme: dark)"]) matchMedia(kind).addEventListener("change", draw);

  const cell = value => /[",\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : value;
  document.getElementById("trials-csv").addEventListener("click", event => {
    const text = [study.head, ...study.rows].map(row => row.map(cell).join(",")).join("\n") + "\n";
    event.currentTarget.href = URL.createObjectURL(new Blob([text], {type: "text/csv"}));
  });
  draw();
}
