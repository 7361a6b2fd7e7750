/** What every view can use: the server, the signed-in person, and announcements for people who cannot see changes. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Call } from './api.ts';
import type { Me } from './shapes.ts';

export interface Console {
  call: Call;
  me: Me;
  /** Announces it to screen readers, politely. */
  announce: (text: string) => void;
}

export const ConsoleContext = createContext<Console | undefined>(undefined);

export function useConsole(): Console {
  const given = useContext(ConsoleContext);
  if (given === undefined) throw new Error('a view stands outside of the console');
  return given;
}
