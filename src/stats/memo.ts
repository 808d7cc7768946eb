// What was found of a set is kept: several metrics want it, and samples and real images are held against the same set.

/**
 * A function of a set, and of numbers that say what of it, that finds each answer once. Sets are told apart by identity;
 * what was found of one is kept as long as it is.
 */
export function oncePerSet<S extends object, N extends readonly number[], T>(
  find: (set: S, ...how: N) => T,
): (set: S, ...how: N) => T {
  const known = new WeakMap<S, Map<string, T>>();
  return (set, ...how) => {
    const ofSet = known.get(set) ?? new Map<string, T>();
    known.set(set, ofSet);
    const key = how.join();
    const found = ofSet.has(key) ? (ofSet.get(key) as T) : find(set, ...how);
    ofSet.set(key, found);
    return found;
  };
}

/** The same of two sets, as long as both are. */
export function oncePerPair<S extends object, N extends readonly number[], T>(
  find: (first: S, second: S, ...how: N) => T,
): (first: S, second: S, ...how: N) => T {
  const ofFirst = oncePerSet((first: S) => oncePerSet((second: S, ...how: N) => find(first, second, ...how)));
  return (first, second, ...how) => ofFirst(first)(second, ...how);
}
