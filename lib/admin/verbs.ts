/** Every verb of administration, by the name that the payload gives. */
import { ambiguous, decide, decisions } from './events/decisions.ts';
import { deleteTenant } from './agencies/delete.ts';
import { disable } from './agencies/disable.ts';
import { dismiss } from './events/dismiss.ts';
import { enable } from './agencies/enable.ts';
import { erase, repeatErasures } from './people/erase.ts';
import { exportPerson } from './people/export.ts';
import { failed } from './events/failed.ts';
import { firefishCredentials } from './agencies/firefish-credentials.ts';
import { list } from './agencies/list.ts';
import { move } from './agencies/move.ts';
import { probe } from './agencies/probe.ts';
import { reencrypt } from './keys/reencrypt.ts';
import { replay } from './events/replay.ts';
import { rotate } from './agencies/rotate.ts';
import { rotateEncryptionKey } from './keys/rotate-encryption-key.ts';
import { settings } from './agencies/settings.ts';
import { show } from './agencies/show.ts';
import type { Verb } from './verb.ts';

export const VERBS: Readonly<Record<string, Verb>> = {
  enable,
  rotate,
  disable,
  'firefish-credentials': firefishCredentials,
  move,
  delete: deleteTenant,
  settings,
  list,
  show,
  failed,
  replay,
  dismiss,
  decisions,
  ambiguous,
  decide,
  erase,
  'repeat-erasures': repeatErasures,
  export: exportPerson,
  probe,
  'rotate-encryption-key': rotateEncryptionKey,
  reencrypt,
};
