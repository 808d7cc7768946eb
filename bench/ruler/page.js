// docs/ruler.md of what was measured.

const marks = { true: 'pass', false: '**fail**', undefined: '·' };
const roleNames = { looks: 'looks', variety: 'variety', both: 'both', classes: 'classes', copies: 'copies' };

/** Three digits. @param {number} value */
const short = (value) => {
  const text = Number(value.toPrecision(3));
  return String(Math.abs(text) >= 1000 ? Math.round(value) : text).replace('-', '−');
};

/** @param {any} result @returns {string} */
function page({ name, count, checks, rows }) {
  const asked = rows.flatMap(({ cells }) => cells.filter(({ passes }) => passes !== undefined));
  const passed = asked.filter(({ passes }) => passes).length;
  const header = (first) => [
    `| ${[...first, ...checks.map((check) => check.name)].join(' | ')} |`,
    `|${[...first, ...checks].map(() => '---').join('|')}|`,
  ];
  const cellsOf = (write) =>
    rows.map(
      ({ spec, role, cells }) =>
        `| ${[`\`${spec.name}\``, roleNames[role], ...cells.map(write)].join(' | ')} |`,
    );
  return `${[
    '# What the ruler notices',
    '',
    `Written by \`npm run ruler\`, which takes some minutes; what each figure is: [metrics.md](metrics.md). ${count} real images stand for samples and are held against ${count} test images of ${name}. Then one thing is damaged at a time, in up to three degrees, as in the checks that [Räisä et al. 2025](https://arxiv.org/abs/2505.22450) ask of every measure of generators and that none passes whole; theirs are on points in the plane and on tables, these on images.`,
    '',
    ...checks.map((check) => `- **${check.name}**: ${check.what}.`),
    '',
    'What is asked depends on what a figure is for. One of *looks* must get worse by noise, blur and invented kinds, and must not mind what is missing; one of *variety* the other way about; one of *both* must notice all of that; one of *classes* must see which are drawn; one of *copies* must see copies. None may mind one odd image in a hundred, nor how many samples there are.',
    '',
    '- **pass** of "must get worse": worse by more than 3 standard errors at the last degree, and at no degree better than at the one before, by as much.',
    '- **pass** of "must not mind": at no degree off by more than 3 standard errors, or 5 % of its value, whichever is more. This counts either way: a figure of looks that *rises* for truncated samples fails too.',
    '- **·**: not asked.',
    '',
    `${passed} of ${asked.length} checks pass.`,
    '',
    ...header(['figure', 'of']),
    ...cellsOf(({ passes }) => marks[String(passes)]),
    '',
    '## The figures',
    '',
    'Of the images as they were, then of each degree.',
    '',
    ...header(['figure', 'of']),
    ...cellsOf(({ values }) => values.map(({ mean }) => short(mean)).join(' → ')),
  ].join('\n')}\n`;
}

module.exports = { page };
