#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { findQuickAnswer } from './quick-answer.ts';

enableCompileCache();
const words = process.argv.slice(2);
const answer = findQuickAnswer(words);
if (answer !== undefined) {
  // A reader that went away is no failure.
  process.stdout.on('error', () => undefined).write(answer);
} else {
  const { main } = await import('./main.ts');
  await main(words);
}
