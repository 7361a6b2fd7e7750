import { Problem } from '../http/problem.ts';
import { type CheckedEvent, checkEvent } from './check-event.ts';
import { type ScannedBody, scanEvents } from '../http/scan-events.ts';

/**
 * Reads one event, or `{"events": […]}`, and returns for each whether it can be accepted.
 * @param parsed what `JSON.parse` made of `text`
 * @throws Problem `invalid-request` if the body has neither form
 */
export function readEvents(text: string, parsed: unknown, maxEvents: number, now: Date): CheckedEvent[] {
  const { raw, scanned } = takeApart(text, parsed, maxEvents);
  const [outside] = scanned.outside;
  if (outside !== undefined) {
    throw new Problem(
      'invalid-request',
      `In the body, ${outside.path.join('.').slice(0, 100).toWellFormed()} ${outside.message}.`,
    );
  }
  return raw.map((event, index) =>
    checkEvent(event, scanned.events[index] ?? { bytes: 0, findings: [] }, index, now),
  );
}

function takeApart(
  text: string,
  parsed: unknown,
  maxEvents: number,
): { raw: readonly unknown[]; scanned: ScannedBody } {
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new Problem(
      'invalid-request',
      `Send one event, or {"events": […]} with 1 to ${maxEvents} of them.`,
    );
  }
  const events: unknown = Object.hasOwn(parsed, 'events') ? (parsed as { events: unknown }).events : null;
  if (events === null) return { raw: [parsed], scanned: scanEvents(text, 'one event') };
  if (!Array.isArray(events) || events.length < 1 || events.length > maxEvents) {
    throw new Problem('invalid-request', `"events" must be a list of 1 to ${maxEvents} events.`);
  }
  return { raw: events, scanned: scanEvents(text, 'list of events') };
}
