// What the bench writes into a page of docs, between two markers.
const { readFileSync, writeFileSync } = require('node:fs');

/** @param {string} path @param {{ begin: string, end: string }} markers @param {string} body */
function writeBetween(path, { begin, end }, body) {
  const text = readFileSync(path, 'utf8');
  const from = text.indexOf(begin) + begin.length;
  const to = text.indexOf(end);
  if (to < from) throw new Error(`${path} has lost its markers: ${begin} and ${end}`);
  writeFileSync(path, `${text.slice(0, from)}\n\n${body}\n\n${text.slice(to)}`);
}

module.exports = { writeBetween };
