// The checks: what is done to the samples, or to what they are held against, and what each kind of figure should say.
const damage = require('./damage');

/** What a figure is for. */
/** @typedef {'looks' | 'variety' | 'both' | 'classes' | 'copies'} Role */
/** Whether it should get worse with each level, stay as it is, or is not asked. */
/** @typedef {'worse' | 'same' | undefined} Wanted */

/** @type {Readonly<Record<string, Role>>} */
const roles = {
  fid: 'both',
  fidInfinity: 'both',
  kid: 'both',
  mind: 'both',
  parzen: 'both',
  precision: 'looks',
  density: 'looks',
  clippedDensity: 'looks',
  classifierScore: 'both',
  recall: 'variety',
  coverage: 'variety',
  clippedCoverage: 'variety',
  vendi: 'variety',
  msSsim: 'variety',
  labelEntropy: 'classes',
  missingClasses: 'classes',
  labelDistance: 'classes',
  memorisation: 'copies',
  copies: 'copies',
  cT: 'copies',
};

/** Figures without a better side: the direction that is worse. */
const worseSide = {
  vendi: 'lower',
  msSsim: 'higher',
  labelEntropy: 'lower',
  memorisation: 'lower',
  copies: 'higher',
  cT: 'lower',
};

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {string} what
 * @property {readonly (number | string)[]} levels
 * @property {(set: any, level: any) => any} samples
 * @property {((set: any, level: any) => any)=} test
 * @property {boolean=} fromTrain whether samples are the training images that copies are looked for in
 * @property {Readonly<Partial<Record<Role, Wanted>>>} wanted
 */

const same = (set) => set;

/** @type {readonly Check[]} */
const checks = [
  {
    name: 'mode dropped',
    what: '1, 3 and 5 of ten classes are not drawn',
    levels: [1, 3, 5],
    samples: (set, dropped) => damage.keepClasses(set, (label) => label >= dropped),
    wanted: { looks: 'same', variety: 'worse', both: 'worse', classes: 'worse' },
  },
  {
    name: 'mode invented',
    what: '1, 3 and 5 classes are drawn that the real images have not',
    levels: [1, 3, 5],
    samples: same,
    test: (set, invented) => damage.keepClasses(set, (label) => label >= invented),
    wanted: { looks: 'worse', variety: 'same', both: 'worse' },
  },
  {
    name: 'outliers, real',
    what: 'one in a hundred real images is noise',
    levels: [0.01],
    samples: same,
    test: damage.outliers,
    wanted: { looks: 'same', variety: 'same', both: 'same', classes: 'same' },
  },
  {
    name: 'outliers, drawn',
    what: 'one in a hundred samples is noise',
    levels: [0.01],
    samples: damage.outliers,
    wanted: { looks: 'same', variety: 'same', both: 'same', classes: 'same' },
  },
  {
    name: 'truncation',
    what: 'only the 50, 20 and 5 % nearest to the mean of their class',
    levels: [0.5, 0.2, 0.05],
    samples: damage.truncation,
    wanted: { looks: 'same', variety: 'worse', both: 'worse', classes: 'same' },
  },
  {
    name: 'few, repeated',
    what: '500, 100 and 20 different images, again and again',
    levels: [500, 100, 20],
    samples: damage.repeated,
    wanted: { looks: 'same', variety: 'worse', both: 'worse' },
  },
  {
    name: 'imbalance',
    what: 'classes drawn as often as their number to the power 0.5, 1 and 3',
    levels: [0.5, 1, 3],
    samples: damage.imbalance,
    wanted: { looks: 'same', both: 'worse', classes: 'worse' },
  },
  {
    name: 'copies',
    what: 'training images with noise of 4 levels of 255',
    levels: [4],
    samples: damage.noise,
    fromTrain: true,
    wanted: { copies: 'worse' },
  },
  {
    name: 'blur',
    what: 'blurred by 0.4, 0.7 and 1.2 pixels',
    levels: [0.4, 0.7, 1.2],
    samples: damage.blur,
    wanted: { looks: 'worse', both: 'worse' },
  },
  {
    name: 'noise',
    what: 'noise of 20, 40 and 80 levels of 255',
    levels: [20, 40, 80],
    samples: damage.noise,
    wanted: { looks: 'worse', both: 'worse' },
  },
  {
    name: 'sample size',
    what: 'half, a quarter and an eighth of the samples',
    levels: [0.5, 0.25, 0.125],
    samples: (set, share) => damage.some(set, Math.round(share * set.count), 'size'),
    wanted: { looks: 'same', variety: 'same', both: 'same', classes: 'same', copies: 'same' },
  },
];

/** So many standard errors are no accident. */
const sure = 3;
/** So small a part of a figure's value is no change to speak of. */
const slight = 0.05;

/**
 * Whether a figure says what it should.
 * @param {Wanted} wanted
 * @param {'lower' | 'higher'} worse the side that is worse
 * @param {readonly { mean: number, standardError: number }[]} values of the undamaged images, then of each level
 * @returns {boolean | undefined} undefined where it is not asked
 */
function judge(wanted, worse, values) {
  if (wanted === undefined) return undefined;
  const sign = worse === 'lower' ? -1 : 1;
  const change = (from, to) => ({
    size: sign * (to.mean - from.mean),
    error: Math.hypot(from.standardError, to.standardError),
  });
  const [first, ...levels] = values;
  if (wanted === 'same')
    return levels.every((level) => {
      const { size, error } = change(first, level);
      return Math.abs(size) <= Math.max(sure * error, slight * Math.abs(first.mean));
    });
  const steps = values.slice(1).map((value, i) => change(values[i], value));
  const last = change(first, levels[levels.length - 1]);
  return last.size > sure * last.error && steps.every(({ size, error }) => size > -sure * error);
}

module.exports = { checks, judge, roles, worseSide };
