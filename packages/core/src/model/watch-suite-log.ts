import type { HitScope, LogHit, TestReport } from './suite-observation.ts';
import { BUILT_IN_RULES, type ConfiguredRule } from './verdict-rules.ts';

/** Watches what a suite prints for texts that name a cause. */
export interface SuiteLogWatch {
  /** One line without its line end. Cheap, never throws. */
  readonly onLine: (line: string) => void;
  /**
   * What was found, at most one hit for each rule: those of osrel.yml first, in their order, then the built-in ones.
   * The messages of failed tests are looked at as well, so that a hit tells which failures it explains.
   */
  readonly hits: (report: Pick<TestReport, 'tests'>) => readonly LogHit[];
}

/** Longer lines are looked at up to here: rules are written for messages, not for dumps. */
const LONGEST_LINE = 4096;
const LONGEST_SHOWN = 300;

interface Watched extends Omit<LogHit, 'line' | 'explains'> {
  readonly match: RegExp;
}

/** How the core says which rig it calls (leviathan 3.6): `POST http://10.0.0.7/dut/on`. */
const CALL_OF_RIG =
  /^(?:GET|POST) https?:\/\/([^/\s]+)\/(?:dut|contract|teardown|heartbeat|start|state|proxy)\b/;

/** Which file, before the core says that it ignores a test that it cannot load. */
const MISSING_FILE = /^Cannot find module '[./]/;

/**
 * Watches the log of one suite for the rules of osrel.yml (`tests.verdicts`) and the built-in ones. Throws SyntaxError
 * for a rule that is no regular expression, which the configuration has refused before.
 */
export function watchSuiteLog(rules: readonly ConfiguredRule[], suite: string): SuiteLogWatch {
  const configured = forSuite(rules.map(watchConfigured), suite);
  const builtIn = forSuite(BUILT_IN_RULES.map(watchBuiltIn), suite);
  const lines = new Map<string, string>();
  const rigs = new Map<string, Watched>();
  let missingFile: string | undefined;
  const all = (): readonly Watched[] => [...configured, ...rigs.values(), ...builtIn];
  return {
    onLine: (whole) => {
      const line = whole.slice(0, LONGEST_LINE);
      const rig = CALL_OF_RIG.exec(line)?.[1];
      if (rig !== undefined && rigs.size < 4 && !rigs.has(rig)) rigs.set(rig, watchRig(rig));
      if (MISSING_FILE.test(line)) missingFile = line;
      for (const rule of all()) {
        if (lines.has(rule.rule) || !rule.match.test(line)) continue;
        lines.set(rule.rule, rule.rule === 'unresolved-test' ? (missingFile ?? line) : line);
      }
    },
    hits: ({ tests }) => {
      const failed = tests.filter((test) => test.outcome === 'failed' && test.because !== null);
      return all().flatMap(({ match, ...rule }) => {
        const explained = failed.filter((test) => match.test((test.because ?? '').slice(0, LONGEST_LINE)));
        const line = lines.get(rule.rule) ?? explained[0]?.because;
        if (line === undefined || line === null) return [];
        const shown = line.trim().slice(0, LONGEST_SHOWN);
        return [{ ...rule, line: shown, explains: explained.map((test) => test.name) }];
      });
    },
  };
}

function forSuite(
  rules: readonly { readonly suite: string | null; readonly watch: Watched }[],
  suite: string,
): readonly Watched[] {
  return rules.filter((rule) => rule.suite === null || rule.suite === suite).map(({ watch }) => watch);
}

function watchConfigured(rule: ConfiguredRule, index: number) {
  const { verdict, because, suite } = rule;
  const scope: HitScope = 'configured';
  const watch = { rule: `tests.verdicts[${index}]`, match: new RegExp(rule.match), verdict, because, scope };
  return { suite, watch };
}

function watchBuiltIn({ name, suite, ...rule }: (typeof BUILT_IN_RULES)[number]) {
  return { suite, watch: { ...rule, rule: name } satisfies Watched };
}

/** Once the core has named its rig, a broken connection to that very address is the rig's. */
function watchRig(host: string): Watched {
  const bare = host.replace(/:\d+$/, '');
  const place = bare === host ? `${escaped(bare)}(?::(?:80|443))?` : escaped(host);
  return {
    rule: 'rig-unreachable',
    match: new RegExp(
      `(?:connect E[A-Z]+|getaddrinfo \\w+) ${place}(?![\\w.:])|(?:read|write) E[A-Z]+ ${place}(?![\\w.:])`,
    ),
    verdict: 'rig-failure',
    because: `the rig at ${bare} could not be reached`,
    scope: 'failure',
  };
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
