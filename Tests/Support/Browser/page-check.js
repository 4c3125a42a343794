// What is wrong with the layout and the colours of the page as it is shown now: a list of sentences.
(() => {
  const problems = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > root.clientWidth + 0.5 && !insideScroller(e));
    problems.push(`the page is ${root.scrollWidth} pixels wide in a window of ${root.clientWidth}: ${wide.slice(0, 3).map(describe).join(', ')}`);
  }

  // A canvas turns every way to write a colour into numbers.
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const known = new Map();
  function rgba(colour) {
    if (!known.has(colour)) {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
      known.set(colour, [r, g, b, a / 255]);
    }
    return known.get(colour);
  }
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);

  function insideScroller(e) {
    for (let p = e.parentElement; p; p = p.parentElement) if (getComputedStyle(p).overflowX !== 'visible' && p !== root && p !== document.body) return true;
    return false;
  }
  function describe(e) {
    return `<${e.tagName.toLowerCase()}${e.classList.length ? '.' + [...e.classList].join('.') : ''}>`;
  }

  /** What lies behind an element: the backgrounds of its ancestors, and in a drawing the shapes painted before it that hold its middle. */
  function background(element) {
    const layers = [];
    const svg = element.closest('svg');
    if (svg) {
      const r = element.getBoundingClientRect(), x = (r.left + r.right) / 2, y = (r.top + r.bottom) / 2;
      for (const shape of svg.querySelectorAll('rect, circle, ellipse, polygon')) {
        if (!(shape.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING)) continue;
        const s = shape.getBoundingClientRect(), style = getComputedStyle(shape);
        if (style.fill === 'none' || x < s.left || x > s.right || y < s.top || y > s.bottom) continue;
        const [r0, g0, b0, a0] = rgba(style.fill);
        layers.unshift([r0, g0, b0, a0 * style.fillOpacity * style.opacity]);
      }
    }
    for (let e = svg || element; e; e = e.parentElement) layers.push(rgba(getComputedStyle(e).backgroundColor));
    let colour = rgba(matchMedia('(prefers-color-scheme: dark)').matches ? '#121212' : '#ffffff');
    for (const layer of layers.reverse()) colour = over(layer, colour);
    return colour;
  }

  function luminance(colour) {
    const [r, g, b] = colour.slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  const reported = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim(), element = walker.currentNode.parentElement;
    if (!text || element.closest('script, style, title, noscript, template, option') || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const style = getComputedStyle(element);
    let opacity = 1;
    for (let e = element; e; e = e.parentElement) opacity *= getComputedStyle(e).opacity;
    const [r, g, b, a] = rgba(element.closest('svg') && !element.closest('foreignObject') ? style.fill : style.color);
    const below = background(element), ink = over([r, g, b, a * opacity], below);
    const [low, high] = [luminance(ink), luminance(below)].sort((p, q) => p - q);
    const contrast = (high + 0.05) / (low + 0.05);
    // Large text is as readable with less: 24 pixels, or 18.66 of bold.
    const size = parseFloat(style.fontSize), wanted = size >= 24 || size >= 18.66 && style.fontWeight >= 700 ? 3 : 4.5;
    if (contrast < wanted) {
      const where = `${describe(element.parentElement)} ${describe(element)}`;
      if (!reported.has(where)) problems.push(`contrast ${contrast.toFixed(2)} of '${text.slice(0, 40)}' in ${where}, at least ${wanted} is readable`);
      reported.add(where);
    }
  }

  // Only families that every system has something for may come last.
  const generic = ['serif', 'sans-serif', 'monospace', 'system-ui', 'ui-monospace', 'ui-sans-serif', 'ui-serif'];
  for (const e of document.body.querySelectorAll('*')) {
    const last = getComputedStyle(e).fontFamily.split(',').pop().trim();
    if (!generic.includes(last) && !reported.has(last)) problems.push(`${describe(e)} has no generic font after '${last}'`);
    reported.add(last);
  }
  if (document.fonts.size > 0) problems.push(`the page brings ${document.fonts.size} fonts`);
  return problems;
})()
