import { describe, expect, it } from '@jest/globals';
import type { Company } from '../../../lib/events/event.ts';
import { readEvent } from '../../../lib/events/reading/read-event.ts';
import { companyFields } from '../../../lib/mapping/company-fields.ts';

/** As it comes in. */
function company(said: Record<string, unknown>): Company {
  const event = { id: 'e', type: 'company.created', occurredAt: 0, company: { id: 'c', name: 'A', ...said } };
  const read = readEvent(event, new Date());
  if (!read.ok || !('company' in read.event)) throw new Error(JSON.stringify(read));
  return read.event.company;
}

describe('the Firefish fields of a company', () => {
  it('have Firefish’s names', () => {
    expect(
      companyFields(
        company({
          name: ' Nova  Robotics &amp; Co GmbH ',
          website: 'https://nova.example/en',
          domain: 'nova.example',
          phone: '030 1234567',
          address: { line1: 'Ring 1', city: 'Berlin', postcode: '10115', country: 'Germany' },
        }),
      ),
    ).toEqual({
      Name: 'Nova Robotics & Co GmbH',
      Phone: '+49 30 1234567',
      Website: 'https://nova.example/en',
      'Address.Address1': 'Ring 1',
      'Address.Town': 'Berlin',
      'Address.PostCode': '10115',
      'Address.Country': 'Germany',
    });
  });

  it('come from the parts of an address, also under Firefish’s names, and from a street as the first line', () => {
    const parts = { Town: 'Leeds', County: 'Yorkshire', PostCode: 'LS1 1AA', Country: 'United Kingdom' };
    for (const first of [{ street: '1 High St' }, { Address1: '1 High St' }]) {
      expect(companyFields(company({ address: { ...first, ...parts } }))).toEqual({
        ...{ Name: 'A', 'Address.Address1': '1 High St' },
        ...Object.fromEntries(Object.entries(parts).map(([part, text]) => [`Address.${part}`, text])),
      });
    }
  });

  it('have the domain if there is no website, and an address in one line as a whole', () => {
    expect(companyFields(company({ domain: 'www.a.example/', address: '1 High St,\nGlasgow' }))).toEqual({
      Name: 'A',
      Website: 'a.example',
      'Address.Address1': '1 High St, Glasgow',
    });
  });

  it('are cleared by empty values, and not changed by a number without a digit', () => {
    expect(companyFields(company({ phone: '', website: '', address: '' }))).toEqual({
      Name: 'A',
      Phone: '',
      Website: '',
      'Address.Address1': '',
    });
    expect(companyFields(company({ phone: 'n/a' }))).toEqual({ Name: 'A' });
  });

  it('have no name if the name is not usable', () => {
    expect(companyFields({ id: 'c' })).toEqual({});
  });
});
