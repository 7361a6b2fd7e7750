import { expect, test } from '@jest/globals';
import { eventLink, parseRoute, tenantLink } from '../../console/route.ts';

test('a link to a view leads to that view, with its filter', () => {
  const route = parseRoute(tenantLink('acme.example', 'activity', { state: 'failed', group: 'a b&c' }));
  expect(route).toMatchObject({ view: 'activity', domain: 'acme.example' });
  expect('query' in route && Object.fromEntries(route.query)).toEqual({ state: 'failed', group: 'a b&c' });
});

test('a link to an event with unusual characters in its id works', () => {
  const eventId = 'a~b:c._-1';
  expect(parseRoute(eventLink('acme.example', eventId))).toEqual({
    view: 'event',
    domain: 'acme.example',
    eventId,
  });
});

test.each([
  ['', 'home'],
  ['#/', 'home'],
  ['#/agencies', 'agencies'],
  ['#/agencies/', 'agencies'],
  ['#/enable', 'enable'],
  ['#/agencies/acme.example', 'overview'],
  ['#/agencies/acme.example/decisions', 'decisions'],
  ['#/agencies/acme.example/nothing', 'unknown'],
  ['#/agencies/%E0%A4%A', 'overview'],
  ['#main', 'unknown'],
])('%s is the view %s', (hash, view) => {
  expect(parseRoute(hash).view).toBe(view);
});
