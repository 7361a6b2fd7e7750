/** What every deployed function finds in its environment, for those that tests run in their own process. */
process.env['POWERTOOLS_METRICS_NAMESPACE'] ??= 'sourcewhale-firefish-tests';
process.env['POWERTOOLS_SERVICE_NAME'] ??= 'sourcewhale-firefish';

// Thousands of log lines would hide what a test says. `TEST_LOGS=1` shows them: .ci/run looks for personal data there.
if (process.env['TEST_LOGS'] === undefined) {
  process.env['POWERTOOLS_LOG_LEVEL'] ??= 'SILENT';
  process.env['POWERTOOLS_METRICS_DISABLED'] ??= 'true';
}
