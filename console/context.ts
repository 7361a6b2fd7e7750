/** What every view may use: the server, who is here, and a voice for those who can't see what changed. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Call } from './api.ts';
import type { Me } from './shapes.ts';

export interface Console {
  call: Call;
  me: Me;
  /** Says it to screen readers, politely. */
  announce: (text: string) => void;
}

export const ConsoleContext = createContext<Console | undefined>(undefined);

export function useConsole(): Console {
  const given = useContext(ConsoleContext);
  if (given === undefined) throw new Error('a view stands outside of the console');
  return given;
}
