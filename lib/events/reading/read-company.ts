/** Reads `company`: what a `company.*` event says. */
import { defined } from '../../defined.ts';
import { exactCompanyName, isNoCompany } from '../../names/company-name.ts';
import { readDomain } from './domains.ts';
import type { Clearable, Company, CompanyAddress, Event } from '../event.ts';
import { phoneTexts } from './phone-texts.ts';
import { isObject, MAX_LINE, member, type Raw, type Reading, type Remark, textOf } from './reading.ts';

const PATH = 'company';

/** The contract does not name the parts of an address. A person's names for them are accepted, and Firefish's. */
const ADDRESS_PARTS = {
  line1: ['line1', 'street', 'Address1'],
  line2: ['line2', 'Address2'],
  line3: ['line3', 'Address3'],
  city: ['city', 'Town'],
  state: ['state', 'County'],
  postcode: ['postcode', 'PostCode'],
  country: ['country', 'Country'],
} as const satisfies Record<keyof CompanyAddress, readonly string[]>;

/** `undefined` if something that it needs is missing, which is an error by then. */
export function readCompany(
  reading: Reading,
  raw: Raw,
  type: 'company.created' | 'company.updated',
): Company | undefined {
  const company = reading.neededObject(raw, PATH);
  if (company === undefined) return undefined;
  const id = reading.neededId(company, 'id', PATH);
  const name = readName(reading, company, type);
  const said = defined({
    name,
    domain: readCompanyDomain(reading, company),
    website: reading.fact(company, 'website', PATH),
    phone: readPhone(reading, company),
    address: readAddress(reading, company),
  });
  return id === undefined ? undefined : { id, ...said };
}

/** An update can lack a usable name, because a linked company needs none. The intake checks whether it is linked. */
function readName(reading: Reading, company: Raw, type: string): string | undefined {
  const path = `${PATH}.name`;
  const text = reading.text(company, 'name', PATH, MAX_LINE);
  if (text === undefined) {
    if (member(company, 'name') === undefined) reading.error(path, 'is missing');
    return undefined;
  }
  const name = exactCompanyName(text);
  if (!isNoCompany(name)) return name;
  if (type === 'company.created') {
    reading.error(path, NO_COMPANY_NAME);
    return undefined;
  }
  reading.warn(path, 'is no name of a company, and was ignored');
  return undefined;
}

const NO_COMPANY_NAME = 'must be the name of a company';

/** The id of the company of an event without a name. */
export const namelessCompany = (event: Event): string | undefined =>
  event.type === 'company.updated' && event.company.name === undefined ? event.company.id : undefined;

/** What is wrong with such an event if the company is not linked: without a name it cannot be found. */
export const UNLINKED_COMPANY: Remark = {
  path: `${PATH}.name`,
  message: `${NO_COMPANY_NAME}: this company is not linked yet`,
};

function readCompanyDomain(reading: Reading, company: Raw): Clearable<string> | undefined {
  const text = reading.line(company, 'domain', PATH);
  if (text === undefined || text === null) return text;
  const read = readDomain(text);
  if ('domain' in read) return read.domain;
  reading.warn(`${PATH}.domain`, `${read.problem}; it was dropped`);
  return undefined;
}

function readPhone(reading: Reading, company: Raw): Clearable<string> | undefined {
  const text = reading.line(company, 'phone', PATH);
  if (text === undefined || text === null) return text;
  const [number] = phoneTexts(text);
  if (number === undefined) reading.warn(`${PATH}.phone`, 'is not a telephone number, and was dropped');
  return number;
}

function readAddress(reading: Reading, company: Raw): CompanyAddress | undefined {
  const value = member(company, 'address');
  if (value === undefined) return undefined;
  if (textOf(value) !== undefined) return defined({ line1: reading.fact(company, 'address', PATH) });
  if (!isObject(value)) {
    reading.error(`${PATH}.address`, 'must be a text or an object');
    return undefined;
  }
  const parts = Object.entries(ADDRESS_PARTS).map(([part, names]) => {
    const said = names.map((name) => reading.fact(value, name, `${PATH}.address`));
    return [part, said.find((text) => text !== undefined)] as const;
  });
  return defined(Object.fromEntries(parts));
}
