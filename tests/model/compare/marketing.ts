/** Opt-outs and opt-ins on one record, and the notes if it has no field for a channel. */
import { CHANNELS, type MarketingChannel } from '../../../lib/events/event.ts';
import type { SourceWhaleEvent } from '../../support/former-event.ts';
import { domainOf, readAddress } from '../../../lib/events/reading/addresses.ts';
import { addressOf, MARKETING_FIELD } from '../ideal.ts';
import { isLater, reaches, speaksOf } from '../invariants.ts';
import { usableAddresses, type Person } from '../person.ts';
import type { StandingRecord } from '../standing.ts';
import { isOf, originally, same, type Scene, show } from './scene.ts';
import { changes } from './values.ts';

export function compareMarketing(scene: Scene, record: StandingRecord, person: Person | undefined): void {
  const address = addressOf(record);
  const own = address === '' || person?.flagged.has(address) === true ? [] : [address];
  const addresses = [...own, ...(person === undefined ? [] : usableAddresses(person))];
  const keys = [
    ...[...(person?.ids ?? [])].map((id) => `id:${id}`),
    ...addresses.map((one) => `address:${one}`),
    ...addresses.map((one) => `domain:${domainOf(one)}`),
  ];
  const flaggedKeys = [...(person?.flagged ?? [])].flatMap((one) => [
    `address:${one}`,
    `domain:${domainOf(one)}`,
  ]);
  // An earlier record that matched only by a flagged address may or may not be the person's.
  const original = addressOf({ fields: record.made ? record.fields : originally(scene, record) });
  const doubtful = !record.made && person?.flagged.has(original) === true;
  for (const channel of CHANNELS) {
    const word = scene.model.newestWordOf(keys, channel);
    // The contract does not say whether an opt-in or opt-out by an address, or its domain, still counts after the
    // address is flagged.
    const withFlagged = scene.model.newestWordOf([...keys, ...flaggedKeys], channel);
    if (
      word?.out !== withFlagged?.out ||
      (word?.eventId !== withFlagged?.eventId && !(channel in MARKETING_FIELD[record.kind]))
    )
      continue;
    const field = MARKETING_FIELD[record.kind][channel];
    if (field === undefined) {
      channelNote(scene, record, person, channel, word);
      continue;
    }
    const actual = record.fields[field];
    const before = record.made ? undefined : originally(scene, record)[field];
    if (word?.out === true) {
      if (actual !== false && !doubtful && !inByFlagged(scene, person, channel, word.eventId))
        scene.say(record, `has ${field} ${show(actual)}: the opt-out ${word.eventId} is lost`);
      // An opt-in or opt-out that counts again, after a newer one by an address that was then flagged, writes no note.
      const isFirst = word.eventId === withFlagged?.eventId;
      if (isFirst && word.eventId.startsWith('e') && scene.settings.optOutAsNote)
        channelNote(scene, record, person, channel, word);
    } else if (word !== undefined) {
      if (
        actual !== true &&
        !outByFlagged(scene, person, channel, word.eventId) &&
        !mayBeStranger(scene, record, person)
      )
        scene.say(record, `has ${field} ${show(actual)}, opted in by ${word.eventId}`);
    } else if (record.made) {
      if (scene.settings.newRecordsOptedOut && actual !== false)
        scene.say(record, `was made without an opt-out of ${channel}`);
    } else if (!same(actual, before) && !doubtful) {
      scene.say(record, `has ${field} ${show(actual)}, though nobody spoke of it`);
    }
  }
}

/** A newer opt-in by an address that was flagged after it: the contract does not say whether it still counts. */
function inByFlagged(
  scene: Scene,
  person: Person | undefined,
  channel: MarketingChannel,
  outBy: string,
): boolean {
  const optOut = scene.events.find(({ id }) => id === outBy);
  return scene.events.some(
    (event) =>
      speaksOf(event, channel, 'in') &&
      (optOut === undefined || isLater(event, optOut)) &&
      [...(person?.flagged ?? [])].some(
        (address) => reaches(event, address) && scene.events.some((flag) => isFlagOf(flag, address, event)),
      ),
  );
}

const isFlagOf = (flag: SourceWhaleEvent, address: string, after: SourceWhaleEvent): boolean =>
  flag.type === 'email.flagged' && readAddress(flag.email) === address && isLater(flag, after);

/** An opt-out by an address before the address was flagged: only an opt-in undoes it. */
function outByFlagged(
  scene: Scene,
  person: Person | undefined,
  channel: MarketingChannel,
  inBy: string,
): boolean {
  const optIn = scene.events.find(({ id }) => id === inBy);
  return scene.events.some(
    (event) =>
      speaksOf(event, channel, 'out') &&
      (optIn === undefined || isLater(event, optIn)) &&
      [...(person?.flagged ?? [])].some((address) => reaches(event, address)),
  );
}

/** An opt-in of a record that only shares an address with its person, and is not the one that was linked. */
function mayBeStranger(scene: Scene, record: StandingRecord, person: Person | undefined): boolean {
  return !record.made && person !== undefined && changes(scene, record).length === 0;
}

function channelNote(
  scene: Scene,
  record: StandingRecord,
  person: Person | undefined,
  channel: MarketingChannel,
  word: { out: boolean; eventId: string } | undefined,
): void {
  const linked = person !== undefined && (record.made || changes(scene, record).length > 0);
  const own = scene.events.some(({ id, type }) => id === word?.eventId && type.startsWith('marketing'));
  if (word?.out !== true || !linked || !own) return;
  // One note is enough, also on one that was there before.
  const told = scene.standing.records.filter(
    (one) =>
      one === record ||
      isOf(scene, one, person) ||
      (!one.made && person.addresses.has(addressOf({ fields: originally(scene, one) }))),
  );
  if (!told.some(({ notes }) => notes.some((text) => /opted out/i.test(text)))) {
    scene.say(record, `has no note of the opt-out ${word.eventId} of ${channel}`);
  }
}
