import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_DEPTH, MAX_FINDINGS, scanEvents } from '../../../lib/http/scan-events.ts';

describe('the scan of a body', () => {
  test('measures each event in bytes, as it was sent', () => {
    const texts = ['{"id": "é" }', 'null', '"a\\"b"', '[1,\n2]', '-1.5e3', '{}'];
    const { events } = scanEvents(`{"x":[1],"events" : [ ${texts.join(' , ')} ] ,"y":{}}`, 'list of events');
    expect(events.map(({ bytes }) => bytes)).toEqual(texts.map((text) => Buffer.byteLength(text)));
    expect(scanEvents(' {"id":"é"} ', 'one event').events).toEqual([{ bytes: 11, findings: [] }]);
  });

  test('finds names that occur twice, in the right event', () => {
    const body = '{"events":[{"a":1},{"a":1,"b":{"c":1,"d":2,"c":3}},{"a":[{"x":1},{"x":1,"x":2}],"a":1}]}';
    const { events, outside } = scanEvents(body, 'list of events');
    expect(outside).toEqual([]);
    expect(events.map(({ findings }) => findings.map(({ path }) => path))).toEqual([
      [],
      [['b', 'c']],
      [['a', 1, 'x'], ['a']],
    ]);
  });

  test('recognises a name, however it is escaped', () => {
    const [event] = scanEvents('{"\\u0061":1,"a":2,"\\\\":1,"":1,"":2}', 'one event').events;
    expect(event!.findings.map(({ path }) => path)).toEqual([['a'], ['']]);
  });

  test('distinguishes the events from what is around them', () => {
    const { outside } = scanEvents('{"x":1,"x":2,"events":[]}', 'list of events');
    expect(outside).toEqual([{ path: ['x'], message: 'must occur once in its object' }]);
  });

  test('finds nesting that is too deep, in lists and objects', () => {
    const nested = (depth: number): string => '[{"a":'.repeat(depth / 2) + '1' + '}]'.repeat(depth / 2);
    const [fits] = scanEvents(nested(MAX_DEPTH), 'one event').events;
    const [deep] = scanEvents(nested(MAX_DEPTH + 2), 'one event').events;
    expect(fits!.findings).toEqual([]);
    expect(deep!.findings).toHaveLength(1);
  });

  test('reports a limited number of findings', () => {
    const [event] = scanEvents(`{${'"a":1,'.repeat(100)}"a":1}`, 'one event').events;
    expect(event!.findings).toHaveLength(MAX_FINDINGS);
  });

  test('finds nothing in any JSON that JSON.stringify makes, and measures all of it', () => {
    const value = fc.jsonValue({ maxDepth: 6, stringUnit: 'grapheme' });
    fc.assert(
      fc.property(fc.array(value), fc.constantFrom(0, 1, 3), (values, indent) => {
        const body = JSON.stringify({ before: values, events: values }, null, indent);
        const { events, outside } = scanEvents(body, 'list of events');
        expect(outside).toEqual([]);
        expect(events.map(({ findings }) => findings)).toEqual(values.map(() => []));
        if (indent > 0) return;
        expect(events.map(({ bytes }) => bytes)).toEqual(
          values.map((one) => Buffer.byteLength(JSON.stringify(one))),
        );
      }),
    );
  });
});
