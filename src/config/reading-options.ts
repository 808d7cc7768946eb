// How data is read where that cannot be seen from it: the options of every command that takes data.
import { boolean, text } from './option';

export const readingOptions = {
  key: text({
    placeholder: 'NAME',
    role: 'call',
    description: 'the array or column that holds the images',
  }),
  label: text({
    placeholder: 'NAME|first|last|none',
    role: 'call',
    description: 'the array or column that holds the labels',
  }),
  split: text({
    placeholder: 'NAME',
    role: 'call',
    description: 'which of several sets in one folder, such as letters of EMNIST',
  }),
  shape: text({
    placeholder: 'HxW',
    role: 'call',
    pattern: /^[1-9]\d{0,4}x[1-9]\d{0,4}(?:x[1-9]\d{0,4})?$/,
    expected: 'height and width such as 28x28, with channels behind them or before them',
    description: 'height and width of images that lie flat, as 28x28, 32x32x3 or, plane by plane, 3x32x32',
  }),
  range: text({
    placeholder: 'A..B',
    role: 'call',
    description: 'the numbers that are black and white, such as 0..1 or -1..1',
  }),
  transpose: boolean({ role: 'call', description: 'the images are stored by columns, as EMNIST’s' }),
} as const;
