// Node's own import(), for packages that are ES modules alone: what TypeScript makes of import() for CommonJS is require(),
// which Node 20.18 refuses for them.

/** @param name of a package, as from a file of ours */
export const nativeImport = new Function('name', 'return import(name)') as (name: string) => Promise<unknown>;
