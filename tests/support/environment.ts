/** What every deployed function finds in its environment, for those that tests run in their own process. */
process.env['POWERTOOLS_METRICS_NAMESPACE'] ??= 'sourcewhale-firefish-tests';
process.env['POWERTOOLS_SERVICE_NAME'] ??= 'sourcewhale-firefish';
