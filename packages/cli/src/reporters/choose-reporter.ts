import type { Host, Workspace } from '../host.ts';
import type { Settings } from '../settings.ts';
import { createGithubReporter } from './github-reporter.ts';
import { createJsonlReporter } from './jsonl-reporter.ts';
import { createPlainReporter } from './plain-reporter.ts';
import type { Reporter } from './reporter.ts';

/** Columns below which a tree is harder to read than lines. */
const NARROWEST_TREE = 40;

/**
 * The reporter that fits: `--output jsonl` writes events as the answer, GitHub Actions gets its own, a terminal the
 * tree, everything else plain lines. Talk goes to stderr; in GitHub's log, text goes to stdout so that order is kept.
 */
export async function chooseReporter(
  host: Host,
  settings: Settings,
  workspace: Workspace,
): Promise<Reporter> {
  const { terminal } = host;
  if (settings.output === 'jsonl') return createJsonlReporter(terminal.stdout.write);
  if (terminal.environment.GITHUB_ACTIONS === 'true') {
    const stream = settings.output === 'text' ? terminal.stdout : terminal.stderr;
    const { secretValues } = workspace;
    return createGithubReporter({
      write: stream.write,
      writeSecret: stream.writeSecret,
      environment: terminal.environment,
      secretValues,
      randomToken: host.randomToken,
      verbosity: settings.verbosity,
    });
  }
  const { paint, verbosity } = { paint: host.paint.stderr, verbosity: settings.verbosity };
  // Some terminals (a serial line, a recorder) say they have no width: nothing can be redrawn there.
  const isWide = (terminal.stderr.columns ?? 0) >= NARROWEST_TREE;
  const canDraw =
    terminal.stderr.isTerminal && isWide && verbosity === 'normal' && (terminal.environment.CI ?? '') === '';
  if (!canDraw || terminal.stderr.node === undefined) {
    return createPlainReporter({ write: terminal.stderr.write, paint, verbosity });
  }
  // Loaded late: only a terminal needs it.
  const { createTreeReporter } = await import('./tree-reporter.ts');
  return createTreeReporter({ stream: terminal.stderr.node, paint, verbosity });
}
