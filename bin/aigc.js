#!/usr/bin/env node
// SIGUSR1 ends us as SIGTERM does, where Node's own answer is to open its debugger: a listener that goes gives the signal
// back to the system.
const listener = () => undefined;
process.on('SIGUSR1', listener).off('SIGUSR1', listener);

const { main } = require('../dist/cli.js');

main(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});
