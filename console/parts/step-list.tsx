/** What happened to an event, one step after the other. */
import type { JSX } from 'preact';
import type { Step } from '../shapes.ts';
import { When } from './time.tsx';
import { capital } from '../words.ts';

const WORDS: Record<Step['state'], readonly [mark: string, word: string]> = {
  done: ['✓', 'Done'],
  now: ['●', 'Now'],
  'to-come': ['○', 'To come'],
  failed: ['✕', 'Failed'],
  'left-out': ['–', 'Left out'],
};

export const StepList = ({ steps }: { steps: readonly Step[] }): JSX.Element => (
  <ol class="journey-steps">
    {steps.map(({ step, state, at, text }, index) => (
      <li
        key={`${step}-${index}`}
        class={state}
        {...(state === 'now' ? { 'aria-current': 'step' as const } : {})}
      >
        <span class="mark" aria-hidden="true">
          {WORDS[state][0]}
        </span>
        <span>
          <span class="sr">{WORDS[state][1]}: </span>
          {capital(text)}
        </span>
        {at === undefined ? null : (
          <span class="at">
            <When at={at} seconds />
          </span>
        )}
      </li>
    ))}
  </ol>
);
