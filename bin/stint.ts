#!/usr/bin/env node
// The command line `stint`: docs/command-line.md.
import { runCommandLine } from './cli/run.ts';

process.exitCode = await runCommandLine(process.argv.slice(2));
