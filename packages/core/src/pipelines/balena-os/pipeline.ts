import { badUsage } from '../../errors/osrel-error.ts';
import { definePipeline } from '../define-pipeline.ts';
import { type BalenaOsFacts, parseBalenaOsFacts } from './facts.ts';
import { gatherBalenaOsFacts } from './gather-facts.ts';
import { planBalenaOs } from './plan.ts';
import { gatherUndoFacts } from './undo/gather-undo.ts';
import { planUndo } from './undo/plan-undo.ts';
import { type UndoFacts, undoFactsShape } from './undo/undo-facts.ts';

/** Releases of balenaOS device types: image, hostapp, extensions; and taking them back. */
export const balenaOsPipeline = definePipeline<BalenaOsFacts | UndoFacts>({
  system: 'balena-os',
  gather: (request, ports) =>
    request.trigger.kind === 'undo'
      ? gatherUndoFacts(request, request.trigger, ports)
      : gatherBalenaOsFacts(request, ports),
  parseFacts: (raw) => (undoFactsShape.safeParse(raw).success ? (raw as UndoFacts) : parseBalenaOsFacts(raw)),
  plan: (facts, request) => {
    const isUndo = 'about' in facts;
    if (request.trigger.kind === 'undo' && isUndo) return planUndo(facts, request, request.trigger);
    if (request.trigger.kind !== 'undo' && !isUndo) return planBalenaOs(facts, request);
    throw badUsage('facts.malformed', 'the saved facts are about something else than this command', {
      hint: 'save them with the same command that replays them',
    });
  },
});
