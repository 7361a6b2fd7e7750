/**
 * The version of a tenant's settings: it counts their changes, so that nobody overwrites changes that they have not
 * seen.
 */
import type { Settings } from './settings.ts';
import type { TenantRecord } from './tenant-record.ts';

type Versioned = Pick<TenantRecord, 'settings' | 'settingsVersion' | 'settingsChangedIn'>;

/** One setting, by its path, with its current value; `undefined` if it is no longer set. */
export interface SettingChange {
  path: string;
  now: unknown;
}

export const initialSettings = (settings: Settings): Versioned => ({
  settings,
  settingsVersion: 1,
  settingsChangedIn: {},
});

/**
 * Replaces the settings. The version grows, and each changed setting is recorded with it; nothing happens if none has
 * changed.
 */
export function replaceSettings<Record extends Versioned>(record: Record, settings: Settings): Record {
  const changed = changedPaths(record.settings, settings);
  if (changed.length === 0) return record;
  const settingsVersion = record.settingsVersion + 1;
  const changedNow = Object.fromEntries(changed.map((path) => [path, settingsVersion]));
  return {
    ...record,
    settings,
    settingsVersion,
    settingsChangedIn: { ...record.settingsChangedIn, ...changedNow },
  };
}

/** What has changed since a version, by path. */
export const changesSince = (record: Versioned, version: number): SettingChange[] =>
  Object.entries(record.settingsChangedIn)
    .filter(([, changedIn]) => changedIn > version)
    .map(([path]) => ({ path, now: leaves(record.settings).get(path) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));

export function changedPaths(before: Settings, after: Settings): string[] {
  const [old, next] = [leaves(before), leaves(after)];
  return [...new Set([...old.keys(), ...next.keys()])].filter(
    (path) => JSON.stringify(old.get(path)) !== JSON.stringify(next.get(path)),
  );
}

/** Each setting by its path, such as `addWhen.contact`. A list is one setting. */
function leaves(value: object, path = ''): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [name, inner] of Object.entries(value) as [string, unknown][]) {
    const at = path === '' ? name : `${path}.${name}`;
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
      for (const [below, leaf] of leaves(inner, at)) found.set(below, leaf);
    } else if (inner !== undefined) found.set(at, inner);
  }
  return found;
}
