// What page_judge.py runs beside the page that it judges.

// The element that has the focus.
function focused() {
  const it = document.activeElement;
  const style = getComputedStyle(it);
  const outline = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  const place = [...document.querySelectorAll('*')].indexOf(it);
  return { name: it.tagName, text: it.textContent.slice(0, 40), place, outline };
}

// What a reader, a screen reader or a stranger's text could stumble over.
function structure({ home, texts }) {
  const wrong = [];
  const all = selector => [...document.querySelectorAll(selector)];
  const foreign = all('script, img, iframe, object, embed, form, input, svg, base, template, plaintext');
  foreign.forEach(it => wrong.push(`there is a ${it.tagName}`));
  all('*').forEach(it => {
    const handlers = it.getAttributeNames().filter(name => name.startsWith('on'));
    handlers.forEach(name => wrong.push(`${it.tagName} has ${name}`));
  });
  if (all('style').length !== 1) wrong.push('there is more than one style');
  if (!document.documentElement.lang || !document.title) wrong.push('it has no language or no title');
  for (const [name, count] of [['h1', 1], ['main', 1], ['footer', 1]]) {
    if (all(name).length !== count) wrong.push(`there are ${all(name).length} of ${name}`);
  }
  const levels = all('h1, h2, h3, h4').map(it => Number(it.tagName[1]));
  levels.forEach((level, at) => {
    if (level > (levels[at - 1] ?? 0) + 1) wrong.push(`heading ${at} is of level ${level}`);
  });
  const ids = all('[id]').map(it => it.id);
  if (new Set(ids).size !== ids.length) wrong.push('two elements have one id');
  all('a').forEach(it => {
    const to = it.getAttribute('href');
    const isWhere = to.startsWith('#') ? ids.includes(to.slice(1)) : to.startsWith(home);
    if (!isWhere) wrong.push(`a link leads to ${to}`);
    if (!it.textContent.trim()) wrong.push(`the link to ${to} has no name`);
  });
  all('time').forEach(it => {
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(it.dateTime)) wrong.push(`a time is ${it.dateTime}`);
  });
  const said = document.body.textContent;
  texts.forEach(text => { if (!said.includes(text)) wrong.push(`${text} is not said`); });
  return wrong;
}

// Texts whose contrast is less than 4.5 to 1 (WCAG 2.2, 1.4.3).
function contrast() {
  const channels = color => {
    const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number);
    return { rgb: [r, g, b], a };
  };
  const luminance = rgb => {
    const [r, g, b] = rgb.map(it => it / 255).map(it => it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = it => {
    for (; it; it = it.parentElement) {
      const { rgb, a } = channels(getComputedStyle(it).backgroundColor);
      if (a === 1) return rgb;
    }
    return [255, 255, 255];
  };
  const wrong = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    if (!node.textContent.trim()) continue;
    const it = node.parentElement;
    const [a, b] = [channels(getComputedStyle(it).color).rgb, behind(it)].map(luminance);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) wrong.push(`${it.className || it.tagName} has a contrast of ${ratio.toFixed(2)}`);
  }
  return wrong;
}
