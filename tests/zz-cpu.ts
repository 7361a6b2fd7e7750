import { makeDynamoClient } from '../lib/aws/dynamodb.ts';
import { systemClock } from '../lib/clock.ts';
import { KeyFileCipher } from '../lib/crypto/key-file-cipher.ts';
import { DynamoTable } from '../lib/store/dynamo-table.ts';
import { makeAdmin } from './support/admin.ts';
import { startAws } from './support/aws.ts';
import { basic } from './support/door.ts';
process.env.KEY_FILE = '/tmp/zzkey.json';
const aws = await startAws();
const d = makeDynamoClient();
const t = (n) => new DynamoTable(d, n, systemClock);
const admin = makeAdmin(
  { credentials: t('credentials'), sync: t('sync'), audit: t('audit') },
  new KeyFileCipher('/tmp/zzkey.json'),
  systemClock,
);
const acme = await admin.enable('acme.firefishsoftware.com');
const { handler } = await import('../functions/receive.ts');
let k = 0;
const post = async (n) => {
  const events = Array.from({ length: n }, () => ({
    id: `e${k++}`,
    type: 'record.updated',
    occurredAt: '2026-11-20T10:00:00Z',
    actor: { email: 'a@b.example' },
    record: {
      candidateId: `c${k}`,
      kind: 'candidate',
      firstName: 'Ann',
      lastName: 'Lee',
      emails: [`ann${k}@x.example`],
      phones: ['07700 900123'],
      role: 'Dev',
      company: 'X Ltd',
      skills: ['a', 'b'],
      summary: 'x'.repeat(300),
    },
  }));
  const body = JSON.stringify({ events });
  const s = performance.now(),
    c = process.threadCpuUsage();
  const r = await handler(
    {
      headers: { ...basic(acme), 'content-type': 'application/json' },
      body,
      isBase64Encoded: false,
      routeKey: 'POST /v1/events',
      requestContext: { requestId: 'r', http: { sourceIp: '1.1.1.1' } },
    } as never,
    {} as never,
  );
  const u = process.threadCpuUsage(c);
  console.log(n, r.statusCode, 'wall', (performance.now() - s) | 0, 'cpu', ((u.user + u.system) / 1000) | 0);
};
for (const n of [500, 500, 500, 500, 500]) await post(n);
process.exit();
