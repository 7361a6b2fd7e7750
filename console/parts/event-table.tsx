/** Events as a table; on a narrow screen each row is a card. */
import type { JSX } from 'preact';
import { eventLink } from '../route.ts';
import type { EventSummary } from '../shapes.ts';
import { actionWords, reasonWords, StateTag, typeWords } from './state.tsx';
import { When } from './time.tsx';
import { capital } from '../words.ts';

export const EventTable = ({
  domain,
  events,
  caption,
}: {
  domain: string;
  events: readonly EventSummary[];
  caption: string;
}): JSX.Element => (
  <div class="card listed">
    <table class="cards events">
      <caption class="sr">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Event</th>
          <th scope="col">State</th>
          <th scope="col">When</th>
          <th scope="col">What happened to it</th>
        </tr>
      </thead>
      <tbody>
        {events.map((event) => (
          <tr key={event.id}>
            <th scope="row">
              <a href={eventLink(domain, event.id)}>{typeWords(event.type)}</a>
              <span class="id">{event.id}</span>
            </th>
            <td>
              <StateTag state={event.state} />
            </td>
            <td>
              <When at={event.at} seconds />
            </td>
            <td>{outcomeWords(event)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

function outcomeWords({ state, reason, actions }: EventSummary): string {
  const done = actions.map(actionWords).join(', ');
  const why = reason === undefined ? '' : reasonWords(state, reason);
  return capital([done, why].filter(Boolean).join('; ')) || (state === 'queued' ? 'Not yet begun' : '–');
}
