/** Every verb of administration, by the name that the payload gives. */
import { ambiguous, decide, decisions } from './decisions.ts';
import { deleteTenant } from './delete.ts';
import { disable } from './disable.ts';
import { dismiss } from './dismiss.ts';
import { enable } from './enable.ts';
import { erase, repeatErasures } from './erase.ts';
import { exportPerson } from './export.ts';
import { failed } from './failed.ts';
import { firefishCredentials } from './firefish-credentials.ts';
import { list } from './list.ts';
import { move } from './move.ts';
import { probe } from './probe.ts';
import { reencrypt } from './reencrypt.ts';
import { replay } from './replay.ts';
import { rotate } from './rotate.ts';
import { rotateEncryptionKey } from './rotate-encryption-key.ts';
import { settings } from './settings.ts';
import { show } from './show.ts';
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
