'use strict';
// The page of wrn explain: links drawing and table, draws the receptive field, takes one output pixel apart and shows the warp that made it.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const $ = id => document.getElementById(id);
  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const format = v => Math.abs(v) >= 1000 || (v !== 0 && Math.abs(v) < 0.001) ? v.toExponential(3) : v.toPrecision(5);
  const short = v => v === 0 ? '0' : Math.abs(v) < 0.0005 ? v.toExponential(1) : Math.abs(v) < 100 ? v.toFixed(Math.abs(v) < 10 ? 4 : 2) : v.toPrecision(4);
  const count = v => v.toLocaleString('en-US');

  function make(tag, attributes, ...children) {
    const e = document.createElement(tag);
    for (const [k, v] of Object.entries(attributes || {})) if (k === 'on') e.addEventListener('click', v); else e.setAttribute(k, v);
    e.append(...children);
    return e;
  }
  function bytes(text) {
    const raw = atob(text), b = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) b[i] = raw.charCodeAt(i);
    return b.buffer;
  }
  const floats = text => new Float32Array(bytes(text)), ints = text => new Int32Array(bytes(text));

  /** Blue below zero, white, orange above it: as Colours.cs. */
  function colour(share) {
    const s = Math.min(1, Math.sqrt(Math.abs(share) || 0)), end = share < 0 ? [5, 82, 161] : [178, 80, 0];
    return end.map(c => Math.round(255 + (c - 255) * s));
  }
  function paintCell(e, value, scale) {
    const [r, g, b] = colour(value / (scale || 1));
    e.style.backgroundColor = `rgb(${r},${g},${b})`;
    // Black has the better contrast above this luminance (WCAG 2).
    const linear = [r, g, b].map(v => v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    e.style.color = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.179 ? '#000000' : '#ffffff';
  }
  const largest = values => values.reduce((m, v) => Math.max(m, Math.abs(v)), 0);

  // Drawing and table.
  const layers = new Map(data.layers.map(l => [l.name, l]));
  function choose(name, scroll) {
    for (const e of document.querySelectorAll('[data-layer]')) e.classList.toggle('chosen', e.getAttribute('data-layer') === name);
    const inside = data.layers.filter(l => l.name === name || l.block === name), detail = $('layer-detail');
    if (name === 'image') { detail.replaceChildren(`The image: 3 channels of ${data.height} x ${data.width}, normalised by mean and deviation.`); return; }
    const own = layers.get(name), parts = inside.filter(l => !l.isBlock), sum = f => parts.reduce((s, l) => s + f(l), 0);
    const list = make('ul');
    for (const l of parts) list.append(make('li', {}, `${l.name}: ${l.kind}, [${l.input.slice(1).join(', ')}] → [${l.output.slice(1).join(', ')}]` + (l.parameters ? `, ${count(l.parameters)} parameters` : '') + (l.macs ? `, ${count(l.macs)} multiply-adds, ${l.intensity.toFixed(1)} FLOP per byte` : '')));
    detail.replaceChildren(make('b', {}, `${own.name}: ${own.kind}`), ` · ${count(sum(l => l.parameters))} parameters · ${count(sum(l => l.macs))} multiply-adds · ${count(sum(l => l.activationBytes))} bytes of output`, list);
    const field = $('field-layer');
    // A block's output sees what its last convolution sees.
    const windowed = inside.filter(l => !l.isBlock && /^(Conv|Max)/.test(l.kind) && l.field > 0), shownField = windowed.find(l => l.field === own.field) || windowed[windowed.length - 1];
    if (shownField) { field.value = String(data.layers.indexOf(shownField)); drawField(); }
    if (scroll) detail.scrollIntoView({ block: 'nearest' });
  }
  for (const box of document.querySelectorAll('.box')) {
    box.addEventListener('click', () => choose(box.getAttribute('data-layer')));
    box.addEventListener('keydown', e => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); choose(box.getAttribute('data-layer')); } });
    box.addEventListener('mouseenter', () => { for (const r of document.querySelectorAll('#layer-table tr')) r.classList.toggle('chosen', r.getAttribute('data-layer') === box.getAttribute('data-layer')); });
  }
  for (const row of document.querySelectorAll('tr[data-layer]')) row.querySelector('button').addEventListener('click', () => choose(row.getAttribute('data-layer'), true));

  // Receptive field.
  const picture = data.image ? new Image() : null;
  const fieldSelect = $('field-layer');
  data.layers.forEach((l, i) => { if (l.field > 0 && /^(Conv|Max)/.test(l.kind)) fieldSelect.append(make('option', { value: String(i) }, `${l.name}: ${l.field} x ${l.field}`)); });
  function drawField() {
    const layer = data.layers[Number(fieldSelect.value)] || data.layers[0], canvas = $('field-canvas'), g = canvas.getContext('2d');
    const scale = canvas.width / data.width, h = canvas.height = Math.round(data.height * scale);
    g.imageSmoothingEnabled = false;
    g.fillStyle = '#ffffff'; g.fillRect(0, 0, canvas.width, h);
    if (picture && picture.complete) g.drawImage(picture, 0, 0, canvas.width, h);
    else { g.strokeStyle = '#d0d4da'; for (let i = 0; i <= data.width; i += Math.max(1, data.width / 32)) { g.beginPath(); g.moveTo(i * scale, 0); g.lineTo(i * scale, h); g.moveTo(0, i * scale); g.lineTo(canvas.width, i * scale); g.stroke(); } }
    const out = layer.output.length === 4 ? layer.output : [1, 1, 1, 1], r = Math.floor(out[2] / 2), c = Math.floor(out[3] / 2);
    const y = layer.start + r * layer.jump, x = layer.start + c * layer.jump, half = layer.field / 2;
    g.fillStyle = 'rgba(0,0,0,0.45)';
    g.beginPath(); g.rect(0, 0, canvas.width, h); g.rect((x + 0.5 - half) * scale, (y + 0.5 - half) * scale, layer.field * scale, layer.field * scale); g.fill('evenodd');
    g.lineWidth = 3; g.strokeStyle = '#ffb000'; g.strokeRect((x + 0.5 - half) * scale, (y + 0.5 - half) * scale, layer.field * scale, layer.field * scale);
    g.fillStyle = '#ffb000'; g.fillRect((x + 0.5 - layer.jump / 2) * scale, (y + 0.5 - layer.jump / 2) * scale, layer.jump * scale, layer.jump * scale);
    const cut = layer.field > Math.min(data.width, data.height) ? ' It is larger than the image: what lies outside are the zeros of the padding.' : '';
    $('field-text').textContent = `${layer.name}: an output pixel sees ${layer.field} x ${layer.field} input pixels; its neighbour looks ${layer.jump} ${layer.jump === 1 ? 'pixel' : 'pixels'} further (the filled square). Shown is pixel (${r}, ${c}) of ${out[2]} x ${out[3]}.${cut}`;
  }
  fieldSelect.addEventListener('change', drawField);
  function step(by) { fieldSelect.selectedIndex = Math.max(0, Math.min(fieldSelect.options.length - 1, fieldSelect.selectedIndex + by)); drawField(); }
  $('field-less').addEventListener('click', () => step(-1));
  $('field-more').addEventListener('click', () => step(1));
  fieldSelect.selectedIndex = Math.floor(fieldSelect.options.length / 2);
  if (picture) { picture.onload = drawField; picture.src = data.image; }
  drawField();
  choose((data.layers.find(l => l.isBlock) || data.layers[0]).name);

  if (!data.convs || data.convs.length === 0) return;

  // One pixel.
  let conv, row, column, shown, input, lane;
  function load(c) {
    if (!c.loaded) {
      const w = c.warp, n = ints(w.storeBlocks);
      c.loaded = {
        x: floats(c.x), weight: floats(c.weight), y: floats(c.y), blocks: n, warps: ints(w.storeWarps), elements: ints(w.elements), values: floats(w.values),
        shared: Object.fromEntries(Object.entries(w.shared).map(([k, v]) => [k, new Float32Array(bytes(v))])),
        reads: Object.fromEntries(Object.entries(w.reads).map(([k, v]) => [k, { width: v.width, words: new Uint16Array(bytes(v.words)) }])), where: new Map(),
      };
      const l = c.loaded;
      for (let i = 0; i < l.elements.length; i++) if (l.elements[i] >= 0) for (let q = 0; q < w.width; q++) l.where.set(l.elements[i] + q, [i >> 5, i & 31, q]);
    }
    return c.loaded;
  }
  const convSelect = $('conv'), channelSelect = $('channel');
  data.convs.forEach((c, i) => convSelect.append(make('option', { value: String(i) }, `${c.name}: ${c.inChannels} → ${c.outChannels} channels`)));
  function chooseConv(i) {
    conv = data.convs[i];
    load(conv);
    channelSelect.replaceChildren(...conv.channels.map((c, k) => make('option', { value: String(k) }, String(c))));
    shown = 0; channelSelect.selectedIndex = 0;
    input = null;
    const plane = conv.outHeight * conv.outWidth, values = conv.loaded.y.subarray(0, plane);
    const at = values.reduce((best, v, k) => Math.abs(v) > Math.abs(values[best]) ? k : best, 0); // begin where something happens
    pick(Math.floor(at / conv.outWidth), at % conv.outWidth);
  }

  /** The sums of one output pixel: of each channel, and of all. */
  function sums() {
    const k = conv.kernel, l = conv.loaded, perChannel = [];
    let total = 0;
    for (let c = 0; c < conv.inChannels; c++) {
      const x = [], w = [], p = [];
      let sum = 0;
      for (let r = 0; r < k; r++) for (let s = 0; s < k; s++) {
        const h = row * conv.stride + r - conv.padding, v = column * conv.stride + s - conv.padding, inside = h >= 0 && h < conv.height && v >= 0 && v < conv.width;
        const a = inside ? l.x[(c * conv.height + h) * conv.width + v] : 0, b = l.weight[((shown * conv.inChannels + c) * k + r) * k + s];
        x.push(a); w.push(b); p.push(a * b); sum += a * b;
      }
      perChannel.push({ x, w, p, sum });
      total += sum;
    }
    return { perChannel, total };
  }
  function drawMap(canvas, values, height, width, marks) {
    const g = canvas.getContext('2d'), size = 320 / Math.max(height, width), top = largest(values);
    canvas.width = Math.round(width * size); canvas.height = Math.round(height * size);
    for (let r = 0; r < height; r++) for (let c = 0; c < width; c++) {
      const [red, green, blue] = colour(values[r * width + c] / (top || 1));
      g.fillStyle = `rgb(${red},${green},${blue})`;
      g.fillRect(c * size, r * size, size + 0.5, size + 0.5);
    }
    for (const [r, c, h, w] of marks) {
      g.lineWidth = 4; g.strokeStyle = '#ffffff'; g.strokeRect(c * size, r * size, w * size, h * size);
      g.lineWidth = 2; g.strokeStyle = '#000000'; g.strokeRect(c * size, r * size, w * size, h * size);
    }
  }
  function cells(id, values, scale) {
    const box = $(id);
    box.className = 'cells k3';
    box.replaceChildren(...values.map(v => { const e = make('span', {}, short(v)); paintCell(e, v, scale); return e; }));
  }
  function pick(r, c) {
    row = Math.max(0, Math.min(conv.outHeight - 1, r)); column = Math.max(0, Math.min(conv.outWidth - 1, c));
    lane = null;
    show();
  }
  function show() {
    const { perChannel, total } = sums(), l = conv.loaded, channel = conv.channels[shown];
    if (input === null || input >= conv.inChannels) input = perChannel.reduce((best, p, i) => Math.abs(p.sum) > Math.abs(perChannel[best].sum) ? i : best, 0);
    const engine = l.y[(shown * conv.outHeight + row) * conv.outWidth + column], area = conv.height * conv.width, k = conv.kernel;
    drawMap($('input-map'), l.x.subarray(input * area, (input + 1) * area), conv.height, conv.width, [[row * conv.stride - conv.padding, column * conv.stride - conv.padding, k, k]]);
    drawMap($('output-map'), l.y.subarray(shown * conv.outHeight * conv.outWidth, (shown + 1) * conv.outHeight * conv.outWidth), conv.outHeight, conv.outWidth, [[row, column, 1, 1]]);
    $('input-caption').textContent = `Input of ${conv.name}, channel ${input} of ${conv.inChannels}`;
    $('output-caption').textContent = `Output channel ${channel}: click a pixel, or use the arrow keys`;
    $('pixel-where').textContent = `y[${row}, ${column}, ${channel}] is the sum of ${k} x ${k} x ${conv.inChannels} = ${k * k * conv.inChannels} products:`;
    $('pixel-sum').textContent = format(total);
    $('pixel-sum').dataset.value = String(total);
    $('pixel-check').textContent = `The engine's output is ${format(engine)}; the difference, ${Math.abs(total - engine).toExponential(1)}, is rounding: it adds float32 numbers in another order.`;
    const top = largest(perChannel.map(p => p.sum));
    $('channel-sums').replaceChildren(...perChannel.map((p, i) => {
      const b = make('button', { type: 'button', 'aria-pressed': String(i === input), on: () => { input = i; show(); } }, make('small', {}, `channel ${i}`), short(p.sum));
      b.classList.toggle('chosen', i === input); paintCell(b, p.sum, top);
      return b;
    }));
    const p = perChannel[input];
    $('product-title').textContent = `Products of input channel ${input}: they add up to ${format(p.sum)}`;
    cells('window', p.x, largest(p.x)); cells('kernel', p.w, largest(l.weight)); cells('product', p.p, largest(p.p));
    showWarp();
  }
  convSelect.addEventListener('change', () => chooseConv(Number(convSelect.value)));
  channelSelect.addEventListener('change', () => { shown = Number(channelSelect.value); input = null; lane = null; show(); });
  function fromCanvas(canvas, e, height, width) {
    const box = canvas.getBoundingClientRect();
    return [Math.floor((e.clientY - box.top - canvas.clientTop) / canvas.clientHeight * height), Math.floor((e.clientX - box.left - canvas.clientLeft) / canvas.clientWidth * width)];
  }
  $('output-map').addEventListener('click', e => pick(...fromCanvas($('output-map'), e, conv.outHeight, conv.outWidth)));
  $('output-map').addEventListener('keydown', e => {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key];
    if (move) { e.preventDefault(); pick(row + move[0], column + move[1]); }
  });
  for (const b of document.querySelectorAll('[data-move]')) b.addEventListener('click', () => { const [r, c] = b.getAttribute('data-move').split(',').map(Number); pick(row + r, column + c); });

  // The warp.
  function showWarp() {
    const w = conv.warp, l = conv.loaded, channel = conv.channels[shown], element = (row * conv.outWidth + column) * conv.outChannels + channel;
    const found = l.where.get(element);
    $('launch').replaceChildren(...[[w.kernel, 'kernel'], [`${w.grid} blocks of ${w.block} threads`, 'grid'], [`${w.registers} registers, ${count(w.sharedBytes)} bytes`, 'a thread has, shared memory of a block'], [count(w.warpInstructions), 'warp instructions in all'], [count(w.bankConflicts), 'bank conflicts']]
      .map(([v, t]) => make('div', { class: 'tile' }, make('b', {}, v), make('span', {}, t))));
    const [store, own, part] = found, chosen = lane === null ? own : lane, block = l.blocks[store], warp = l.warps[store];
    const text = $('warp-where');
    text.replaceChildren('Pixel ', make('b', {}, `(${row}, ${column})`), ` of channel ${channel} was stored by thread block `, make('b', {}, String(block)), ' (of ', String(w.grid), '), warp ', make('b', {}, String(warp)), ', lane ', make('b', { id: 'lane-number' }, String(own)),
      `: number ${part + 1} of the ${w.width} that the lane stores with one instruction. The recorded value is `, make('b', { id: 'warp-value' }, format(l.values[(store * 32 + own) * w.width + part])), '.');
    const idle = Array.from({ length: 32 }, (_, i) => l.elements[store * 32 + i]).filter(e => e < 0).length;
    if (idle) text.append(` ${idle} lanes store nothing here: the kernel's tile is wider than the ${conv.outChannels} channels of this convolution.`);
    $('warp-value').dataset.value = String(l.values[(store * 32 + own) * w.width + part]);

    // Who made which pixel.
    const canvas = $('warp-map'), g = canvas.getContext('2d'), size = 320 / Math.max(conv.outHeight, conv.outWidth);
    canvas.width = Math.round(conv.outWidth * size); canvas.height = Math.round(conv.outHeight * size);
    g.fillStyle = css('--paper'); g.fillRect(0, 0, canvas.width, canvas.height);
    const levels = new Uint8Array(conv.outHeight * conv.outWidth);
    for (let s = 0; s < l.blocks.length; s++) for (let i = 0; i < 32; i++) {
      const e = l.elements[s * 32 + i];
      if (e < 0 || l.blocks[s] !== block) continue;
      const at = Math.floor(e / conv.outChannels), level = l.warps[s] !== warp ? 1 : i !== chosen ? 2 : 3;
      levels[at] = Math.max(levels[at], level);
    }
    const shades = [null, css('--at-block'), css('--at-warp'), css('--at-lane')];
    levels.forEach((level, at) => { if (level) { g.fillStyle = shades[level]; g.fillRect((at % conv.outWidth) * size, Math.floor(at / conv.outWidth) * size, size - 0.5, size - 0.5); } });
    g.lineWidth = 2; g.strokeStyle = css('--text'); g.strokeRect(column * size, row * size, size, size);

    // What each lane stored.
    const scale = largest(l.values.subarray(store * 32 * w.width, (store + 1) * 32 * w.width));
    $('lanes').replaceChildren(...Array.from({ length: 32 }, (_, i) => {
      const e = l.elements[store * 32 + i], at = Math.floor(e / conv.outChannels), values = Array.from(l.values.subarray((store * 32 + i) * w.width, (store * 32 + i + 1) * w.width));
      const label = e < 0 ? 'idle' : `(${Math.floor(at / conv.outWidth)}, ${at % conv.outWidth}) ch ${e % conv.outChannels}`;
      const b = make('button', { type: 'button', 'aria-pressed': String(i === chosen), on: () => { lane = i; showWarp(); } }, make('small', {}, `lane ${i}`), make('small', {}, label), e < 0 ? '' : values.map(short).join('\n'));
      b.classList.toggle('chosen', i === chosen);
      if (e >= 0) paintCell(b, values[i === own ? part : 0], scale);
      return b;
    }));

    // Shared memory: banks down, their rows to the right.
    const memory = l.shared[block], shared = $('shared'), note = $('shared-text');
    if (!memory) { shared.width = 1; note.textContent = `Shared memory was kept for thread blocks ${Object.keys(l.shared).join(', ')} only, to keep this page small; choose a pixel of theirs.`; }
    else {
      const columns = Math.ceil(memory.length / 32), cell = columns > 120 ? 5 : 10, top = largest(memory), s = shared.getContext('2d');
      shared.width = columns * cell; shared.height = 32 * cell;
      memory.forEach((v, i) => { const [r, gg, b] = colour(v / (top || 1)); s.fillStyle = `rgb(${r},${gg},${b})`; s.fillRect(Math.floor(i / 32) * cell, (i % 32) * cell, cell, cell); });
      const reads = l.reads[warp], words = new Set();
      if (reads) reads.width.forEach((width, i) => { for (let q = 0; q < width; q++) words.add(reads.words[i * 32 + chosen] + q); });
      s.lineWidth = 1; s.strokeStyle = '#000000';
      for (const word of words) s.strokeRect(Math.floor(word / 32) * cell + 0.5, (word % 32) * cell + 0.5, cell - 1, cell - 1);
      note.textContent = `${count(memory.length)} words of 4 bytes, strongest colour ±${format(top)}. Lane ${chosen} read ${words.size} different words of the last piece: input pixels and weights, which it multiplied in its registers. ` + (reads ? 'The addresses were recorded in thread block 0; every block reads at the same places.' : '');
    }

    $('source').replaceChildren(...w.lines.map(line => make('div', {}, make('p', {}, make('b', {}, line.role), ` · ${line.instruction} · ${(line.file || '').replace(/^\.\//, '')}:${line.line} · ${count(line.count)} times by a warp`), make('pre', { tabindex: '0' }, line.text || 'the source of this line is not at hand'))));
  }
  chooseConv(data.convs.length - 1);
  convSelect.selectedIndex = data.convs.length - 1;
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', showWarp);
})();
