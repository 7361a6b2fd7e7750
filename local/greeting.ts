/** What `npm start` prints for people, after the line for programs. */
export const greeting = ({ url, simulator }: { url: string; simulator: string | undefined }): string => `
Next, in another terminal: enable the integration for a Firefish domain.

  npm run admin -- enable --domain acme.firefishsoftware.com \\
    --firefish-client-id ${simulator === undefined ? '<id>' : 'ff-demo'} --firefish-client-secret ${simulator === undefined ? '<secret>' : 'ff-demo-secret'}

It prints the Client ID and the Client Secret for SourceWhale; README.md continues from there.

  Console              ${url}/console
${simulator === undefined ? '' : `  Firefish simulator   ${simulator}/_simulator/state?agency=ff-demo\n`}  API                  ${url}/openapi.json

Ctrl-C stops everything. Set DATA_DIR to keep the data.
`;
