// What systems and archives leave behind among pictures.

/** .DS_Store, ._picture.jpg, __MACOSX. */
export const leftBehind = /^(?:\.|__MACOSX$)/;
