/**
 * Ends a piece of a line that was too long to be handed on whole; the next line goes on where it ends. Whoever hides
 * secrets puts the pieces together again, so that one that was cut through is still found.
 */
export const CUT_MARK = ' [the line goes on]';
