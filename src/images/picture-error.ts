// One picture that cannot be read.

/** The message says why, without the path. */
export class PictureError extends Error {}

/** A picture of a kind that is not read, which another program can convert. */
export class ForeignPictureError extends PictureError {}
