/**
 * Decides requests by policies with @cloud-copilot/iam-simulate, as its own process: told by messages, which it
 * answers in the same order. `{ id, request, identityPolicies, resourcePolicy? }` → `{ id, allowed, policies }`: the names of the
 * identity policies that allow it, where it is allowed. A request that the simulator can't judge is answered with `error`.
 */
import process from 'node:process';
import { runSimulation } from '@cloud-copilot/iam-simulate';

/** The simulator knows no condition key with a name of its own behind it but this one: such keys go by it. */
const ENCRYPTION_CONTEXT = /kms:EncryptionContext:/g;
const renamed = (value) =>
  JSON.parse(JSON.stringify(value).replace(ENCRYPTION_CONTEXT, 'aws:RequestTag/kms-EncryptionContext-'));

process.on('message', ({ id, request, identityPolicies, resourcePolicy }) => {
  const simulation = {
    request,
    identityPolicies,
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...(resourcePolicy && { resourcePolicy }),
  };
  runSimulation(renamed(simulation), {}).then(
    (answer) => {
      if (answer.resultType === 'error') return process.send({ id, error: JSON.stringify(answer.errors) });
      const results = answer.resultType === 'single' ? [answer.result] : answer.results;
      const allowing = results.flatMap(({ analysis }) => analysis.identityAnalysis?.allowStatements ?? []);
      process.send({
        id,
        allowed: answer.overallResult === 'Allowed',
        policies: [...new Set(allowing.map(({ policyId }) => policyId))],
      });
    },
    (error) => process.send({ id, error: String(error) }),
  );
});
