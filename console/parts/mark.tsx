import type { JSX } from 'preact';

/** The console's mark: a picture beside its name, never instead of it. */
export const Mark = ({ size }: { size: number }): JSX.Element => (
  <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path
      class="mark"
      d="M3 13c0-5 4-8 9-8 3 0 5 1 6.500 2.500L21 5v6c0 5-4 9-9 9-3.500 0-6-1.500-7.500-3.500"
    />
    <circle class="mark-eye" cx="10" cy="12" r="1.500" />
  </svg>
);
