import * as z from 'zod';
import { givenSettingsSchema } from '../../tenants/settings.ts';
import {
  changedPaths,
  changesSince,
  replaceSettings,
  type SettingChange,
} from '../../tenants/settings-version.ts';
import type { TenantRecord } from '../../tenants/tenant-record.ts';
import { changeTenant } from './change-tenant.ts';
import { domainOption, findTenant } from '../domain-option.ts';
import { AdminError, defineVerb } from '../verb.ts';

const options = z.strictObject({
  domain: domainOption,
  set: givenSettingsSchema.optional(),
  /** The version of the settings that the new ones were made from. Without it the last writer wins. */
  version: z.int().min(1).optional(),
});

/** Someone else has changed the settings since the version that the new ones are made from. Nothing was changed. */
export class SettingsConflictError extends AdminError {
  /** The current version of the settings. */
  readonly version: number;
  /** Which settings have changed, with their current values. */
  readonly changed: readonly SettingChange[];
  constructor(given: number, version: number, changed: readonly SettingChange[]) {
    // Only names: a message can end up in a log, and a setting can be someone's address.
    const names = changed.map(({ path }) => path).join(', ');
    super(
      `the settings have changed since version ${given}: ${names}; they are at version ${version}: read them again, and change those`,
    );
    this.version = version;
    this.changed = changed;
  }
}

/** Shows the settings, or replaces all of them: a setting that is left out gets its default. */
export const settings = defineVerb(options, { audited: true }, async (services, { domain, set, version }) => {
  const tenant =
    set === undefined
      ? await findTenant(services, domain)
      : await changeTenant(services, domain, (current) => {
          // The settings are already as wanted: by our own earlier write whose answer was lost, or by someone else's.
          if (changedPaths(current.settings, set).length === 0) return undefined;
          refuseOldVersion(current, version);
          return replaceSettings(current, set);
        });
  return { tenantId: tenant.tenantId, domain, settings: tenant.settings, version: tenant.settingsVersion };
});

/** @throws SettingsConflictError */
function refuseOldVersion(current: TenantRecord, version: number | undefined): void {
  if (version === undefined || version === current.settingsVersion) return;
  if (version > current.settingsVersion) {
    throw new AdminError(
      `there is no version ${version} of the settings: they are at version ${current.settingsVersion}`,
    );
  }
  throw new SettingsConflictError(version, current.settingsVersion, changesSince(current, version));
}
