import { type Command, COMMANDS } from './command.ts';

const GLOBAL = `  --stage S                    a deployed stage, by your AWS credentials; without it: the local stack on PORT
  --json                       print one JSON value and nothing else (npm run -s admin -- … hides npm's own lines)
  --help                       this text`;

const pad = (text: string): string => `  ${text.padEnd(27)}  `;

export function generalHelp(): string {
  const verbs = Object.entries(COMMANDS).map(([name, { summary }]) => `${pad(name)}${summary}`);
  return `npm run admin -- <verb> [options]

${verbs.join('\n')}

${GLOBAL}

npm run admin -- <verb> --help tells more. Exit codes: 0 done, 1 refused or failed, 2 wrong usage.`;
}

export function helpFor(name: string, { summary, details, options }: Command): string {
  const usage = Object.entries(options).map(([option, { value, required }]) => {
    const written = value === undefined ? `--${option}` : `--${option} ${value}`;
    return required === true ? written : `[${written}]`;
  });
  const lines = Object.entries(options).map(
    ([option, { value, description }]) =>
      `${pad(`--${option}${value === undefined ? '' : ` ${value}`}`)}${description}`,
  );
  return `npm run admin -- ${[name, ...usage].join(' ')}

${summary}${details === undefined ? '' : `\n${details}`}

${[...lines, GLOBAL].join('\n')}`;
}
