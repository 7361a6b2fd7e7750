/** Every agency, for the operator; a super user's own. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { wordsOf } from '../api.ts';
import { useConsole } from '../context.ts';
import { Form, required, TextField } from '../parts/form.tsx';
import { Show, useLoad } from '../parts/load.tsx';
import { number, When } from '../parts/time.tsx';
import { tenantLink } from '../route.ts';
import type { TenantList, TenantSummary, Trouble } from '../shapes.ts';

const SEARCH_AFTER_MS = 300;

export function Agencies(): JSX.Element {
  const { me } = useConsole();
  const [search, setSearch] = useState('');
  const [onlyTrouble, setOnlyTrouble] = useState(false);
  const isOperator = me.role === 'operator';
  const query = new URLSearchParams({ search, ...(onlyTrouble ? { trouble: 'true' } : {}) }).toString();
  const first = useLoad<TenantList>(`/tenants?${query}`);
  return (
    <>
      <h1 tabIndex={-1}>Agencies</h1>
      <div class="toolbar">
        <div class="filters">
          <SearchField onSearch={setSearch} />
          {isOperator ? <ShowField onChoose={setOnlyTrouble} /> : null}
        </div>
        {isOperator ? (
          <a class="button" href="#/enable">
            Add an agency
          </a>
        ) : null}
      </div>
      <Show loaded={first} what="the agencies">
        {(list) =>
          list.tenants.length === 0 ? (
            <NoAgencies search={search} onlyTrouble={onlyTrouble} />
          ) : (
            <Pages key={query} first={list} search={search} />
          )
        }
      </Show>
    </>
  );
}

function SearchField({ onSearch }: { onSearch: (text: string) => void }): JSX.Element {
  const [text, setText] = useState('');
  useEffect(() => {
    const timer = window.setTimeout(() => {
      onSearch(text.trim().toLowerCase());
    }, SEARCH_AFTER_MS);
    return () => {
      window.clearTimeout(timer);
    };
  }, [text, onSearch]);
  return (
    <div class="field">
      <label for="agency-search">Find by address</label>
      <input
        id="agency-search"
        type="search"
        autocomplete="off"
        spellcheck={false}
        placeholder="acme.firefish…"
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
        }}
      />
    </div>
  );
}

const ShowField = ({ onChoose }: { onChoose: (onlyTrouble: boolean) => void }): JSX.Element => (
  <div class="field">
    <label for="agency-show">Show</label>
    <select
      id="agency-show"
      onChange={(event) => {
        onChoose(event.currentTarget.value === 'trouble');
      }}
    >
      <option value="all">All agencies</option>
      <option value="trouble">Those in trouble</option>
    </select>
  </div>
);

const NoAgencies = ({ search, onlyTrouble }: { search: string; onlyTrouble: boolean }): JSX.Element => (
  <div class="empty">
    {onlyTrouble ? (
      <>
        <h2>No agency is in trouble{search === '' ? '' : ` whose address begins with “${search}”`}</h2>
        <p>These are the agencies with an open alert. New ones appear within a minute.</p>
      </>
    ) : search === '' ? (
      <>
        <h2>No agency yet</h2>
        <p>
          Add the first one: you need its Firefish address and a client id and secret of its Firefish API
          profile.
        </p>
      </>
    ) : (
      <>
        <h2>No agency begins with “{search}”</h2>
        <p>Search for the beginning of its Firefish address, without https://.</p>
      </>
    )}
  </div>
);

function Pages({ first, search }: { first: TenantList; search: string }): JSX.Element {
  const { call, announce } = useConsole();
  const [more, setMore] = useState<TenantList[]>([]);
  const [problem, setProblem] = useState<string>();
  const next = [first, ...more].at(-1)?.next;
  const { notShown } = first;
  const load = async (after: string): Promise<void> => {
    try {
      const page = await call<TenantList>(`/tenants?${new URLSearchParams({ search, after }).toString()}`);
      setMore((before) => [...before, page]);
      setProblem(undefined);
      announce(`${page.tenants.length} more agencies`);
    } catch (error) {
      setProblem(wordsOf(error));
    }
  };
  return (
    <>
      <div class="card listed">
        <table class="cards">
          <caption class="sr">Agencies by Firefish address</caption>
          <thead>
            <tr>
              <th scope="col">Firefish address</th>
              <th scope="col">Sourcewhale</th>
              <th scope="col">Trouble</th>
              <th scope="col">Enabled</th>
              <th scope="col">Connected</th>
            </tr>
          </thead>
          <tbody>
            {[first, ...more]
              .flatMap(({ tenants }) => tenants)
              .map((tenant) => (
                <Row key={tenant.domain} tenant={tenant} />
              ))}
          </tbody>
        </table>
      </div>
      {problem === undefined ? null : (
        <p class="error" role="alert">
          {problem}
        </p>
      )}
      {notShown === undefined ? null : <p>{number(notShown)} more are in trouble: find them by address.</p>}
      {next === undefined ? null : (
        <button type="button" onClick={() => void load(next)}>
          More agencies
        </button>
      )}
    </>
  );
}

const Row = ({ tenant }: { tenant: TenantList['tenants'][number] }): JSX.Element => (
  <tr>
    <th scope="row">
      <a href={tenantLink(tenant.domain, 'overview')}>{tenant.domain}</a>
    </th>
    <td data-label="Sourcewhale">
      <ConnectionTag tenant={tenant} />
    </td>
    <td data-label="Trouble">
      {tenant.trouble === undefined ? (
        <span class="quiet">None</span>
      ) : (
        <ul class="troubles">
          {tenant.trouble.map((one) => (
            <li key={one.kind}>
              <TroubleTag domain={tenant.domain} trouble={one} />
            </li>
          ))}
        </ul>
      )}
    </td>
    <td data-label="Enabled">{tenant.enabledAt === undefined ? '–' : <When at={tenant.enabledAt} />}</td>
    <td data-label="Connected">
      {tenant.connectedAt === undefined ? '–' : <When at={tenant.connectedAt} />}
    </td>
  </tr>
);

/** With the text of the alert, and a link to what can be done. */
const TROUBLES: Record<Trouble['kind'], { words: string; view: 'overview' | 'failed' }> = {
  'credentials-refused': { words: 'Credentials refused', view: 'overview' },
  'breaker-open': { words: 'Firefish does not answer', view: 'overview' },
  'events-failed': { words: 'Events have failed', view: 'failed' },
};

function TroubleTag({ domain, trouble: { kind, since } }: { domain: string; trouble: Trouble }): JSX.Element {
  const { words, view } = TROUBLES[kind];
  return (
    <>
      <a class="tag failed" href={tenantLink(domain, view)}>
        <span aria-hidden="true">✕</span> <span class="words">{words}</span>
      </a>{' '}
      <When at={since} />
    </>
  );
}

export function ConnectionTag({ tenant }: { tenant: TenantSummary }): JSX.Element {
  if (tenant.status === 'never-enabled') return <span class="tag quiet">Not enabled</span>;
  if (tenant.status === 'disabled') return <span class="tag quiet">Disabled</span>;
  return tenant.connectedAt === undefined ? (
    <span class="tag deferred">
      <span aria-hidden="true">◔</span> Not connected yet
    </span>
  ) : (
    <span class="tag synced">
      <span aria-hidden="true">✓</span> Connected
    </span>
  );
}

/** The operator names an agency that does not exist yet. */
export const AddAgency = (): JSX.Element => (
  <>
    <h1 tabIndex={-1}>Add an agency</h1>
    <p class="lead">The Firefish address is the one that its people type into their browser.</p>
    <Form
      label="Continue"
      busyLabel="One moment…"
      onSend={(data) => {
        const { domain } = required(data, { domain: 'Firefish address' });
        location.hash = tenantLink(hostIn(domain), 'overview');
        return Promise.resolve();
      }}
    >
      <TextField name="domain" label="Firefish address" hint="For example acme.firefishsoftware.com" />
    </Form>
  </>
);

/** From what people paste, with or without scheme and path. The server checks the address. */
const hostIn = (text: string): string =>
  text
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/\/.*$/, '')
    .toLowerCase();
